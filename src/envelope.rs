//! What an answer holds, in whatever envelopes it came.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::contract::ENVELOPE;
use crate::json::Json;

/// Fields that a refusal has as well.
pub(crate) const REFUSAL_WORDS: [&str; 3] = ["success", "message", "error"];

/// The members of an answer, those of its envelopes among them. The first of a name counts.
pub(crate) fn payload(root: &Json) -> Vec<(&str, &Json)> {
    let mut seen = HashSet::new();
    members(root).into_iter().filter(|(name, _)| seen.insert(*name)).collect()
}

/// All of them, also those whose name repeats.
pub(crate) fn members(value: &Json) -> Vec<(&str, &Json)> {
    let (envelopes, mut found): (Vec<_>, Vec<_>) =
        value.named().partition(|(name, member)| is_envelope(name, member));
    found.extend(envelopes.into_iter().flat_map(|(_, envelope)| members(envelope)));
    found
}

/// Whether a member could hold the payload, in a form that no type can read.
pub(crate) fn is_odd_envelope(name: &str, member: &Json) -> bool {
    ENVELOPE.is_some_and(|envelope| envelope.eq_ignore_ascii_case(name))
        && !is_envelope(name, member)
        && member.says_something()
}

/// Whether a member holds the payload: a list under that name is a payload itself.
pub(crate) fn is_envelope(name: &str, member: &Json) -> bool {
    ENVELOPE == Some(name) && matches!(member, Json::Object(_))
}

/// Every value at a path of names, such as `order.amount`: under names that repeat or are written in other
/// letters' case, in lists, and in texts that are JSON in turn.
pub(crate) fn all_at<'a>(root: &'a Json, path: &str) -> Vec<Cow<'a, Json>> {
    let mut found = payloads(Cow::Borrowed(root));
    let mut names = path.split('.').peekable();
    while let Some(name) = names.next() {
        let named = found.into_iter().flat_map(|object| named(object, name));
        found = match names.peek() {
            Some(_) => named.flat_map(objects).collect(),
            None => named.collect(),
        };
    }
    found
}

/// The objects that the payload may be.
fn payloads(value: Cow<'_, Json>) -> Vec<Cow<'_, Json>> {
    let mut found = objects(value);
    if let Some(name) = ENVELOPE {
        let envelopes = found.iter().flat_map(|object| named(object.clone(), name));
        let inner: Vec<_> = envelopes.flat_map(payloads).collect();
        found.extend(inner);
    }
    found
}

fn objects(value: Cow<'_, Json>) -> Vec<Cow<'_, Json>> {
    match value {
        Cow::Borrowed(Json::List(items)) => {
            items.iter().flat_map(|item| objects(Cow::Borrowed(item))).collect()
        }
        Cow::Owned(Json::List(items)) => {
            items.into_iter().flat_map(|item| objects(Cow::Owned(item))).collect()
        }
        value => match &*value {
            Json::Object(_) => vec![value],
            Json::Text(text) => {
                Json::within(text).map_or_else(Vec::new, |it| objects(Cow::Owned(it)))
            }
            _ => Vec::new(),
        },
    }
}

fn named<'a>(object: Cow<'a, Json>, name: &str) -> Vec<Cow<'a, Json>> {
    let is_it = |known: &str| known.eq_ignore_ascii_case(name);
    match object {
        Cow::Borrowed(object) => object
            .named()
            .filter(|(known, _)| is_it(known))
            .map(|(_, it)| Cow::Borrowed(it))
            .collect(),
        Cow::Owned(Json::Object(members)) => members
            .into_iter()
            .filter(|(known, _)| is_it(known))
            .map(|(_, it)| Cow::Owned(it))
            .collect(),
        Cow::Owned(_) => Vec::new(),
    }
}
