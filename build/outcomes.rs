//! The rules for what an answer means: which statuses and values are a no, and which a yes.

use serde_json::Value;

use crate::check::Check;
use crate::document::Node;

/// What the contract says of answers, beyond their types.
#[derive(Default)]
pub struct Outcomes {
    /// Statuses that refuse, with a JSON object.
    pub refusals: Vec<u16>,
    /// Statuses that refuse, with anything else.
    pub refusals_without_json: Vec<u16>,
    /// Field of an order that tells its state.
    pub state_field: String,
    /// States of an order that was not carried out, in lower case.
    pub failed_states: Vec<String>,
    /// Every form of a yes, as JSON.
    pub true_forms: Vec<String>,
    /// Every form of a no, as JSON.
    pub false_forms: Vec<String>,
}

const EXTENSIONS: [&str; 2] = ["x-oxhost-refusals", "x-oxhost-failed-order"];

impl Check<'_> {
    pub fn outcomes(&mut self) -> Outcomes {
        let [refusals, failed] = EXTENSIONS.map(|name| self.document.entry(name));
        for (entry, name) in [refusals, failed].into_iter().zip(EXTENSIONS) {
            if entry.is_none() {
                self.fault(
                    1,
                    format!("`{name}` is missing"),
                    "say in it what an answer means: nobody else does",
                );
            }
        }
        let (Some(refusals), Some(failed)) = (refusals, failed) else {
            return Outcomes::default();
        };
        self.vocabulary(&refusals.value, "x-oxhost-refusals", &["json", "other"]);
        self.vocabulary(&failed.value, "x-oxhost-failed-order", &["field", "values"]);
        let with_json = self.statuses(refusals.value.get("json"), refusals.line);
        let other = self.statuses(refusals.value.get("other"), refusals.line);
        if other.iter().any(|status| !with_json.contains(status)) {
            self.fault(
                refusals.line,
                "a status refuses without JSON, but not with it",
                "list it under `json`, too",
            );
        }
        let field = failed.value.text("field").unwrap_or_default();
        let values = failed.value.get("values").map_or(&[][..], Node::items);
        let states: Vec<&str> = values.iter().filter_map(Node::str).collect();
        let lower = |text: &&str| !text.is_empty() && text.to_lowercase() == **text;
        if field.is_empty() || states.is_empty() || !states.iter().all(lower) {
            self.fault(
                failed.line,
                "`x-oxhost-failed-order` does not name a field and its values",
                "write `field: status` and `values: [failed, …]`, in lower case",
            );
        }
        Outcomes {
            refusals: with_json,
            refusals_without_json: other,
            state_field: field.to_owned(),
            failed_states: states.into_iter().map(str::to_owned).collect(),
            true_forms: self.forms("x-oxhost-true"),
            false_forms: self.forms("x-oxhost-false"),
        }
    }

    fn statuses(&mut self, list: Option<&Node>, line: u64) -> Vec<u16> {
        let items = list.map_or(&[][..], Node::items);
        let read = |item: &Node| item.to_value().as_u64().and_then(|it| u16::try_from(it).ok());
        let statuses: Option<Vec<u16>> = items.iter().map(read).collect();
        match statuses {
            Some(statuses)
                if !statuses.is_empty()
                    && statuses.iter().all(|status| (400..500).contains(status)) =>
            {
                statuses
            }
            _ => {
                self.fault(
                    list.map_or(line, |list| list.line),
                    "the refusals are not a list of statuses from 400 to 499",
                    "list what proves that nothing was done: a 5xx or a redirect never does",
                );
                Vec::new()
            }
        }
    }

    /// The forms of a yes or no stand at the one schema that has them.
    fn forms(&mut self, extension: &str) -> Vec<String> {
        let schemas = self.document.at(&["components", "schemas"]);
        let schemas = schemas.map_or(&[][..], Node::entries).iter();
        let found: Vec<&Node> = schemas.filter_map(|schema| schema.value.get(extension)).collect();
        let forms = match found.as_slice() {
            [only] => only.items().iter().map(Node::to_value).collect(),
            _ => Vec::new(),
        };
        let scalar = |form: &Value| !form.is_null() && !form.is_array() && !form.is_object();
        if forms.is_empty() || !forms.iter().all(scalar) {
            self.fault(
                found.first().map_or(1, |node| node.line),
                format!("`{extension}` does not list the forms of a value, in one schema"),
                "list them, such as [true, 1, '1', 'true']",
            );
        }
        forms.iter().map(Value::to_string).collect()
    }
}
