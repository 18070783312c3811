//! Texts in whatever letters' case.

use std::borrow::Cow;

/// A text in small letters.
pub(crate) fn lowercase(text: &str) -> Cow<'_, str> {
    match text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase()) {
        true => Cow::Borrowed(text),
        false => Cow::Owned(text.to_lowercase()),
    }
}

/// What is longer is searched for in time that does not grow with its length.
const LONGEST_COMPARED: usize = 64;

/// Whether a text holds one that is in small letters, where only letters of ASCII have a case.
pub(crate) fn holds(text: &str, part: &str) -> bool {
    let compared = part.as_bytes().split_first();
    let Some((first, rest)) = compared.filter(|_| part.len() <= LONGEST_COMPARED) else {
        return text.to_ascii_lowercase().contains(part);
    };
    text.as_bytes().windows(part.len()).any(|it| {
        let begins = |(letter, others): (&u8, &[u8])| {
            letter.eq_ignore_ascii_case(first) && others.eq_ignore_ascii_case(rest)
        };
        it.split_first().is_some_and(begins)
    })
}
