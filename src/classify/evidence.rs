//! What stands in an answer: every word for yes and no, and every sign of a placed order.

use super::body;
use crate::contract::{
    ENVELOPE, Effect, FAILED_STATES, FALSE_FORMS, Field, OPERATIONS, Operation, STATE_FIELD, Shape,
    TRUE_FORMS,
};
use crate::json::Json;

/// Fields that a refusal has as well.
pub(super) const REFUSAL_WORDS: [&str; 3] = ["success", "message", "error"];

/// So many fields of one documented object make an object that one.
const FIELDS_OF_ONE: usize = 2;

/// What an answer holds, wherever it stands. Independent of order and repetition.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Evidence {
    /// `success` says yes, somewhere.
    pub(super) yes: bool,
    /// `success` says no, somewhere.
    pub(super) no: bool,
    /// `success` says something that is neither.
    pub(super) unclear: bool,
    /// `error` says something.
    pub(super) error: bool,
    /// Anything that comes with a placed order.
    pub(super) booking: bool,
    /// `success` says yes where the payload is.
    pub(super) declared: bool,
    /// What proves an order stands where the payload is.
    pub(super) order: bool,
    /// The order says that it was not carried out.
    pub(super) failed: bool,
    /// A part of the answer could not be searched.
    pub(super) hidden: bool,
}

impl Evidence {
    pub(super) fn of(operation: &'static Operation, root: &Json) -> Self {
        let mut found = Self::default();
        found.gather(operation, root);
        found.payload(operation, root);
        found
    }

    /// Everything, anywhere, in any letters' case.
    fn gather(&mut self, operation: &'static Operation, value: &Json) {
        value.visit(&mut |value| {
            if let Json::Opaque(text) = value {
                self.hidden |= text.starts_with(['[', '{']);
            }
            for (name, member) in value.members() {
                let name = name.to_lowercase();
                let says = member.says_something();
                match name.as_str() {
                    "success" => self.success(member),
                    "error" => self.error |= says,
                    _ => self.booking |= says && comes_with_an_order(operation, &name),
                }
            }
            if let Json::Text(text) = value {
                self.booking |= body::tells_of_an_order(operation, text);
            }
            self.booking |= resembles_a_part(operation.reply, value);
        });
    }

    fn success(&mut self, value: &Json) {
        match truth(value) {
            Some(true) => self.yes = true,
            Some(false) => self.no = true,
            None => self.unclear |= *value != Json::Null,
        }
    }

    /// The answer itself, and what its envelopes hold.
    fn payload(&mut self, operation: &'static Operation, value: &Json) {
        for (name, member) in value.members() {
            if operation.proof.contains(&name.as_str()) && tells_of_more(member) {
                self.order = true;
                member.visit(&mut |part| self.state(part));
            }
            self.declared |= name == "success" && truth(member) == Some(true);
            if ENVELOPE == Some(name) {
                self.payload(operation, member);
            }
        }
        self.state(value);
    }

    fn state(&mut self, value: &Json) {
        for (name, member) in value.members() {
            if name.to_lowercase() == STATE_FIELD
                && let Json::Text(text) = member
            {
                self.failed |= FAILED_STATES.contains(&text.trim().to_lowercase().as_str());
            }
        }
    }
}

/// Whether a value says something besides words that a refusal has as well.
fn tells_of_more(value: &Json) -> bool {
    match value {
        Json::List(items) => items.iter().any(tells_of_more),
        Json::Object(members) => members.iter().any(|(name, member)| {
            !REFUSAL_WORDS.contains(&name.to_lowercase().as_str()) && tells_of_more(member)
        }),
        scalar => scalar.says_something(),
    }
}

/// Yes or no, in the forms that the contract lists, to the letter.
pub(crate) fn truth(value: &Json) -> Option<bool> {
    let text = value.scalar_text()?;
    if TRUE_FORMS.contains(&text.as_str()) {
        Some(true)
    } else {
        FALSE_FORMS.contains(&text.as_str()).then_some(false)
    }
}

/// Whether a field of this name, in small letters, comes with a placed order: one of the success reply
/// itself, or one of any order's that nothing else is called, such as `order_number`.
fn comes_with_an_order(operation: &Operation, name: &str) -> bool {
    !REFUSAL_WORDS.contains(&name)
        && ENVELOPE.is_none_or(|envelope| envelope != name)
        && (operation.reply.fields.iter().any(|(field, _)| field.to_lowercase() == name)
            || is_of_any_order(name))
}

/// Whether this is a name of two words or more in the success reply of any order.
pub(super) fn is_of_any_order(name: &str) -> bool {
    fn has(shape: &Shape, name: &str) -> bool {
        shape.fields.iter().any(|(field, kind)| {
            let inner = match kind {
                Field::Object(shape) | Field::List(shape) => has(shape, name),
                _ => false,
            };
            inner || field.to_lowercase() == name
        })
    }
    let orders = OPERATIONS.iter().filter(|operation| operation.effect == Effect::Charge);
    name.contains('_') && orders.into_iter().any(|operation| has(operation.reply, name))
}

/// Whether an object is an order, a subscription or a server under another name, or under none. One
/// field alone, such as `status`, a refusal has as well.
fn resembles_a_part(shape: &Shape, value: &Json) -> bool {
    let said = |part: &Shape| {
        let names = part.fields.iter().map(|(field, _)| field.to_lowercase());
        names
            .filter(|field| {
                let says = |(name, member): &(String, Json)| {
                    name.to_lowercase() == *field && member.says_something()
                };
                !REFUSAL_WORDS.contains(&field.as_str()) && value.members().iter().any(says)
            })
            .count()
    };
    shape.fields.iter().any(|(_, field)| match field {
        Field::Object(part) | Field::List(part) => said(part) >= FIELDS_OF_ONE,
        _ => false,
    })
}
