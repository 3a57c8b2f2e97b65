//! The final figures of a run, and their names in files.

use super::score::{Measure, Score};
use serde::{Deserialize, Serialize};

/// The final figures of a run. In files, the name of a figure names its measure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Named", into = "Named")]
pub struct Figures {
    /// The forward passes, including those of the base model. In an environment these are the episodes that
    /// members played, on a text the tokens that went through a model, on a reward the answers of members.
    pub forward_passes: u64,
    /// The score on the held-out part, which is never used while training; `None` if nothing is held out.
    pub test: Option<Score>,
    /// The score on the watched part.
    pub validation: Score,
}

/// [`Figures`] with their names in a file.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Named {
    #[serde(skip_serializing_if = "Option::is_none")]
    forward_passes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    episodes: Option<u64>,
    /// This is `null` if nothing is held out.
    #[serde(skip_serializing_if = "Option::is_none")]
    test_accuracy: Option<Option<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    validation_accuracy: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    test_return: Option<Option<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    validation_return: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    test_bits_per_byte: Option<Option<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    validation_bits_per_byte: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    test_r2: Option<Option<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    validation_r2: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trials: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    test_score: Option<Option<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    validation_score: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    answers: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    test_success: Option<Option<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    validation_success: Option<f64>,
}

impl From<Figures> for Named {
    fn from(Figures { forward_passes, test, validation }: Figures) -> Self {
        let (count, test, value) =
            (Some(forward_passes), Some(test.map(|score| score.value)), Some(validation.value));
        match validation.measure {
            Measure::Accuracy => Self {
                forward_passes: count,
                test_accuracy: test,
                validation_accuracy: value,
                ..Self::default()
            },
            Measure::Return => {
                Self { episodes: count, test_return: test, validation_return: value, ..Self::default() }
            }
            Measure::R2 => {
                Self { forward_passes: count, test_r2: test, validation_r2: value, ..Self::default() }
            }
            Measure::Own => {
                Self { trials: count, test_score: test, validation_score: value, ..Self::default() }
            }
            Measure::Success => {
                Self { answers: count, test_success: test, validation_success: value, ..Self::default() }
            }
            Measure::Bits => Self {
                tokens: count,
                test_bits_per_byte: test,
                validation_bits_per_byte: value,
                ..Self::default()
            },
        }
    }
}

impl TryFrom<Named> for Figures {
    type Error = &'static str;

    fn try_from(named: Named) -> Result<Self, Self::Error> {
        let Named { validation_accuracy, validation_return, validation_bits_per_byte, .. } = named;
        let Named { validation_r2, validation_score, validation_success, .. } = named;
        let of = [
            validation_accuracy,
            validation_return,
            validation_bits_per_byte,
            validation_r2,
            validation_score,
            validation_success,
        ];
        let (count, test, validation) = match of {
            [Some(value), None, None, None, None, None] => {
                let test = named.test_accuracy.flatten().map(Score::accuracy);
                (named.forward_passes, test, Score::accuracy(value))
            }
            [None, Some(value), None, None, None, None] => {
                let test = named.test_return.flatten().map(Score::mean_return);
                (named.episodes, test, Score::mean_return(value))
            }
            [None, None, None, Some(value), None, None] => {
                let test = named.test_r2.flatten().map(Score::r2);
                (named.forward_passes, test, Score::r2(value))
            }
            [None, None, Some(value), None, None, None] => {
                let test = named.test_bits_per_byte.flatten().map(Score::bits);
                (named.tokens, test, Score::bits(value))
            }
            [None, None, None, None, Some(value), None] => {
                let test = named.test_score.flatten().map(Score::own);
                (named.trials, test, Score::own(value))
            }
            [None, None, None, None, None, Some(value)] => {
                let test = named.test_success.flatten().map(Score::success);
                (named.answers, test, Score::success(value))
            }
            _ => {
                return Err(
                    "one of validation_accuracy, _return, _bits_per_byte, _r2, _score and _success must be there",
                );
            }
        };
        let forward_passes =
            count.ok_or("the count of forward passes, episodes, tokens, trials or answers is missing")?;
        Ok(Self { forward_passes, test, validation })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_keep_their_names() {
        let text = |figures: &Figures| serde_json::to_string(figures).unwrap();
        let figures = Figures { forward_passes: 9, test: None, validation: Score::accuracy(0.5) };
        assert_eq!(text(&figures), r#"{"forward_passes":9,"test_accuracy":null,"validation_accuracy":0.5}"#);
        let played = Figures {
            forward_passes: 9,
            test: Some(Score::mean_return(-3.5)),
            validation: Score::mean_return(2.0),
        };
        assert_eq!(text(&played), r#"{"episodes":9,"test_return":-3.5,"validation_return":2.0}"#);
        let read = Figures { forward_passes: 9, test: Some(Score::bits(2.5)), validation: Score::bits(2.25) };
        let of_text = r#"{"tokens":9,"test_bits_per_byte":2.5,"validation_bits_per_byte":2.25}"#;
        assert_eq!(text(&read), of_text);
        let fitted = Figures { forward_passes: 9, test: Some(Score::r2(-0.5)), validation: Score::r2(0.75) };
        assert_eq!(text(&fitted), r#"{"forward_passes":9,"test_r2":-0.5,"validation_r2":0.75}"#);
        let own = Figures { forward_passes: 9, test: None, validation: Score::own(-7.5) };
        assert_eq!(text(&own), r#"{"trials":9,"test_score":null,"validation_score":-7.5}"#);
        let right =
            Figures { forward_passes: 9, test: Some(Score::success(0.5)), validation: Score::success(0.25) };
        assert_eq!(text(&right), r#"{"answers":9,"test_success":0.5,"validation_success":0.25}"#);
        for figures in [figures, played, read, fitted, own, right] {
            assert_eq!(serde_json::from_str::<Figures>(&text(&figures)).unwrap(), figures);
        }
        for wrong in
            ["{}", r#"{"validation_accuracy":1}"#, r#"{"validation_accuracy":1,"validation_return":1}"#]
        {
            assert!(serde_json::from_str::<Figures>(wrong).is_err(), "{wrong}");
        }
    }
}
