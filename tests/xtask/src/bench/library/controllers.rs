//! What users would take instead of a network: controllers by rule, in floats, which see what the network
//! sees.

use eggroll_firmware::task::Member;
use eggroll_firmware::task::environment::EnvironmentKind;

/// A rule with its gains.
type Rule = fn(&[f64], &[f64]) -> Vec<f64>;

/// A controller by rule.
pub(super) struct Controller {
    rule: Rule,
    gains: &'static [f64],
    outputs: Vec<i8>,
}

/// How the gains of a controller were found. Neither has seen the episodes that are reported.
#[derive(Clone, Copy, Debug)]
pub(super) enum Tuned {
    /// By hand, in the environment as it is.
    ByHand,
    /// By 600 steps of random search from there, each on the same 60 episodes, with a spread of 30 percent.
    BySearch,
}

impl Controller {
    /// The controller of an environment, if there is one, and what it is.
    pub(super) fn of(kind: EnvironmentKind, tuned: Tuned) -> Option<(Self, &'static str)> {
        let (rule, name, by_hand, by_search): (Rule, _, &[f64], &[f64]) = match kind {
            EnvironmentKind::Balance => {
                (balance, "state feedback", &[3.5, 2.0, 1.4, 0.7], &[1.312, 1.651, 1.990, 1.599])
            }
            EnvironmentKind::LineFollower => {
                (line_follower, "PD", &[100.0, 1.0, 127.0], &[223.196, 1.187, 245.009])
            }
            EnvironmentKind::Thermal => {
                (thermal, "PID", &[8.0, 0.3, 0.0, -40.0], &[8.172, 0.534, 0.455, -64.138])
            }
            _ => return None,
        };
        let gains = match tuned {
            Tuned::ByHand => by_hand,
            Tuned::BySearch => by_search,
        };
        Some((Self { rule, gains, outputs: Vec::new() }, name))
    }
}

impl Member for Controller {
    fn act(&mut self, input: &[i8]) -> &[i8] {
        let input: Vec<f64> = input.iter().copied().map(f64::from).collect();
        let outputs = (self.rule)(&input, self.gains);
        self.outputs = outputs.into_iter().map(|output| output.round().clamp(-127.0, 127.0) as i8).collect();
        &self.outputs
    }
}

/// Gains of tilt, rate, speed and position.
fn balance(seen: &[f64], gains: &[f64]) -> Vec<f64> {
    vec![seen.iter().zip(gains).map(|(seen, gain)| gain * seen).sum()]
}

/// Gains of the mean place of the line under the sensors and of the turn, and the speed.
fn line_follower(seen: &[f64], gains: &[f64]) -> Vec<f64> {
    let light: Vec<f64> = seen[..5].iter().map(|light| light.max(0.0)).collect();
    let sum = light.iter().sum::<f64>().max(20.0);
    let place = light.iter().zip(-2..).map(|(light, at)| light * f64::from(at)).sum::<f64>() / sum;
    let turn = gains[0] * place + gains[1] * seen[5];
    vec![gains[2] + turn, gains[2] - turn]
}

/// Gains of the error in K, of its integral and against the slope, and the output without an error.
fn thermal(seen: &[f64], gains: &[f64]) -> Vec<f64> {
    let error = if seen[0].abs() < 127.0 { seen[0] * 10.0 / 127.0 } else { seen[1] * 100.0 / 127.0 };
    vec![gains[0] * error + gains[1] * seen[3] - gains[2] * seen[2] + gains[3]]
}
