//! Values that are not the true ones.

use rust_decimal::Decimal;
use serde_json::Number;

use crate::json::{Json, Member, object};

/// The members that `extra=secrets` adds, each with a value that is nowhere else: a test looks for
/// these. The value of `pin` comes as a number, the others as strings.
pub const SECRETS: [(&str, &str); 5] = [
    ("root_pass", "Rt9-kettle-Oq41"),
    ("vnc_pass", "Vn7-magnet-Zx88"),
    ("pin", "73190482"),
    ("cookie", "PHPSESSID=c00k1e-5b1f"),
    ("Kennwort", "Kw3-Lampe-Yb62"),
];

/// Has letters that are other bytes in every character set, and says neither yes nor no.
pub(super) const WORDS: &str = "R\u{fc}ckmeldung \u{fc}ber eine Gr\u{f6}\u{df}e";

pub(super) fn extra() -> Vec<Member> {
    let links = [object! { "rel": "self" }].into_iter().collect::<Json>();
    let mut extra = object! {
        "request_id": "req-7f3a91", "cached": false, "took_ms": 12, "links": links,
    };
    extra.members().map(std::mem::take).unwrap_or_default()
}

pub(super) fn secrets() -> Vec<Member> {
    let value =
        |text: &str| if is_number(text) { Json::Leaf(text.to_owned()) } else { text.into() };
    SECRETS.into_iter().map(|(name, text)| (name.to_owned(), value(text))).collect()
}

/// Puts another value at the first of some paths that is there.
pub(super) fn contradict(json: &mut Json, paths: &[&[&str]]) {
    let there = paths.iter().find(|path| json.at(path).is_some());
    if let Some(value) = there.and_then(|path| json.at(path)) {
        *value = contradiction(value);
    }
}

/// Another value: of the same type, if it is a leaf that has one.
pub(super) fn contradiction(value: &Json) -> Json {
    let Json::Leaf(leaf) = value else { return ().into() };
    match (leaf.as_str(), inner(leaf)) {
        ("true", _) => Json::Leaf("false".into()),
        ("false", _) => Json::Leaf("true".into()),
        (number, None) if is_number(number) => Json::Leaf(more(number)),
        (_, Some(number)) if is_number(number) => more(number).into(),
        _ => "other567-8901-2345-6789-012345678901".into(),
    }
}

fn more(number: &str) -> String {
    let sum = number.parse::<Decimal>().ok().and_then(|it| it.checked_add(Decimal::ONE));
    sum.unwrap_or_default().to_string()
}

/// What stands between the quotes of a string, as it is written.
pub(super) fn inner(leaf: &str) -> Option<&str> {
    leaf.strip_prefix('"')?.strip_suffix('"')
}

/// Whether a text is a plain JSON number, digits with a fraction or without.
pub(super) fn is_number(text: &str) -> bool {
    !text.contains(['e', 'E']) && text.parse::<Number>().is_ok()
}
