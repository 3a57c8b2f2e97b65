//! A strict reading of the two text forms, which panics at whatever they do not allow.

use std::collections::BTreeSet;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Counter,
    Gauge,
    Info,
}

#[derive(Debug)]
struct Sample {
    name: String,
    labels: Vec<(String, String)>,
    value: f64,
    kind: Kind,
}

/// What a page says.
#[derive(Debug)]
pub(super) struct Page(Vec<Sample>);

impl Page {
    /// The value of the only sample of a name, if there is one.
    pub(super) fn get(&self, name: &str) -> Option<f64> {
        let all = self.all(name);
        assert!(all.len() < 2, "{name}: {all:?}");
        all.first().copied()
    }

    #[track_caller]
    pub(super) fn of(&self, name: &str) -> f64 {
        self.get(name).unwrap_or_else(|| panic!("no {name} in {self:?}"))
    }

    pub(super) fn all(&self, name: &str) -> Vec<f64> {
        self.0.iter().filter(|sample| sample.name == name).map(|sample| sample.value).collect()
    }

    /// A label of all samples of a name.
    pub(super) fn label(&self, name: &str, label: &str) -> Vec<&str> {
        let samples = self.0.iter().filter(|sample| sample.name == name);
        let labels = samples.flat_map(|sample| &sample.labels).filter(|(of, _)| of == label);
        labels.map(|(_, value)| &**value).collect()
    }

    pub(super) fn kind(&self, name: &str) -> Kind {
        self.0.iter().find(|sample| sample.name == name).unwrap().kind
    }

    pub(super) fn names(&self) -> BTreeSet<String> {
        self.0.iter().map(|sample| sample.name.clone()).collect()
    }
}

fn is_name(text: &str) -> bool {
    let first = text.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    first && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// The labels between braces, and what follows.
fn labels(mut rest: &str) -> (Vec<(String, String)>, &str) {
    let mut labels: Vec<(String, String)> = Vec::new();
    loop {
        let (name, behind) = rest.split_once("=\"").unwrap();
        assert!(is_name(name) && labels.iter().all(|(other, _)| other != name), "label {name}");
        let (mut value, mut characters) = (String::new(), behind.char_indices());
        let end = loop {
            match characters.next().expect("a label ends") {
                (at, '"') => break at + 1,
                (_, '\\') => value.push(match characters.next().unwrap().1 {
                    'n' => '\n',
                    c @ ('"' | '\\') => c,
                    c => panic!("an escape of {c}"),
                }),
                (_, c) => value.push(c),
            }
        };
        labels.push((name.to_owned(), value));
        rest = &behind[end..];
        match rest.strip_prefix("} ") {
            Some(value) => return (labels, value),
            None => rest = rest.strip_prefix(',').unwrap(),
        }
    }
}

/// Reads a page in the form of OpenMetrics, or else in that of Prometheus.
#[track_caller]
pub(super) fn page(text: &str, open: bool) -> Page {
    let text = if open { text.strip_suffix("# EOF\n").expect("an end") } else { text };
    assert!(text.ends_with('\n'), "{text}");
    let mut samples: Vec<Sample> = Vec::new();
    let mut families = BTreeSet::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let (family, help) = line.strip_prefix("# HELP ").expect(line).split_once(' ').expect(line);
        assert!(is_name(family) && family.starts_with("eggroll_") && !help.trim().is_empty(), "{line}");
        assert!(families.insert(family), "{family} is there twice");
        let kind = lines.next().unwrap();
        let kind = kind.strip_prefix(&format!("# TYPE {family} ")).expect(kind);
        let (kind, suffix) = match (kind, open) {
            ("gauge", _) => (Kind::Gauge, ""),
            ("counter", true) => (Kind::Counter, "_total"),
            ("counter", false) => (Kind::Counter, ""),
            ("info", true) => (Kind::Info, "_info"),
            _ => panic!("{family}: {kind}"),
        };
        if let Some(line) = lines.next_if(|line| line.starts_with("# UNIT ")) {
            let unit = line.strip_prefix(&format!("# UNIT {family} ")).expect(line);
            assert!(open && family.ends_with(&format!("_{unit}")), "{line}");
        }
        let expected = format!("{family}{suffix}");
        assert!(kind != Kind::Counter || expected.ends_with("_total"), "{expected}");
        let mut count = 0;
        while let Some(line) = lines.next_if(|line| !line.starts_with('#')) {
            let rest = line.strip_prefix(&*expected).unwrap_or_else(|| panic!("{line} among {expected}"));
            let (labels, value) = match rest.strip_prefix('{') {
                Some(rest) => labels(rest),
                None => (Vec::new(), rest.strip_prefix(' ').expect(line)),
            };
            let value: f64 = value.parse().unwrap_or_else(|_| panic!("{line}"));
            assert!(kind == Kind::Gauge || (value.is_finite() && value >= 0.0), "{line}");
            let twice = samples.iter().any(|sample| sample.name == expected && sample.labels == labels);
            assert!(!twice, "{line} is there twice");
            samples.push(Sample { name: expected.clone(), labels, value, kind });
            count += 1;
        }
        assert!(count > 0, "{family} has no sample");
    }
    Page(samples)
}
