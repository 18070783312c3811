//! The rules for what an answer means and is judged by: refusals, yes and no, the envelope, and the proofs
//! of an order.

use serde_json::Value;

use super::node::Node;
use super::schemas::fields;
use super::{Check, Operation};

/// What an answer says yes or no with, whatever became of the order.
const WORDS: [&str; 3] = ["success", "message", "error"];

impl<'a> Check<'a> {
    pub fn envelope(&mut self) {
        let envelope = self.document.get("x-oxhost-envelope");
        if envelope.is_missing() {
            return;
        }
        let name = envelope.str();
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_graphic()) {
            self.fault(
                envelope.line,
                "`x-oxhost-envelope` is not a name: name the reply field that wraps a payload",
            );
        }
        if WORDS.iter().any(|word| word.eq_ignore_ascii_case(name)) {
            self.fault(envelope.line, format!("the envelope `{name}` is a word of refusal: name the reply field that wraps a payload: what it holds would count as the reply's own"));
        }
    }

    pub fn proof(&mut self, operation: &Operation<'a>) {
        let proof = operation.node.get("x-oxhost-proof");
        match operation.effect() {
            "charge" if proof.items().is_empty() => self.fault(operation.node.line, "nothing in the reply is said to prove the order: list such fields under `x-oxhost-proof`"),
            "read" if !proof.is_missing() => self.fault(operation.node.line, "a read proves no order: remove `x-oxhost-proof`, or write `x-oxhost-effect: charge`"),
            _ => {}
        }
        let reply = operation.reply();
        self.wrapped(reply);
        for (at, name) in proof.items().iter().enumerate() {
            let earlier = proof.items().iter().take(at);
            if earlier.into_iter().any(|it| it.str().eq_ignore_ascii_case(name.str())) {
                self.fault(
                    name.line,
                    format!("the proof `{}` is listed twice: list each once", name.str()),
                );
            }
            if let Some(why) = self.no_proof(name.str(), reply) {
                self.fault(name.line, format!("`{}` {why}: name a field of the reply that is there only if the order was placed", name.str()));
            }
        }
    }

    /// Why a field of a reply cannot tell that the order was placed.
    fn no_proof(&self, name: &str, reply: &str) -> Option<String> {
        let same = |other: &str| other.eq_ignore_ascii_case(name);
        let failures = self.document.at(&["components", "responses"]).entries().iter();
        let mut failing = failures.flat_map(|response| {
            let schema = response.at(&["content", "application/json", "schema"]).reference();
            fields(self.document, schema)
        });
        if WORDS.iter().any(|word| same(word)) || failing.any(|it| same(&it.key)) {
            return Some("proves no order: a refusal has it, too".to_owned());
        }
        let envelope = self.document.get("x-oxhost-envelope");
        if !envelope.is_missing() && same(envelope.str()) {
            return Some("proves no order: it is the envelope".to_owned());
        }
        let Some(field) = fields(self.document, reply).iter().find(|field| field.key == name)
        else {
            return Some(format!("is not a field of `{reply}`"));
        };
        match field.referred() {
            "Secret" => Some("proves no order: nothing is judged by a secret".to_owned()),
            "Untyped" => Some("proves no order: only null is documented of it".to_owned()),
            "FreeText" => Some("proves no order: it may say anything".to_owned()),
            _ => None,
        }
    }

    /// An envelope is opened wherever it is an object, so that no field of a reply may be such.
    fn wrapped(&mut self, reply: &str) {
        let envelope = self.document.text("x-oxhost-envelope");
        for field in fields(self.document, reply) {
            if field.key.eq_ignore_ascii_case(envelope) && field.text("type") != "array" {
                self.fault(field.line, format!("field `{}` of the reply `{reply}` would be opened as the envelope: name another envelope, or describe what is in it as fields of the reply", field.key));
            }
        }
    }

    pub fn outcomes(&mut self) {
        let places = ["x-oxhost-refusals", "x-oxhost-failed-order"];
        let [refusals, failed] = places.map(|place| self.document.get(place));
        for (node, place) in [refusals, failed].into_iter().zip(places) {
            self.vocabulary(node, place);
            if node.is_missing() {
                self.fault(
                    1,
                    format!(
                        "`{place}` is missing: say in it what an answer means: nobody else does"
                    ),
                );
            }
        }
        if refusals.is_missing() || failed.is_missing() {
            return;
        }
        let [with_json, other] =
            ["json", "other"].map(|key| self.statuses(refusals.get(key), refusals.line));
        if other.iter().any(|status| !with_json.contains(status)) {
            self.fault(
                refusals.line,
                "a status refuses without JSON, but not with it: list it under `json`, too",
            );
        }
        let states = failed.get("values").items();
        let lower =
            |state: &Node| !state.str().is_empty() && state.str().to_lowercase() == state.str();
        if failed.text("field").is_empty() || states.is_empty() || !states.iter().all(lower) {
            self.fault(failed.line, "`x-oxhost-failed-order` does not name a field and its values: write `field: status` and `values: [failed, …]`, in lower case");
        }
        for extension in ["x-oxhost-true", "x-oxhost-false"] {
            let forms = forms(self.document, extension);
            if forms.is_empty()
                || forms.iter().any(|it| it.is_null() || it.is_array() || it.is_object())
            {
                let schemas = self.document.at(&["components", "schemas"]).entries();
                let first = schemas.iter().find(|schema| schema.has(extension));
                self.fault(first.map_or(1, |schema| schema.get(extension).value_line), format!("`{extension}` does not list the forms of a value, in one schema: list them, such as [true, 1, '1', 'true']"));
            }
        }
    }

    fn statuses(&mut self, list: &Node, line: u64) -> Vec<u64> {
        let statuses = list.items().iter().map(|status| status.to_value().as_u64().unwrap_or(0));
        let statuses: Vec<u64> = statuses.collect();
        if statuses.is_empty() || !statuses.iter().all(|status| (400..500).contains(status)) {
            self.fault(if list.is_missing() { line } else { list.value_line }, "the refusals are not a list of statuses from 400 to 499: list what proves that nothing was done: a 5xx or a redirect never does");
            return Vec::new();
        }
        statuses
    }
}

/// The forms of a yes or no, which stand at the one schema that has them.
pub fn forms(document: &Node, extension: &str) -> Vec<Value> {
    let schemas = document.at(&["components", "schemas"]).entries().iter();
    let found: Vec<&Node> =
        schemas.map(|it| it.get(extension)).filter(|it| !it.is_missing()).collect();
    match found[..] {
        [only] => only.items().iter().map(Node::to_value).collect(),
        _ => Vec::new(),
    }
}
