//! The rule for descriptions: they become documentation, in which code of no language is compiled.

/// Languages that rustdoc does not take for Rust.
pub const LANGUAGES: [&str; 5] = ["text", "json", "yaml", "http", "console"];

/// What in a text would be compiled as a test of the documentation.
pub fn compiled(text: &str) -> Option<&'static str> {
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
