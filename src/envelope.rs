//! What an answer holds, in whatever envelopes it came.

use std::collections::HashSet;

use crate::contract::ENVELOPE;
use crate::json::Json;

/// Fields that a refusal has as well.
pub(crate) const REFUSAL_WORDS: [&str; 3] = ["success", "message", "error"];

/// The members of an answer, those of its envelopes among them. The first of a name counts.
pub(crate) fn payload(root: &Json) -> Vec<(&str, &Json)> {
    let mut seen = Seen::default();
    members(root).into_iter().filter(|(name, _)| seen.insert(name)).collect()
}

/// Names that were seen: the few that an object has, and any others.
#[derive(Default)]
pub(crate) struct Seen<'a> {
    few: Vec<&'a str>,
    others: HashSet<&'a str>,
}

impl<'a> Seen<'a> {
    const FEW: usize = 32;

    /// Whether a name is new.
    pub(crate) fn insert(&mut self, name: &'a str) -> bool {
        if self.few.contains(&name) {
            return false;
        }
        if self.few.len() < Self::FEW {
            self.few.push(name);
            return true;
        }
        self.others.insert(name)
    }
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

/// Shows every value at a path of names, such as `order.amount`: under names that repeat or are written in
/// other letters' case, in lists, in envelopes, and in texts that are JSON in turn.
pub(crate) fn each_at(root: &Json, path: &str, seen: &mut dyn FnMut(&Json)) {
    each_object(root, &mut |object| each_in(object, path, seen));
    if let Some(name) = ENVELOPE {
        each_object(root, &mut |object| {
            named(object, name).for_each(|envelope| each_at(envelope, path, seen));
        });
    }
}

/// The same of one object.
fn each_in(object: &Json, path: &str, seen: &mut dyn FnMut(&Json)) {
    match path.split_once('.') {
        Some((name, path)) => named(object, name)
            .for_each(|member| each_object(member, &mut |object| each_in(object, path, seen))),
        None => named(object, path).for_each(seen),
    }
}

fn each_object(value: &Json, seen: &mut dyn FnMut(&Json)) {
    match value {
        Json::List(items) => items.iter().for_each(|item| each_object(item, seen)),
        Json::Object(_) => seen(value),
        Json::Text(text) => {
            if let Some(inner) = Json::within(text) {
                each_object(&inner, seen);
            }
        }
        _ => {}
    }
}

fn named<'a>(object: &'a Json, name: &str) -> impl Iterator<Item = &'a Json> {
    let is_it = move |(known, _): &(&str, _)| known.eq_ignore_ascii_case(name);
    object.named().filter(is_it).map(|(_, member)| member)
}
