//! The frame of a page, with its style, escaping and small parts.

use eggroll_host::words;
use std::fmt::Write;

/// Escapes a text for HTML and SVG, in elements and in quoted attributes.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in words::lines(text).chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// A whole page. `title` is text, `style` is CSS in addition to that of all pages, and `body` is HTML.
pub(super) fn document(title: &str, style: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{}</title>\n<style>\n{}{}</style>\n</head>\n\
         <body>\n<main>\n{body}</main>\n</body>\n</html>\n",
        escape(title),
        include_str!("style.css"),
        style,
    )
}

/// A tile with a title, a number and a remark, which are text. `key` names it to programs.
pub(super) fn tile(key: &str, label: &str, value: &str, remark: &str) -> String {
    let mut tile =
        format!("<div class=\"tile\"><dt>{}</dt><dd id=\"{key}\">{}</dd>", escape(label), escape(value));
    if !remark.is_empty() {
        let _ = write!(tile, "<dd class=\"remark\">{}</dd>", escape(remark));
    }
    tile + "</div>\n"
}

/// A whole number with separators of thousands.
pub(super) fn count(number: u64) -> String {
    indicatif::HumanCount(number).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_gets_out_of_its_place() {
        assert_eq!(escape("<a href=\"x\">'&"), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;");
        assert_eq!(escape("a\n\x1b\0\u{202e}"), "a\n\\u{1b}\\u{0}\\u{202e}");
        let page = document("</title><script>", "", "<p>in</p>");
        assert!(page.contains("<title>&lt;/title&gt;&lt;script&gt;</title>") && !page.contains("<script"));
        assert!(tile("a", "<b>", "<i>", "").contains("&lt;b&gt;</dt><dd id=\"a\">&lt;i&gt;"));
    }
}
