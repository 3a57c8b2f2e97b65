//! The text of this folder's files.

/// The name and the text of each file that exported models in Rust contain, so that they have no definition
/// of their own. Each is a module, beside the others in one module.
pub const SOURCES: [(&str, &str); 12] = [
    ("bands", include_str!("bands.rs")),
    ("cepstrum", include_str!("cepstrum.rs")),
    ("decibels", include_str!("decibels.rs")),
    ("decision", include_str!("decision.rs")),
    ("extractor", include_str!("extractor.rs")),
    ("fft", include_str!("fft.rs")),
    ("filter", include_str!("filter.rs")),
    ("mel", include_str!("mel.rs")),
    ("plan", include_str!("plan.rs")),
    ("sine", include_str!("sine.rs")),
    ("spectrum", include_str!("spectrum.rs")),
    ("statistics", include_str!("statistics.rs")),
];
