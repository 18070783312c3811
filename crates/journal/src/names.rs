//! Names that are taken: of targets, of all else in an order, and references.

use serde_json::Value;

use crate::error::JournalError;

const LONGEST_BATCH_NAME: usize = 100;

/// Refuses names with white space around them: the provider may take it off, and two names would be one.
pub(crate) fn verify(
    parameters: &Value,
    target: &str,
    reference: Option<&str>,
) -> Result<(), JournalError> {
    let usage = |what: &str, name: &str| {
        JournalError::Usage(format!(
            "{what} `{}` is empty, has white space around it, or has characters that do not show",
            visible(name)
        ))
    };
    let is_odd = |name: &str| !is_fit_name(name);
    if is_odd(target) {
        return Err(usage("the id", target));
    }
    let texts = parameters.as_object().into_iter().flatten();
    let mut texts = texts.filter_map(|(name, value)| Some((name, value.as_str()?)));
    if let Some((name, text)) = texts.find(|(_, text)| is_odd(text)) {
        return Err(usage(name, text));
    }
    match reference {
        Some(reference) if is_odd(reference) => Err(usage("the reference", reference)),
        _ => Ok(()),
    }
}

/// Refuses what cannot be the name of a batch.
///
/// # Errors
/// [`JournalError::Usage`].
pub fn verify_batch_name(name: &str) -> Result<(), JournalError> {
    match is_fit_name(name) && !name.contains('/') && name.len() <= LONGEST_BATCH_NAME {
        true => Ok(()),
        false => Err(JournalError::Usage(format!(
            "the name of a batch has at most {LONGEST_BATCH_NAME} bytes, no `/`, no white space around it, and no \
             characters that do not show"
        ))),
    }
}

/// Whether the journal takes this as an id, a reference or another name of an order: it is not empty, has no
/// white space around it and no character that does not show.
pub fn is_fit_name(name: &str) -> bool {
    !name.is_empty() && name.trim() == name && !name.contains(is_invisible)
}

/// Two names that look the same must not be two: no control character, no space but the plain one, and
/// none of Unicode's default ignorable code points (UAX 44) or blanks.
fn is_invisible(letter: char) -> bool {
    letter.is_control()
        || (letter.is_whitespace() && letter != ' ')
        || matches!(letter,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffd}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// A name with what does not show in it written out.
fn visible(name: &str) -> String {
    let shown = |letter: char| match is_invisible(letter) {
        true => letter.escape_unicode().to_string(),
        false => letter.to_string(),
    };
    name.chars().map(shown).collect()
}
