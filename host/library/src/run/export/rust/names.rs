use super::super::text::short;
use std::fmt::Write;

/// A table of names.
pub(super) fn names<'n>(doc: &str, what: &str, size: &str, names: impl Iterator<Item = &'n str>) -> String {
    let mut text = format!("\n/// {doc}\npub static {what}: [&str; {size}] = [\n");
    for name in names {
        let _ = writeln!(text, "    {:?},", short(name));
    }
    text + "];\n"
}
