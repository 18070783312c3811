//! Text of others', made fit to be shown: what steers a terminal, or hides in one, is blanked.

use std::fmt::Write;

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// Whether a character does something else than to stand where it is and be seen.
fn steers(letter: char) -> bool {
    if letter.is_ascii() {
        return letter.is_ascii_control();
    }
    let category = matches!(
        letter.general_category(),
        GeneralCategory::Control
            | GeneralCategory::Format
            | GeneralCategory::LineSeparator
            | GeneralCategory::ParagraphSeparator
            | GeneralCategory::PrivateUse
            | GeneralCategory::Surrogate
            | GeneralCategory::Unassigned
    );
    // Letters and marks that nobody sees: Default_Ignorable_Code_Point, and the empty Braille pattern.
    let hides = matches!(
        letter,
        '\u{34f}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{ffa0}'
            | '\u{e0100}'..='\u{e01ef}'
    );
    category || hides
}

/// A value within a line.
pub(crate) fn one_line(text: &str) -> String {
    text.chars().map(|letter| if steers(letter) { ' ' } else { letter }).collect()
}

/// A value within a table. What a spreadsheet would take for a formula is a text: OWASP, *CSV injection*.
pub(crate) fn cell(text: &str) -> String {
    let text = one_line(text);
    if text.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']) {
        format!("'{text}")
    } else {
        text
    }
}

/// Lines of our own making.
pub(crate) fn lines(text: &str) -> String {
    text.chars().map(|letter| if letter != '\n' && steers(letter) { ' ' } else { letter }).collect()
}

/// JSON text, in whose strings the same characters are written as escapes: nothing is lost.
pub(crate) fn escaped(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for letter in json.chars() {
        if letter == '\n' || !steers(letter) {
            text.push(letter);
            continue;
        }
        for unit in letter.encode_utf16(&mut [0; 2]) {
            // Writing to a text cannot fail.
            let _ = write!(text, "\\u{unit:04x}");
        }
    }
    text
}

#[cfg(test)]
mod tests;
