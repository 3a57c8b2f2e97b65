use super::super::text::short;
use super::literal::string;
use std::fmt::Write;

/// A table of names.
pub(super) fn names<'n>(declared: &str, names: impl Iterator<Item = &'n str>) -> String {
    let mut text = format!("\nconst char *const {declared} = {{\n");
    names.for_each(|name| {
        let _ = writeln!(text, "    {},", string(&short(name)));
    });
    text + "};\n"
}
