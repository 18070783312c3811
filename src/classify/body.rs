//! What a body is, before anything in it is judged: one JSON object, a text, or neither.

use std::borrow::Cow;

use http::{HeaderMap, header};

use crate::contract::{ENVELOPE, ORDER_FIELDS, ORDER_NUMBERS, Operation, SHORTEST_ORDER_NUMBER};
use crate::envelope::REFUSAL_WORDS;
use crate::json::Json;
use crate::letters::lowercase;

/// A body that was read to its end.
pub(crate) enum Body {
    /// One JSON object. `exact` unless a byte of it could not be read: then it refuses nothing.
    Object { root: Json, exact: bool },
    /// Nothing, a text or a page, in which no field of an order stands.
    Text,
    /// Anything else: compressed, in another encoding, torn, two documents, a list, a scalar.
    Illegible,
}

impl Body {
    pub(crate) fn read(operation: &Operation, headers: &HeaderMap, bytes: &[u8]) -> Self {
        // One that is not encoded in fact is read, and believed where it accepts.
        let encoded = headers.get_all(header::CONTENT_ENCODING).iter().any(|it| it != "identity");
        let decoded = std::str::from_utf8(bytes);
        let whole = !headers.contains_key(header::CONTENT_RANGE);
        let exact = decoded.is_ok() && is_ascii_compatible(headers) && !encoded && whole;
        // One broken byte in a name must not lose an order; a BOM may be ignored (RFC 8259, 8.1).
        let text = String::from_utf8_lossy(bytes);
        let text = text.trim_start_matches('\u{feff}');
        match Json::parse(text) {
            Some(root @ Json::Object(_)) => Self::Object { root, exact },
            Some(_) => Self::Illegible,
            None if exact && ends(headers) && is_prose(text) => {
                if names_a_field(operation, text) {
                    Self::Illegible
                } else {
                    Self::Text
                }
            }
            None => Self::Illegible,
        }
    }
}

/// Whether the end of a text is told, by whatever comes before it: a connection that closes may have broken,
/// even where nothing was to be read yet.
fn ends(headers: &HeaderMap) -> bool {
    headers.contains_key(header::CONTENT_LENGTH) || headers.contains_key(header::TRANSFER_ENCODING)
}

/// Whether bytes of ASCII mean in the declared charset what they mean in ASCII.
fn is_ascii_compatible(headers: &HeaderMap) -> bool {
    headers.get_all(header::CONTENT_TYPE).iter().all(|value| {
        let value = String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase();
        let Some((_, charset)) = value.split_once("charset=") else { return true };
        let charset = charset.split([';', ',']).next().unwrap_or_default();
        let charset = charset.trim_matches([' ', '\t', '"', '\'']);
        ["utf-8", "utf8", "us-ascii", "ascii"].contains(&charset)
            || charset.starts_with("iso-8859-")
            || charset.starts_with("windows-125")
    })
}

/// Whether a text is one for people: no JSON in it, nothing that hides what it says.
fn is_prose(text: &str) -> bool {
    let text = text.trim();
    let control = |letter: char| letter.is_control() && !"\t\r\n\u{c}".contains(letter);
    !text.starts_with(['{', '[', '"'])
        && !holds_json(&read_by_people(&unescaped(text)))
        && !text.contains(control)
        && !text.contains("%22")
        && !text.contains("\\u00")
        && (text.starts_with('<') || !text.split_whitespace().any(is_encoded))
}

/// Base64 and hexadecimal, which say what cannot be searched.
fn is_encoded(word: &str) -> bool {
    let any = |class: fn(char) -> bool| word.contains(class);
    let digits = any(|letter| letter.is_ascii_digit());
    let mixed = any(|it| it.is_ascii_uppercase()) && any(|it| it.is_ascii_lowercase());
    let hexadecimal = word.chars().all(|letter| letter.is_ascii_hexdigit());
    word.len() >= SHORTEST_ENCODED && digits && (mixed || hexadecimal)
}

/// Shorter words are words.
const SHORTEST_ENCODED: usize = 16;

/// Whether a name of a field stands in a text in a way in which a field would: `"order_id":`,
/// `<order_id>`, `order_id=`. In a page, `type=` is markup.
fn names_a_field(operation: &Operation, text: &str) -> bool {
    let text = unescaped(text).to_lowercase();
    let read = read_by_people(&text);
    if mentions(&text, "success").any(|said| said.is_assigned()) || has_order_number(&read) {
        return true;
    }
    ORDER_FIELDS.iter().chain(&ENVELOPE).any(|name| {
        // Texts for people have words such as `status:` and `error:`, too.
        let is_common = ENVELOPE == Some(name)
            || REFUSAL_WORDS.contains(name)
            || !operation.reply.lower.contains(name);
        mentions(&text, name).any(|said| said.is_json() || said.is_element() || said.is_rare())
            || (!is_common
                && mentions(&read, name).any(|said| said.is_assigned() || said.is_quoted()))
    })
}

/// Whether an object or a list begins in a text: a warning before the answer makes no page of it.
fn holds_json(text: &str) -> bool {
    text.match_indices(['{', '[']).any(|(at, _)| {
        let rest = text.get(at..).unwrap_or_default();
        rest.trim_start_matches(['{', '[', ' ', '\t', '\r', '\n']).starts_with(['"', '\''])
    })
}

/// A page with its characters as they are meant: `&quot;`, `&#34;`, `&#x22;`.
fn unescaped(page: &str) -> String {
    let mut read = String::new();
    let mut rest = page;
    while let Some((before, after)) = rest.split_once('&') {
        read.push_str(before);
        let meant = after.split_once(';').and_then(|(name, after)| Some((entity(name)?, after)));
        let (letter, next) = meant.unwrap_or(('&', after));
        read.push(letter);
        rest = next;
    }
    read + rest
}

fn entity(name: &str) -> Option<char> {
    let number = |digits: &str, radix| u32::from_str_radix(digits, radix).ok();
    match name.to_ascii_lowercase().as_str() {
        "quot" => Some('"'),
        "apos" => Some('\''),
        "lt" => Some('<'),
        "gt" => Some('>'),
        name => {
            let code = name.strip_prefix('#')?;
            let code = match code.strip_prefix('x') {
                Some(digits) => number(digits, 16),
                None => number(code, 10),
            };
            char::from_u32(code?)
        }
    }
}

/// What a person reads of a text. In the tags of a page, `type=` is markup.
fn read_by_people(text: &str) -> Cow<'_, str> {
    match text.trim_start().starts_with('<') {
        true => Cow::Owned(without_markup(text)),
        false => Cow::Borrowed(text),
    }
}

/// A page without its tags, scripts and styles.
fn without_markup(page: &str) -> String {
    let mut read = String::new();
    let mut rest = page;
    while let Some((before, tag)) = rest.split_once('<') {
        read.push_str(before);
        read.push(' ');
        let hidden = ["script", "style"].into_iter().find(|name| tag.starts_with(name));
        let end = hidden.map_or_else(|| ">".to_owned(), |name| format!("</{name}>"));
        rest = tag.split_once(end.as_str()).map_or("", |(_, rest)| rest);
    }
    read.push_str(rest);
    read
}

/// Whether a text has a number of an order, as the contract's examples write it: `PLK_RENEW_20250320_123456`.
fn has_order_number(text: &str) -> bool {
    ORDER_NUMBERS.iter().any(|start| {
        text.match_indices(start).any(|(at, _)| {
            let (before, number) = text.split_at(at);
            let end = number.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
            let number = number.split_at(end.unwrap_or(number.len())).0;
            let mut parts = number.split(|letter: char| !letter.is_ascii_digit());
            !before.ends_with(char::is_alphanumeric)
                && parts.any(|digits| digits.len() >= SHORTEST_ORDER_NUMBER)
        })
    })
}

/// Whether a text within a reply tells of an order: by its number, by fields as `order_id=7`, or in JSON of
/// its own.
pub(super) fn tells_of_an_order(operation: &Operation, text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    if digits >= SHORTEST_ORDER_NUMBER && has_order_number(&lowercase(text)) {
        return true;
    }
    // Behind each name that counts stands one of these, or before it; a date has them, too, but no letter.
    let is_sign = |byte| matches!(byte, b':' | b'=' | b'<');
    if !text.bytes().any(is_sign) || !text.contains(char::is_alphabetic) {
        return false;
    }
    let text = text.to_lowercase();
    ORDER_FIELDS.iter().any(|name| {
        let is_ours = operation.reply_fields.contains(name) && !REFUSAL_WORDS.contains(name);
        mentions(&text, name).any(|said| {
            let is_written = said.is_json() || said.is_element();
            (is_written && (is_ours || said.is_rare())) || (said.is_rare() && said.is_assigned())
        })
    })
}

/// Where a text in small letters has a name, however its words are told apart.
fn mentions<'a>(text: &'a str, name: &'a str) -> impl Iterator<Item = Mention<'a>> {
    let first = name.split('_').next().unwrap_or(name);
    let said = text.match_indices(first).filter_map(move |(at, _)| {
        let (before, from) = text.split_at(at);
        let rest = behind(from, name)?;
        let spelt = from.strip_suffix(rest)?;
        Some(Mention { name: spelt, before, rest })
    });
    said.filter(Mention::is_whole_word)
}

/// What follows a name at the start of a text: `order_id`, `order-id` or `orderid`.
fn behind<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let mut words = name.split('_');
    let first = text.strip_prefix(words.next()?)?;
    words.try_fold(first, |rest, word| {
        rest.strip_prefix(['_', '-']).unwrap_or(rest).strip_prefix(word)
    })
}

/// A name within a text, as it is spelt there.
struct Mention<'a> {
    name: &'a str,
    before: &'a str,
    rest: &'a str,
}

impl Mention<'_> {
    fn is_whole_word(&self) -> bool {
        let is_word = |letter: char| letter.is_alphanumeric() || "_-".contains(letter);
        !self.before.ends_with(is_word) && !self.rest.starts_with(is_word)
    }

    fn follows(&self) -> Option<char> {
        let rest = self.rest.trim_start_matches(['\\', '"', '\'', ' ', '\t', '\r', '\n']);
        rest.chars().next()
    }

    /// `"order":`, and the same within a text: `\"order\":`.
    fn is_json(&self) -> bool {
        self.before.ends_with(['"', '\'']) && self.follows() == Some(':')
    }

    /// `order: 7`, `order=7`.
    fn is_assigned(&self) -> bool {
        matches!(self.follows(), Some(':' | '='))
    }

    /// `<order>`, `<order id="7">`.
    fn is_element(&self) -> bool {
        self.before.ends_with('<') && self.rest.starts_with(['>', '/', ' '])
    }

    /// `["order"]`, `"order";`, `order[id]`: how programs write out what they hold.
    fn is_quoted(&self) -> bool {
        let quoted = self.before.ends_with(['"', '\'']) && self.rest.starts_with(['"', '\'']);
        quoted || self.rest.starts_with('[')
    }

    /// No prose has such a word.
    fn is_rare(&self) -> bool {
        self.name.contains('_')
    }
}
