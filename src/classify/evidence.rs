//! What stands in an answer: every word for yes and no, and every sign of a placed order.

use std::borrow::Cow;

use super::body::{self, Body};
use crate::contract::{
    ENVELOPE, Effect, FAILED_STATES, Field, OPERATIONS, ORDER_FIELDS, Operation, STATE_FIELD, Shape,
};
use crate::envelope::REFUSAL_WORDS;
use crate::json::Json;
use crate::letters::{holds, lowercase};
use crate::value::truth;

/// Fields in which 0 says something: it is what is left to who has spent all.
const BALANCES: [&str; 2] = ["balance_before", "balance_after"];

/// What an answer holds, wherever it stands. Independent of order and repetition.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Evidence {
    /// `success` says yes, somewhere.
    pub(super) yes: bool,
    /// `success` says no, somewhere.
    pub(super) no: bool,
    /// `success` says something that is neither.
    pub(super) unclear: bool,
    /// A text within the answer denies a yes.
    pub(super) denied: bool,
    /// `error` says something, where the payload is.
    pub(super) error: bool,
    /// An error is named, anywhere.
    pub(super) complaint: bool,
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
    pub(super) fn of(operation: &'static Operation, body: &Body) -> Self {
        let mut found = Self::default();
        let Body::Object { root, .. } = body else { return found };
        found.gather(operation, root);
        found.payload(operation, root);
        found.states(operation, root, true);
        found
    }

    /// Everything, anywhere, however its name is written.
    fn gather(&mut self, operation: &'static Operation, value: &Json) {
        value.visit(&mut |value| {
            if let Json::Opaque(text) = value {
                self.hidden |= text.starts_with(['[', '{']);
            }
            for (name, member) in value.members() {
                // PHP writes a list by number as an object.
                self.booking = self.booking || body::tells_of_an_order(operation, name);
                let name = plain(name);
                match &*name {
                    "success" => self.success(member),
                    // Whatever else it is called: `errors`, `error_message`.
                    name if name.starts_with("error") => self.complaint |= complains(member),
                    // One sign is enough.
                    _ if self.booking => {}
                    _ => {
                        let is_balance = || BALANCES.iter().any(|field| is_called(field, &name));
                        let says = member.says_something() || (is_balance() && !is_nothing(member));
                        self.booking = says && comes_with_an_order(operation, &name, member);
                    }
                }
            }
            if let Json::Text(text) = value {
                self.booking = self.booking || body::tells_of_an_order(operation, text);
                // What is said in passing is no word of its own, but it may deny another.
                if let Some(inner) = Json::within(text) {
                    let mut said = Self::default();
                    said.gather(operation, &inner);
                    self.yes |= said.yes;
                    self.denied |= said.no || said.unclear || said.denied;
                    self.complaint |= said.complaint;
                    self.booking |= said.booking;
                    self.hidden |= said.hidden;
                }
            }
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
            let is_proof = operation.proof.contains(&name.as_str());
            self.order |= is_proof && proves_an_order(operation.reply, name, member);
            self.declared |= name == "success" && truth(member) == Some(true);
            self.error |= lowercase(name) == "error" && complains(member);
            if ENVELOPE == Some(name) {
                self.payload(operation, member);
            }
        }
    }

    /// What an order says of itself, wherever it stands. A server and a subscription have states of their
    /// own.
    fn states(&mut self, operation: &'static Operation, value: &Json, of_order: bool) {
        if let Json::List(items) = value {
            items.iter().for_each(|item| self.states(operation, item, of_order));
        }
        if let Json::Text(text) = value
            && let Some(inner) = Json::within(text)
        {
            self.states(operation, &inner, of_order);
        }
        for (name, member) in value.members() {
            let is_other_thing = matches!(operation.reply.field(name), Some(Field::Object(_)));
            // `payment_status` is one, too.
            if of_order && !is_other_thing && lowercase(name).ends_with(STATE_FIELD) {
                member.visit(&mut |part| {
                    let failed = |text: &str| {
                        let text = lowercase(text);
                        FAILED_STATES.iter().any(|state| holds(&text, state))
                    };
                    self.failed |= matches!(part, Json::Text(text) if failed(text));
                });
            }
            let is_order = orders().any(|other| other.proof.contains(&name.as_str()));
            self.states(operation, member, is_order || (of_order && !is_other_thing));
        }
    }
}

/// Whether an error says that there is one.
fn complains(error: &Json) -> bool {
    error.says_something() && truth(error) != Some(false)
}

fn is_nothing(value: &Json) -> bool {
    matches!(value, Json::Null | Json::Bool(_)) || value.to_string() == "\"\""
}

/// Whether a value of the form that the contract says names an order: no word stands for one.
fn proves_an_order(shape: &Shape, name: &str, value: &Json) -> bool {
    match (shape.field(name), value) {
        (Some(Field::Object(_)), Json::Object(_)) | (Some(Field::List(_)), Json::List(_)) => {
            names_it(value)
        }
        (Some(Field::Object(_) | Field::List(_)), _) | (_, Json::Object(_) | Json::List(_)) => {
            false
        }
        (_, Json::Text(text)) => {
            let has_digit = text.contains(|letter: char| letter.is_ascii_digit());
            value.says_something() && has_digit && !text.trim().contains(char::is_whitespace)
        }
        (_, value) => matches!(value, Json::Number(_) | Json::Opaque(_)) && value.says_something(),
    }
}

/// Whether a value says something besides its state and words that a refusal has as well.
fn names_it(value: &Json) -> bool {
    match value {
        Json::List(items) => items.iter().any(names_it),
        Json::Object(members) => members.iter().any(|(name, member)| {
            let name = lowercase(name);
            let is_common = name == STATE_FIELD || REFUSAL_WORDS.contains(&&*name);
            !is_common && names_it(member)
        }),
        scalar => scalar.says_something(),
    }
}

/// A name without what only tells its words apart: `order_id`, `orderId`, `Order-ID`.
fn plain(name: &str) -> Cow<'_, str> {
    let is_between = |letter: char| matches!(letter, '_' | '-' | ' ' | '.');
    if !name.is_ascii() {
        let letters = name.chars().filter(|letter| !is_between(*letter));
        return letters.flat_map(char::to_lowercase).collect();
    }
    let mut plain = lowercase(name);
    if plain.contains(is_between) {
        plain.to_mut().retain(|letter| !is_between(letter));
    }
    plain
}

/// Whether a plain name is that of a field of the contract.
fn is_called(field: &str, plain: &str) -> bool {
    field.bytes().filter(|letter| *letter != b'_').eq(plain.bytes())
}

/// Whether a field of this plain name comes with a placed order: one of the success reply, at
/// whatever depth it is listed, an object that another order has, or a name of any order's that nothing
/// else is called, such as `order_number`.
fn comes_with_an_order(operation: &Operation, name: &str, value: &Json) -> bool {
    let is_part = matches!(value, Json::Object(_) | Json::List(_));
    let has = |fields: &[&str]| fields.iter().any(|field| is_called(field, name));
    let is_rare = |field: &&&str| field.contains('_');
    !REFUSAL_WORDS.contains(&name)
        && ENVELOPE.is_none_or(|envelope| envelope != name)
        && (has(operation.reply_fields)
            || ORDER_FIELDS.iter().filter(is_rare).any(|field| is_called(field, name))
            || (is_part && orders().any(|other| has(other.reply.lower))))
}

fn orders() -> impl Iterator<Item = &'static Operation> {
    OPERATIONS.iter().copied().filter(|operation| operation.effect == Effect::Charge)
}
