//! The contract as it is printed and published: joined with its code samples, whole or as one document
//! for each host, as YAML, JSON or a page for people.

use std::io;

use oxhost::contract::CONTRACT;
use serde::{Serialize, Serializer};
use serde_json::Value;

mod host;
mod page;
mod samples;

pub use host::{hosts, of_host};
pub use page::{of_sandbox, published};

/// The whole contract.
///
/// # Errors
///
/// If the contract cannot be read: never, once it was built.
pub fn whole() -> io::Result<Value> {
    let mut document = parsed(CONTRACT)?;
    samples::join(&mut document);
    Ok(document)
}

/// The whole contract, in the words and the order in which it is written.
pub fn whole_as_written() -> String {
    samples::join_text(CONTRACT)
}

/// A document as YAML.
///
/// # Errors
///
/// If it cannot be written: never, for a document of this crate.
pub fn yaml(document: &Value) -> io::Result<String> {
    serde_saphyr::to_string(&Plain(document)).map_err(io::Error::other)
}

fn parsed(yaml: &str) -> io::Result<Value> {
    let options = serde_saphyr::options! { strict_booleans: true };
    serde_saphyr::from_str_with_options(yaml, options).map_err(io::Error::other)
}

/// A document whose numbers are any writer's: those of `serde_json` may be its own.
struct Plain<'a>(&'a Value);

impl Serialize for Plain<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Object(members) => {
                serializer.collect_map(members.iter().map(|(key, value)| (key, Plain(value))))
            }
            Value::Array(items) => serializer.collect_seq(items.iter().map(Plain)),
            Value::Number(number) => match number.as_i64() {
                Some(whole) => serializer.serialize_i64(whole),
                None => number.as_f64().serialize(serializer),
            },
            other => other.serialize(serializer),
        }
    }
}
