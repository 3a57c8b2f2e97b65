//! What a line of text says: numbers, numbers with names, names, or something else.

use super::names::is_channel;

/// The longest text of a number, in bytes. More digits than these are none that a sensor has.
const LONGEST_NUMBER: usize = 32;
/// The longest power of ten, with its sign, as the table's reader takes it.
const LONGEST_POWER: usize = 5;

/// What a line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// Nothing: the line is empty.
    Nothing,
    /// The values of the channels at one time.
    Sample(Sample),
    /// Names alone, as in a header.
    Names(Vec<String>),
    /// Something else, and why it is no sample.
    Other(&'static str),
}

/// The values of the channels at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sample {
    /// The names that stand before the values.
    pub(super) names: Option<Vec<String>>,
    /// The numbers, as they came.
    pub(super) values: Vec<String>,
}

/// A number as the text that it is, if the table's reader takes it and it is finite.
fn is_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let begins = unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    let power = text.split_once(['e', 'E']).map_or("", |(_, power)| power);
    // The first character rules out the names of numbers, such as `nan`, that the standard library takes.
    begins
        && text.len() <= LONGEST_NUMBER
        && power.len() <= LONGEST_POWER
        && text.parse().is_ok_and(|value: f64| value.is_finite())
}

/// The fields of a line. Commas, semicolons, tabs and spaces separate them; spaces around another separator,
/// and one separator behind the last field, mean nothing. The space of `name: value` does not separate.
/// Returns `None` if there is nothing between two separators.
fn fields(text: &str) -> Option<Vec<String>> {
    let mut fields: Vec<String> = Vec::new();
    let mut parts = text.split([',', ';']).peekable();
    while let Some(part) = parts.next() {
        let mut words = part.split_ascii_whitespace().peekable();
        if words.peek().is_none() {
            return (parts.peek().is_none() && !fields.is_empty()).then_some(fields);
        }
        while let Some(word) = words.next() {
            let value = if word.ends_with(':') { words.next() } else { None };
            fields.push(word.to_owned() + value.unwrap_or_default());
        }
    }
    Some(fields)
}

/// What a line says. It takes any bytes.
pub(super) fn parse(line: &[u8]) -> Said {
    let Ok(text) = str::from_utf8(line) else { return Said::Other("no text") };
    let text = text.trim();
    if text.is_empty() {
        return Said::Nothing;
    }
    let Some(fields) = fields(text) else { return Said::Other("a value is missing") };
    if fields.iter().all(|field| is_number(field)) {
        return Said::Sample(Sample { names: None, values: fields });
    }
    let pair = |field: &String| {
        let (name, value) = field.rsplit_once(':')?;
        (is_channel(name) && is_number(value)).then(|| (name.to_owned(), value.to_owned()))
    };
    let pairs: Option<(Vec<String>, Vec<String>)> = fields.iter().map(pair).collect();
    if let Some((names, values)) = pairs.filter(|(names, _)| are_distinct(names)) {
        return Said::Sample(Sample { names: Some(names), values });
    }
    // Words with only spaces between them are a sentence rather than a header.
    let separated = fields.len() > 1 && text.contains([',', ';', '\t']);
    if separated && fields.iter().all(|field| is_channel(field)) && are_distinct(&fields) {
        return Said::Names(fields);
    }
    Said::Other("no numbers")
}

/// Whether no name is there twice.
pub(super) fn are_distinct(names: &[String]) -> bool {
    names.iter().enumerate().all(|(at, name)| !names[..at].contains(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plain(values: &[&str]) -> Said {
        Said::Sample(Sample { names: None, values: values.iter().map(|value| (*value).to_owned()).collect() })
    }

    #[test]
    fn numbers_between_all_separators() {
        for text in ["1,-2,3.5", "1;-2;3.5", "1\t-2\t3.5", "1 -2 3.5", " 1, -2 ,\t3.5 ,", "1 -2\t \t3.5;"] {
            assert_eq!(parse(text.as_bytes()), plain(&["1", "-2", "3.5"]), "{text}");
        }
        assert_eq!(parse(b"+1e3,.5,5.,-0"), plain(&["+1e3", ".5", "5.", "-0"]));
        assert_eq!(parse(b"  \t"), Said::Nothing);
    }

    #[test]
    fn names_with_values_and_names_alone() {
        let named = |text: &str| match parse(text.as_bytes()) {
            Said::Sample(Sample { names: Some(names), values }) => (names.join("|"), values.join("|")),
            other => panic!("{text}: {other:?}"),
        };
        for text in ["ax:1,ay:-2.5", "ax: 1, ay: -2.5", "ax:1\tay:-2.5", "ax:1 ay:-2.5,"] {
            assert_eq!(named(text), ("ax|ay".to_owned(), "1|-2.5".to_owned()), "{text}");
        }
        assert_eq!(named("Temp(C):20.5").0, "Temp(C)");
        let names = Said::Names(["ax", "ay", "az"].map(str::to_owned).to_vec());
        for text in ["ax,ay,az", "ax; ay; az", "ax\tay\taz"] {
            assert_eq!(parse(text.as_bytes()), names, "{text}");
        }
    }

    #[test]
    fn what_is_no_sample() {
        for text in [
            "Hello",
            "ax ay az",
            "1,,2",
            ",1",
            "1,x",
            "1,nan",
            "inf",
            "-",
            ".",
            "1e",
            "1e999",
            "12:30:01",
            "a:1,2",
            "a:1,a:2",
            "a,a",
            "0x10",
            "1_000",
            "--1",
            "label:1",
            "1e-00005",
            "1.2.3",
            "x:",
            "x:1:",
            "111111111111111111111111111111111",
        ] {
            assert!(matches!(parse(text.as_bytes()), Said::Other(_)), "{text}: {:?}", parse(text.as_bytes()));
        }
        assert_eq!(parse(b"1,\xff"), Said::Other("no text"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_taken(line: Vec<u8>) {
            parse(&line);
        }

        #[test]
        fn text_near_to_a_sample_is_taken(line in "[-+0-9eE.,;: \tax\u{e9}]{0,40}") {
            if let Said::Sample(sample) = parse(line.as_bytes()) {
                prop_assert!(!sample.values.is_empty());
                // What is stored reads as the same again.
                let again = Sample { names: None, values: sample.values };
                prop_assert_eq!(parse(again.values.join(",").as_bytes()), Said::Sample(again));
            }
        }

        #[test]
        fn numbers_keep_their_text(values in proptest::collection::vec(any::<f32>(), 1..9)) {
            let texts: Vec<String> = values.iter().filter(|value| value.is_finite()).map(|value| {
                format!("{value:e}")
            }).collect();
            prop_assume!(!texts.is_empty());
            let said = parse(texts.join(",").as_bytes());
            prop_assert_eq!(said, Said::Sample(Sample { names: None, values: texts }));
        }
    }
}
