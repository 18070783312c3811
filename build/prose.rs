//! The rule for descriptions: they become documentation, in which code of no language is compiled.

use crate::check::Check;
use crate::document::Node;

/// Languages that rustdoc does not take for Rust.
const LANGUAGES: [&str; 5] = ["text", "json", "yaml", "http", "console"];

impl<'a> Check<'a> {
    pub fn prose(&mut self, node: &'a Node) {
        for entry in node.entries() {
            if entry.key == "example" || entry.key.starts_with("x-") {
                continue;
            }
            if ["description", "summary"].contains(&entry.key.as_str())
                && let Some(why) = entry.value.str().and_then(compiled)
            {
                self.fault(
                    entry.line,
                    format!("the {} {why}", entry.key),
                    format!(
                        "set code between ``` fences, and begin with a language: {}",
                        LANGUAGES.join(", ")
                    ),
                );
            }
            self.prose(&entry.value);
        }
        for item in node.items() {
            self.prose(item);
        }
    }
}

/// What in a text would be compiled as a test of the documentation.
fn compiled(text: &str) -> Option<&'static str> {
    let mut open: Option<&str> = None;
    let mut blank = true;
    for line in text.lines() {
        // A fence may stand in a list or a quotation.
        let bare = line.trim_start_matches([' ', '\t', '>', '-', '+', '*']);
        let marks = bare.trim_start_matches('`').len().min(bare.trim_start_matches('~').len());
        let (fence, language) = bare.split_at(bare.len() - marks);
        match open {
            Some(fence_open) => {
                if fence.starts_with(fence_open) && language.trim().is_empty() {
                    open = None;
                    blank = true;
                }
            }
            None if fence.len() >= 3 => {
                if !LANGUAGES.contains(&language.trim()) {
                    return Some("has code of no language, which would be compiled as Rust");
                }
                open = Some(fence);
            }
            None if blank && (line.starts_with("    ") || line.starts_with('\t')) => {
                return Some("has an indented line, which would be compiled as Rust");
            }
            None => blank = bare.is_empty(),
        }
    }
    open.map(|_| "has a code fence that is not closed")
}
