//! An answer of the provider: as it was received, and as the types see it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;
use std::ops::Deref;

use http::{HeaderMap, StatusCode};
use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Value, value::RawValue};

use crate::contract::{ENVELOPE, Operation};
use crate::secret::{ApiKey, REDACTED, redact};

/// A JSON answer as it was received. `Debug` shows no secret.
#[derive(Clone)]
pub struct Reply {
    pub(crate) operation: &'static Operation,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    pub(crate) key: ApiKey,
}

impl Reply {
    /// The operation that was answered.
    pub fn operation(&self) -> &'static Operation {
        self.operation
    }

    /// HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// HTTP headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The body as received, **secrets included**: do not log it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The body as JSON, **secrets included**: do not log it.
    ///
    /// # Errors
    /// JSON that no value can hold, such as a text with half a surrogate pair.
    pub fn json(&self) -> serde_json::Result<Value> {
        serde_json::from_str(&self.text)
    }

    /// The body as JSON with its secrets blanked, fit to be shown and stored.
    ///
    /// # Errors
    /// As [`json`](Self::json).
    pub fn redacted(&self) -> serde_json::Result<Value> {
        let mut value = self.json()?;
        redact(&mut value, &self.key);
        Ok(value)
    }

    /// Tells which texts of the reply may be shown.
    pub fn screen(&self) -> Screen {
        Screen { sent: self.json().ok(), shown: self.redacted().ok() }
    }

    /// A text of the body as it may be shown.
    pub(crate) fn shown(&self, name: &str) -> String {
        let text = || Members::of(&self.redacted().ok()?.to_string())?.get(name);
        text().unwrap_or_else(|| "something else".to_owned())
    }

    pub(crate) fn members(&self) -> Option<Members> {
        Members::of(&self.text)
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply")
            .field("operation", &self.operation.id)
            .field("status", &self.status)
            .field("body", &self.redacted().ok())
            .finish_non_exhaustive()
    }
}

/// A reply beside its redacted self. The provider may repeat a secret anywhere, in an id even: what was
/// blanked in one place stays blank in all.
pub struct Screen {
    sent: Option<Value>,
    shown: Option<Value>,
}

impl Screen {
    /// A text that the typed reply holds, or `[redacted]` where it was blanked.
    ///
    /// ```
    /// # use oxhost::{Client, types::ServerExtensionOrder};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = oxhost_sandbox::Sandbox::start()?;
    /// # let client = Client::builder(sandbox.key()).base_url(sandbox.url()).build()?;
    /// # let order = ServerExtensionOrder::new(sandbox.user_id(), oxhost_sandbox::SERVER_ID, 1)?;
    /// let accepted = client.extend_server_hours(&order).await?;
    /// let id = accepted.order_id.as_ref().map(|id| id.as_str()).unwrap_or_default();
    /// assert_eq!(accepted.reply().screen().text(id), id, "an id like any other");
    /// # Ok(())
    /// # }
    /// ```
    pub fn text<'a>(&self, text: &'a str) -> &'a str {
        let blanked = match (&self.sent, &self.shown) {
            (Some(sent), Some(shown)) => stands_in(sent, text) && !stands_in(shown, text),
            _ => false,
        };
        if blanked { REDACTED } else { text }
    }
}

impl fmt::Debug for Screen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Screen").field("shown", &self.shown).finish_non_exhaustive()
    }
}

/// Whether a text or a number stands in a reply as it is.
fn stands_in(reply: &Value, text: &str) -> bool {
    match reply {
        Value::String(value) => value == text,
        Value::Number(value) => value.to_string() == text,
        Value::Array(items) => items.iter().any(|item| stands_in(item, text)),
        Value::Object(members) => members.values().any(|member| stands_in(member, text)),
        Value::Null | Value::Bool(_) => false,
    }
}

/// The members of an object in their order, repeated names and all.
struct Pairs(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PairsVisitor)
    }
}

struct PairsVisitor;

impl<'de> Visitor<'de> for PairsVisitor {
    type Value = Pairs;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry()? {
            pairs.push(pair);
        }
        Ok(Pairs(pairs))
    }
}

/// Documented replies are two objects deep.
const DEEPEST_MENDED: usize = 4;

/// The members of a reply, its envelope opened. Each value keeps the digits in which it was sent.
pub(crate) struct Members {
    members: BTreeMap<String, Box<RawValue>>,
    /// What stands under a name a second time: twice in the reply, or in its envelope as well.
    shadowed: BTreeMap<String, Box<RawValue>>,
}

impl Members {
    pub(crate) fn of(text: &str) -> Option<Self> {
        let mut members: BTreeMap<String, Box<RawValue>> = BTreeMap::new();
        let mut shadowed = BTreeMap::new();
        for (name, value) in serde_json::from_str::<Pairs>(text).ok()?.0 {
            match members.entry(name) {
                Entry::Vacant(free) => drop(free.insert(value)),
                Entry::Occupied(taken) => drop(shadowed.insert(taken.key().clone(), value)),
            }
        }
        let wrapped = ENVELOPE.and_then(|name| members.get(name)).map(|raw| raw.get().to_owned());
        let inner: Option<BTreeMap<String, Box<RawValue>>> =
            wrapped.and_then(|text| serde_json::from_str(&text).ok());
        for (name, value) in inner.into_iter().flatten() {
            match members.entry(name) {
                Entry::Vacant(free) => drop(free.insert(value)),
                Entry::Occupied(taken) => drop(shadowed.insert(taken.key().clone(), value)),
            }
        }
        Some(Self { members, shadowed })
    }

    /// Decodes both values of a member that stands there twice.
    pub(crate) fn twice<T: DeserializeOwned>(&self, name: &str) -> Option<(T, T)> {
        let inside = self.shadowed.get(name)?;
        Some((self.get(name)?, serde_json::from_str(inside.get()).ok()?))
    }

    /// Decodes a member; `None` where it is missing or of another form.
    pub(crate) fn get<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        self.members.get(name).and_then(|raw| serde_json::from_str(raw.get()).ok())
    }

    /// Whether a member is there and says something. What no value can hold says something, too.
    pub(crate) fn says(&self, name: &str) -> bool {
        self.members
            .get(name)
            .is_some_and(|raw| serde_json::from_str(raw.get()).map_or(true, says_something))
    }

    /// As JSON, without what no type can hold: one such value must not take its neighbours along.
    pub(crate) fn to_json(&self) -> String {
        // Serialising a map of strings to JSON texts has nothing that could fail.
        serde_json::to_string(&readable_members(&self.members, DEEPEST_MENDED))
            .unwrap_or_else(|_| "{}".to_owned())
    }
}

/// PHP writes nothing in many ways: `null`, `false`, `0`, `""`, `[]`, and objects of them.
fn says_something(value: Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(flag) => flag,
        Value::Number(number) => !is_zero(&number.to_string()),
        Value::String(text) => !text.trim().is_empty() && text != "null" && !is_zero(&text),
        Value::Array(items) => items.into_iter().any(says_something),
        Value::Object(members) => members.into_iter().any(|(_, member)| says_something(member)),
    }
}

fn is_zero(text: &str) -> bool {
    text.contains('0') && text.chars().all(|letter| "-0.".contains(letter))
}

fn readable_members(
    members: &BTreeMap<String, Box<RawValue>>,
    depth: usize,
) -> BTreeMap<String, Box<RawValue>> {
    members.iter().filter_map(|(name, raw)| Some((name.clone(), readable(raw, depth)?))).collect()
}

fn readable(raw: &RawValue, depth: usize) -> Option<Box<RawValue>> {
    if serde_json::from_str::<Value>(raw.get()).is_ok() {
        return Some(raw.to_owned());
    }
    let members = serde_json::from_str(raw.get()).ok()?;
    let mended = readable_members(&members, depth.checked_sub(1)?);
    serde_json::value::to_raw_value(&mended).ok()
}

/// An accepted order: the typed reply, through `Deref`, and all that came with it.
pub struct Accepted<T> {
    view: T,
    reply: Reply,
    warnings: Vec<Warning>,
}

/// Something about an accepted order that a person should look at. The order stands all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// The reply says that something else was bought.
    OtherPurchase {
        /// What the reply says.
        said: String,
        /// What an order of this kind says.
        expected: &'static str,
    },
    /// A field could not be read; it is absent in the typed reply, and stands in [`Reply::text`].
    Unreadable {
        /// Path of the field, such as `order.amount`.
        field: String,
    },
    /// The reply names an error beside the order.
    ErrorBesideOrder,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherPurchase { said, expected } => write!(
                f,
                "the reply says that `{said}` was bought, not `{expected}`: look at the order in the client area"
            ),
            Self::Unreadable { field } => {
                write!(f, "`{field}` could not be read; it stands in the reply as received")
            }
            Self::ErrorBesideOrder => f.write_str("the reply names an error beside the order"),
        }
    }
}

impl<T: DeserializeOwned + Serialize + Default> Accepted<T> {
    pub(crate) fn new(reply: Reply) -> Self {
        let members = reply.members();
        let payload = members.as_ref().map(Members::to_json).unwrap_or_default();
        // Every field of a reply may be absent, so even this fallback is a true view.
        let view: T = serde_json::from_str(&payload).unwrap_or_default();
        let mut warnings = Vec::new();
        if let (Ok(sent), Ok(read)) = (serde_json::from_str(&payload), serde_json::to_value(&view))
        {
            unreadable(&sent, &read, "", &mut warnings);
        }
        if members.is_some_and(|members| members.says("error")) {
            warnings.push(Warning::ErrorBesideOrder);
        }
        Self { view, reply, warnings }
    }
}

impl<T> Accepted<T> {
    /// The answer as received, with status and headers.
    pub fn reply(&self) -> &Reply {
        &self.reply
    }

    /// What a person should look at.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// The typed reply.
    pub fn into_view(self) -> T {
        self.view
    }

    pub(crate) fn warn(&mut self, warning: Warning) {
        self.warnings.push(warning);
    }
}

impl<T> Deref for Accepted<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.view
    }
}

impl<T> fmt::Debug for Accepted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Accepted")
            .field("reply", &self.reply)
            .field("warnings", &self.warnings)
            .finish_non_exhaustive()
    }
}

/// Names the fields that were sent with a value and are absent in the typed view.
fn unreadable(sent: &Value, read: &Value, path: &str, warnings: &mut Vec<Warning>) {
    match (sent, read) {
        (Value::Object(sent), Value::Object(read)) => {
            for (name, value) in sent {
                let field = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                match read.get(name) {
                    Some(read) => unreadable(value, read, &field, warnings),
                    None if is_missing(value) => {}
                    None => warnings.push(Warning::Unreadable { field }),
                }
            }
        }
        (Value::Array(sent), Value::Array(read)) if sent.len() == read.len() => {
            for (at, (sent, read)) in sent.iter().zip(read).enumerate() {
                unreadable(sent, read, &format!("{path}[{at}]"), warnings);
            }
        }
        (Value::Array(_), Value::Array(_)) => {
            warnings.push(Warning::Unreadable { field: format!("{path}[]") });
        }
        _ => {}
    }
}

fn is_missing(value: &Value) -> bool {
    // MySQL writes a missing date so.
    value.is_null() || value.as_str().is_some_and(|text| text.starts_with("0000-00-00"))
}
