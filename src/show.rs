//! What of an answer may be shown, logged and stored: the fields that the contract lists and does not
//! mark secret. In their texts, the key and every known secret are blanked.

use std::collections::BTreeSet;
use std::iter::successors;
use std::ops::Range;

use serde_json::Number;

use crate::contract::{Field, Operation, SECRET_FIELDS, Shape};
use crate::envelope::{Seen, is_envelope};
use crate::json::Json;
use crate::letters::{holds, lowercase};
use crate::secret::{ApiKey, REDACTED};

#[cfg(test)]
mod tests;
mod unlisted;

/// What is shown in place of a value that the contract does not list.
pub(crate) const UNLISTED: &str = "[unlisted]";

/// Shorter secrets are too common to blank within other words.
const SHORTEST_PART: usize = 4;

/// The longest name of an unlisted field that is shown, in characters.
const LONGEST_NAME: usize = 60;

/// For whom an answer is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum View {
    /// Types, to compare and decide: as it was sent.
    Exact,
    /// Types, whose listed texts are fit to be shown.
    Typed,
    /// A person or a log: what is listed, and the names of the rest.
    Shown,
}

/// Blanks secrets in texts.
pub(crate) struct Screen {
    /// The key, and the values of secret fields. In small letters, for any case hides.
    secrets: BTreeSet<String>,
    /// Texts of unlisted fields, which may be secrets: kept out of the provider's words. In small letters.
    unlisted: BTreeSet<String>,
    /// Whether some of the answer could not be read, so that nothing can be said of its texts.
    undecided: bool,
}

impl Screen {
    pub(crate) fn of(operation: &Operation, root: Option<&Json>, key: &ApiKey) -> Self {
        let mut found = Found::default();
        if let Some(root) = root {
            found.gather(root, false);
            found.unlisted(root, &[operation.reply, operation.failure]);
        }
        found.secrets.insert(key.expose().to_owned());
        // Nothing is no secret, and stands in every text.
        found.secrets.remove("");
        found.unlisted.retain(|text| !is_short(text));
        let lower = |texts: BTreeSet<String>| {
            texts.into_iter().map(|text| text.to_ascii_lowercase()).collect()
        };
        let (secrets, unlisted) = (lower(found.secrets), lower(found.unlisted));
        Self { secrets, unlisted, undecided: found.undecided }
    }

    /// A listed text, as it may be shown.
    pub(crate) fn text(&self, text: &str) -> String {
        // A broken byte may stand within a secret.
        if self.undecided || text.contains('\u{fffd}') || names_a_secret(text) {
            return REDACTED.to_owned();
        }
        blank(text, &self.secrets, is_short)
    }

    /// The provider's words, as they may be shown.
    pub(crate) fn words(&self, text: &str) -> String {
        // A word such as `success` is part of others.
        let is_word = |text: &str| text.chars().all(char::is_alphabetic);
        blank(&self.text(text), &self.unlisted, is_word)
    }

    /// The name of an unlisted field, as it may be shown. Not trimmed, which could make it the name of
    /// a listed one.
    fn name(&self, name: &str) -> String {
        printable(&blank(name, &self.secrets, is_short)).take(LONGEST_NAME).collect()
    }

    /// The members of an answer, as they are for a view. Of a name that stands there twice the first counts.
    pub(crate) fn object<'a>(
        &self,
        members: impl Iterator<Item = (&'a str, &'a Json)>,
        shapes: &[&'static Shape],
        view: View,
    ) -> Json {
        let mut seen: Vec<(String, Json)> = Vec::new();
        for (name, member) in members {
            let field = shapes.iter().find_map(|shape| shape.field(name));
            let name_shown = match (field, view) {
                (Some(_), _) | (None, View::Exact) => name.to_owned(),
                (None, View::Typed | View::Shown) => self.name(name),
            };
            let is_known = seen.iter().any(|(known, _)| *known == name_shown);
            if is_known || (view != View::Shown && matches!(member, Json::Opaque(_))) {
                continue;
            }
            let value = match (field, view) {
                (_, View::Shown) if is_envelope(name, member) => {
                    self.object(member.named(), shapes, view)
                }
                (Some(field), _) => self.field(field, member, view),
                (None, View::Shown) if is_secret(name) => hidden(member, REDACTED),
                (None, _) => self.unlisted(member, view),
            };
            seen.push((name_shown, value));
        }
        Json::Object(seen)
    }

    fn field(&self, field: &Field, value: &Json, view: View) -> Json {
        match (field, value) {
            (Field::Object(shape), Json::Object(_)) => self.object(value.named(), &[shape], view),
            (Field::List(shape), Json::List(items)) => {
                let readable = |item: &&Json| view == View::Shown || !item.is_opaque();
                let item = |item: &Json| match item {
                    Json::Object(_) => self.object(item.named(), &[shape], view),
                    _ => self.unlisted(item, view),
                };
                Json::List(items.iter().filter(readable).map(item).collect())
            }
            _ if view == View::Exact => self.unlisted(value, view),
            // A date or a number in itself, which needs no knowledge of the rest.
            (Field::Value, Json::Text(text)) if is_plain_value(text) => {
                Json::Text(blank(text, &self.secrets, is_short))
            }
            (Field::Text | Field::Value, Json::Text(text)) => Json::Text(self.text(text)),
            (Field::FreeText, Json::Text(text)) => Json::Text(self.words(text)),
            (Field::Text | Field::Value | Field::FreeText, Json::Number(digits)) => {
                match blank(digits, &self.secrets, is_short) {
                    shown if shown != *digits => Json::Text(REDACTED.to_owned()),
                    // Digits that a float would lose.
                    shown if view == View::Shown && !is_exact(digits) => Json::Text(shown),
                    shown => Json::Number(shown),
                }
            }
            _ if view == View::Typed => self.unlisted(value, view),
            (Field::Secret, _) => hidden(value, REDACTED),
            (Field::Text | Field::Value | Field::FreeText, Json::Bool(flag)) => Json::Bool(*flag),
            // PHP writes an empty object as an empty list.
            (Field::Object(_), Json::List(items)) if items.is_empty() => Json::List(Vec::new()),
            _ => hidden(value, UNLISTED),
        }
    }

    /// A value that the contract says nothing of.
    fn unlisted(&self, value: &Json, view: View) -> Json {
        match value {
            _ if view == View::Shown => hidden(value, UNLISTED),
            Json::Object(_) => self.object(value.named(), &[], view),
            Json::List(items) => {
                let readable = items.iter().filter(|item| !item.is_opaque());
                Json::List(readable.map(|item| self.unlisted(item, view)).collect())
            }
            scalar => scalar.clone(),
        }
    }
}

/// Whether digits are a number of JSON in Rust, too.
fn is_exact(digits: &str) -> bool {
    serde_json::from_str::<Number>(digits).is_ok_and(|number| number.to_string() == digits)
}

/// The longest date or number that is one.
const LONGEST_VALUE: usize = 40;

fn is_plain_value(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_digit() || b" .:+-".contains(&byte);
    text.len() <= LONGEST_VALUE && text.bytes().all(plain)
}

/// That a field holds nothing may be shown; what it holds may not.
fn hidden(value: &Json, word: &str) -> Json {
    match value {
        Json::Null => Json::Null,
        _ => Json::Text(word.to_owned()),
    }
}

pub(crate) fn is_secret(name: &str) -> bool {
    SECRET_FIELDS.contains(&&*lowercase(name))
}

/// Whether a text tells a secret field and its value: `password=…`, `password: …`.
fn names_a_secret(text: &str) -> bool {
    if !text.contains([':', '=']) {
        return false;
    }
    let lower = text.to_lowercase();
    SECRET_FIELDS.iter().any(|name| {
        lower.match_indices(name).any(|(at, _)| {
            let rest = lower.get(at + name.len()..).unwrap_or_default();
            rest.trim_start_matches(['"', '\'', '\\', ' ']).starts_with([':', '='])
        })
    })
}

#[derive(Default)]
struct Found {
    secrets: BTreeSet<String>,
    unlisted: BTreeSet<String>,
    undecided: bool,
}

impl Found {
    /// The values of secret fields, wherever they stand.
    fn gather(&mut self, value: &Json, secret: bool) {
        match value {
            Json::Text(text) if secret => self.secret_text(text),
            Json::Number(digits) if secret => drop(self.secrets.insert(digits.clone())),
            // JSON as a text may hold secret fields, too.
            Json::Text(text) => {
                if let Some(inner) = Json::within(text) {
                    self.gather(&inner, secret);
                }
            }
            // Of a secret, or of what may hold one, no copy can be told. Another text hides itself alone.
            Json::Opaque(text) => self.undecided |= secret || text.starts_with(['[', '{']),
            Json::List(items) => items.iter().for_each(|item| self.gather(item, secret)),
            Json::Object(members) => {
                let mut names = Seen::default();
                for (name, member) in members {
                    self.undecided |= !names.insert(name);
                    self.gather(member, secret || is_secret(name));
                }
            }
            Json::Null | Json::Bool(_) | Json::Number(_) => {}
        }
    }

    /// `password=x; user=y` tells x, too, and so does `{"password": "x"}` as a text.
    fn secret_text(&mut self, text: &str) {
        self.secrets.insert(text.trim().to_owned());
        if let Some(inner @ (Json::Object(_) | Json::List(_))) = Json::parse(text) {
            return self.gather(&inner, true);
        }
        // A secret may hold any of them.
        for ends in ["", ";,&", " \t\r\n;,&", " \t\r\n;,&|/()<>@\"'"] {
            for word in text.split(|letter| ends.contains(letter)) {
                let (name, value) = word.split_once(['=', ':']).unwrap_or(("", word));
                let value = value.trim().trim_matches(['"', '\'']);
                // `hours=1` makes no secret of each 1.
                if !is_short(value) || is_secret(name.trim()) {
                    self.secrets.insert(value.to_owned());
                }
            }
        }
    }
}

fn is_short(text: &str) -> bool {
    text.chars().count() < SHORTEST_PART
}

/// A text without secrets, however often it escapes them; `is_word` says which are hidden only where they
/// stand alone.
fn blank(text: &str, secrets: &BTreeSet<String>, is_word: impl Fn(&str) -> bool) -> String {
    if !text.contains('\\') && !secrets.iter().any(|secret| holds(text, secret)) {
        return text.to_owned();
    }
    let lower = text.to_ascii_lowercase();
    let mut hidden: Vec<Range<usize>> = Vec::new();
    for read in successors(Some(Reading::of(lower)), Reading::unescaped).take(DEEPEST_ESCAPES + 1) {
        for secret in secrets {
            hidden.extend(read.find(secret, is_word(secret)));
        }
    }
    hidden.sort_by_key(|range| (range.start, range.end));
    let (mut shown, mut at) = (String::new(), 0);
    for Range { start, end } in hidden {
        // What overlaps, or follows at once, is one.
        if start > at || shown.is_empty() {
            shown += text.get(at..start).unwrap_or_default();
            shown += REDACTED;
        }
        at = at.max(end);
    }
    shown + text.get(at..).unwrap_or_default()
}

/// Texts are read so often as JSON within JSON.
const DEEPEST_ESCAPES: usize = 4;

/// A text as it is read, in small letters, and where each byte of it was sent.
struct Reading {
    text: String,
    sent_at: Vec<usize>,
}

impl Reading {
    fn of(text: String) -> Self {
        Self { sent_at: (0..=text.len()).collect(), text }
    }

    fn find(&self, secret: &str, alone: bool) -> impl Iterator<Item = Range<usize>> {
        let found = self.text.match_indices(secret).map(|(at, found)| at..at + found.len());
        let is_alone = |found: &Range<usize>| {
            let before = self.text.get(..found.start).and_then(|it| it.chars().next_back());
            let after = self.text.get(found.end..).and_then(|it| it.chars().next());
            !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
        };
        let found = found.filter(move |found| !alone || is_alone(found));
        found.filter_map(|found| {
            Some(*self.sent_at.get(found.start)?..*self.sent_at.get(found.end)?)
        })
    }

    /// The same, with its escapes read; nothing if there are none.
    fn unescaped(&self) -> Option<Self> {
        if !self.text.contains('\\') {
            return None;
        }
        let mut read = Self { text: String::new(), sent_at: Vec::new() };
        let mut at = 0;
        while let Some(letter) = self.text.get(at..).and_then(|rest| rest.chars().next()) {
            let rest = self.text.get(at..).unwrap_or_default();
            let (letter, length) = escape(rest).unwrap_or((letter, letter.len_utf8()));
            let sent_at = self.sent_at.get(at).copied().unwrap_or_default();
            read.sent_at.extend(std::iter::repeat_n(sent_at, letter.len_utf8()));
            read.text.push(letter.to_ascii_lowercase());
            at += length;
        }
        read.sent_at.extend(self.sent_at.last());
        Some(read)
    }
}

/// The character that a text begins with as an escape of JSON, and how long that is.
fn escape(text: &str) -> Option<(char, usize)> {
    let unit = |text: &str| {
        let digits = text.strip_prefix("\\u")?.get(..4)?;
        let is_hexadecimal = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        is_hexadecimal.then(|| u16::from_str_radix(digits, 16).ok()).flatten()
    };
    match text.strip_prefix('\\')?.chars().next()? {
        'u' => {
            let first = unit(text)?;
            match char::from_u32(first.into()) {
                Some(letter) => Some((letter, 6)),
                None => {
                    let pair = [first, unit(text.get(6..)?)?];
                    Some((char::decode_utf16(pair).next()?.ok()?, 12))
                }
            }
        }
        'n' => Some(('\n', 2)),
        'r' => Some(('\r', 2)),
        't' => Some(('\t', 2)),
        letter @ ('"' | '\'' | '\\' | '/') => Some((letter, 2)),
        _ => None,
    }
}

/// Texts of the provider go to terminals and logs: no control characters, no endless lines.
pub(crate) fn one_line(text: &str, longest: usize) -> String {
    printable(text.trim()).take(longest).collect()
}

fn printable(text: &str) -> impl Iterator<Item = char> {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter })
}
