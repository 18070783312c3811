//! The rules for what an answer is judged by: the envelope, and the proofs of an order.

use crate::check::Check;
use crate::document::{Entry, Node};

/// What an answer says yes or no with, whatever became of the order.
const WORDS: [&str; 3] = ["success", "message", "error"];

impl<'a> Check<'a> {
    pub fn envelope(&mut self) {
        let Some(envelope) = self.document.get("x-oxhost-envelope") else { return };
        let name = envelope.str().unwrap_or_default();
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_graphic()) {
            self.fault(
                envelope.line,
                "`x-oxhost-envelope` is not a name",
                "name the reply field that wraps a payload",
            );
        }
        if WORDS.iter().any(|word| word.eq_ignore_ascii_case(name)) {
            self.fault(
                envelope.line,
                format!("the envelope `{name}` is a word of refusal"),
                "name the reply field that wraps a payload: what it holds would count as the reply's own",
            );
        }
    }

    pub fn proof(&mut self, line: u64, effect: &str, node: &'a Node, reply: &str) -> Vec<String> {
        let names = node.get("x-oxhost-proof").map_or(&[][..], Node::items);
        match effect {
            "charge" if names.is_empty() => self.fault(
                line,
                "nothing in the reply is said to prove the order",
                "list such fields under `x-oxhost-proof`",
            ),
            "read" if node.get("x-oxhost-proof").is_some() => self.fault(
                line,
                "a read proves no order",
                "remove `x-oxhost-proof`, or write `x-oxhost-effect: charge`",
            ),
            _ => {}
        }
        self.wrapped(reply);
        let mut seen: Vec<String> = Vec::new();
        for name in names {
            let text = name.str().unwrap_or_default();
            if seen.iter().any(|earlier| earlier.eq_ignore_ascii_case(text)) {
                self.fault(
                    name.line,
                    format!("the proof `{text}` is listed twice"),
                    "list each once",
                );
            }
            if let Some(why) = self.no_proof(text, reply) {
                self.fault(
                    name.line,
                    format!("`{text}` {why}"),
                    "name a field of the reply that is there only if the order was placed",
                );
            }
            seen.push(text.to_owned());
        }
        seen
    }

    /// Why a field of a reply cannot tell that the order was placed.
    fn no_proof(&self, name: &str, reply: &str) -> Option<String> {
        let same = |other: &str| other.eq_ignore_ascii_case(name);
        let failing = self.failures().flat_map(|entry| self.fields(entry));
        if WORDS.iter().any(|word| same(word)) || failing.into_iter().any(|it| same(&it.key)) {
            return Some("proves no order: a refusal has it, too".to_owned());
        }
        if self.document.text("x-oxhost-envelope").is_some_and(same) {
            return Some("proves no order: it is the envelope".to_owned());
        }
        let Some(field) = self.fields(reply).iter().find(|field| field.key == name) else {
            return Some(format!("is not a field of `{reply}`"));
        };
        match schema_of(&field.value)? {
            "Secret" => Some("proves no order: nothing is judged by a secret".to_owned()),
            "Unlisted" => Some("proves no order: only null is documented of it".to_owned()),
            "Words" => Some("proves no order: it may say anything".to_owned()),
            _ => None,
        }
    }

    /// An envelope is opened wherever it is an object, so that no field of a reply may be such.
    fn wrapped(&mut self, reply: &str) {
        let Some(envelope) = self.document.text("x-oxhost-envelope") else { return };
        for field in self.fields(reply) {
            if field.key.eq_ignore_ascii_case(envelope) && field.value.text("type") != Some("array")
            {
                self.fault(
                    field.line,
                    format!(
                        "field `{}` of the reply `{reply}` would be opened as the envelope",
                        field.key
                    ),
                    "name another envelope, or describe what is in it as fields of the reply",
                );
            }
        }
    }

    /// Names of the schemas that failures have.
    fn failures(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let responses = self.document.at(&["components", "responses"]);
        responses.map_or(&[][..], Node::entries).iter().filter_map(|response| {
            schema_of(response.value.at(&["content", "application/json", "schema"])?)
        })
    }

    fn fields(&self, schema: &str) -> &'a [Entry] {
        let properties = self.schema(schema).and_then(|schema| schema.get("properties"));
        properties.map_or(&[][..], Node::entries)
    }
}

/// Name of the schema that a field or a body refers to.
fn schema_of(node: &Node) -> Option<&str> {
    let only = node.get("allOf").and_then(|all| all.items().first()).unwrap_or(node);
    only.text("$ref")?.strip_prefix("#/components/schemas/")
}
