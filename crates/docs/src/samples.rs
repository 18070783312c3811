//! Code samples: files in `samples/`, one an order and language, joined with the contract.

use oxhost::contract::{API_KEY_HEADER, OPERATIONS};
use serde_json::{Map, Value, json};

struct Sample {
    language: &'static str,
    label: &'static str,
    source: &'static str,
}

/// Each file without its suffix, in the languages of `samples/languages.json`.
const SAMPLES: &[(&str, &[Sample])] = include!(concat!(env!("OUT_DIR"), "/samples.rs"));

impl Sample {
    /// With the key's header as the contract names it now.
    fn text(&self) -> String {
        renamed(self.source, API_KEY_HEADER)
    }
}

/// The header is `x-api-key` in the files, which are programs as they lie there.
fn renamed(source: &str, header: &str) -> String {
    source.replace("x-api-key", header)
}

/// The extension that Redocly and Scalar show.
const MEMBER: &str = "x-codeSamples";

/// The files are named for the functions that place the orders.
fn file_of(function: &str) -> String {
    function.replace('_', "-")
}

fn of(id: &str) -> Option<&'static [Sample]> {
    let file = OPERATIONS.iter().find(|it| it.id == id).map(|it| file_of(it.function))?;
    SAMPLES.iter().find(|(name, _)| *name == file).map(|(_, samples)| *samples)
}

/// Joins them with a document.
pub(crate) fn join(document: &mut Value) {
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    let operations = paths.into_iter().flat_map(Map::values_mut);
    let operations = operations.filter_map(Value::as_object_mut).flat_map(Map::values_mut);
    for operation in operations.filter_map(Value::as_object_mut) {
        let id = operation.get("operationId").and_then(Value::as_str);
        if let Some(samples) = id.and_then(of) {
            let samples = samples
                .iter()
                .map(|it| json!({"lang": it.language, "label": it.label, "source": it.text()}));
            operation.insert(MEMBER.to_owned(), samples.collect());
        }
    }
}

/// The same in the text of the contract: behind all else that an operation has.
pub(crate) fn join_text(contract: &str) -> String {
    const OF_OPERATION: &str = "      ";
    let mut joined = String::new();
    let mut waiting = None;
    for line in contract.lines() {
        if !line.starts_with(OF_OPERATION) && !line.is_empty() {
            waiting.take().into_iter().for_each(|samples| write(samples, &mut joined));
        }
        let id = line.strip_prefix(OF_OPERATION).and_then(|it| it.strip_prefix("operationId: "));
        waiting = id.and_then(of).or(waiting);
        joined.push_str(line);
        joined.push('\n');
    }
    joined
}

fn write(samples: &[Sample], yaml: &mut String) {
    yaml.push_str(&format!("      {MEMBER}:\n"));
    for sample in samples {
        let Sample { language, label, .. } = sample;
        yaml.push_str(&format!(
            "        - lang: {language}\n          label: {label}\n          source: |\n"
        ));
        for line in sample.text().lines() {
            let indentation = if line.is_empty() { "" } else { "            " };
            yaml.push_str(&format!("{indentation}{line}\n"));
        }
    }
}

#[cfg(test)]
mod tests;
