//! What an answer holds, in whatever envelopes it came.

use crate::contract::ENVELOPE;
use crate::json::Json;

/// The members of an answer, those of its envelopes among them. The first of a name counts.
pub(crate) fn payload(root: &Json) -> Vec<(&str, &Json)> {
    let mut members: Vec<(&str, &Json)> = Vec::new();
    gather(root, &mut members);
    members
}

fn gather<'a>(value: &'a Json, members: &mut Vec<(&'a str, &'a Json)>) {
    let mut envelopes = Vec::new();
    for (name, member) in value.members() {
        if is_envelope(name, member) {
            envelopes.push(member);
        } else if !members.iter().any(|(known, _)| known == name) {
            members.push((name, member));
        }
    }
    envelopes.into_iter().for_each(|envelope| gather(envelope, members));
}

/// Whether a member holds the payload: a list under that name is a payload itself.
pub(crate) fn is_envelope(name: &str, member: &Json) -> bool {
    ENVELOPE == Some(name) && matches!(member, Json::Object(_))
}
