//! An answer of the provider: as it was received, as it may be shown, and as the types see it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::contract::Operation;
use crate::envelope::is_odd_envelope;
use crate::from_json::FromJson;
use crate::json::Json;
use crate::receipt::{OrderReply, Receipt};
use crate::secret::ApiKey;
use crate::show::{Screen, View, one_line};
use crate::warning::{Warning, ambiguous, unreadable};

/// The longest text of the provider that is repeated, in characters.
const LONGEST_MESSAGE: usize = 300;

/// An answer that was read to its end. `Debug` shows what may be shown.
#[derive(Clone)]
pub struct Reply(Arc<Inner>);

struct Inner {
    operation: &'static Operation,
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    /// The body, decoded once, where it is a JSON object.
    root: Option<Json>,
    /// Whether it names an error, anywhere.
    complains: bool,
    screen: Screen,
}

impl Reply {
    pub(crate) fn new(
        operation: &'static Operation,
        status: StatusCode,
        headers: HeaderMap,
        body: Bytes,
        root: Option<Json>,
        complains: bool,
        key: ApiKey,
    ) -> Self {
        let screen = Screen::of(operation, root.as_ref(), &key);
        Self(Arc::new(Inner { operation, status, headers, body, root, complains, screen }))
    }

    /// The operation that was answered.
    pub fn operation(&self) -> &'static Operation {
        self.0.operation
    }

    /// HTTP status.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// HTTP headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.0.headers
    }

    /// The body as received, **secrets included**: do not show, log or store it.
    pub fn body(&self) -> &[u8] {
        &self.0.body
    }

    /// The body as text, **secrets included**: do not show, log or store it. A byte that is no UTF-8 reads
    /// as U+FFFD.
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.0.body)
    }

    /// The body as it may be shown, logged and stored: fields that the contract lists and does not
    /// mark secret, with the key and known secrets blanked in their texts. Another field shows as its
    /// name and `[unlisted]`. `None` where the body is no JSON object.
    pub fn shown(&self) -> Option<Value> {
        let Operation { reply, failure, .. } = self.0.operation;
        let members = self.0.root.as_ref()?.named();
        let shown = self.0.screen.object(members, &[reply, failure], View::Shown);
        serde_json::from_str(&shown.to_string()).ok()
    }

    /// The paths of fields that the contract does not list, such as `subscription.note`, as they may be
    /// shown, and how many values that say something stand in each; in a list (`orders[].note`) the most
    /// of any item's.
    pub fn unlisted(&self) -> BTreeMap<String, usize> {
        let mut found = BTreeMap::new();
        let Operation { reply, failure, .. } = self.0.operation;
        self.0.screen.strangers(self.root(), &[reply, failure], "", &mut found);
        found
    }

    /// What the provider says to a person, on one line.
    pub(crate) fn message(&self) -> Option<String> {
        let members = crate::envelope::payload(self.0.root.as_ref()?);
        let words = |name: &str| {
            let (_, member) = members.iter().find(|(known, _)| *known == name)?;
            let Json::Text(text) = member else { return None };
            let shown = one_line(&self.0.screen.words(text), LONGEST_MESSAGE);
            Some(shown).filter(|shown| !shown.is_empty())
        };
        words("message").or_else(|| words("error"))
    }

    /// A text of the reply, such as one of [`Response::exact`], as it may be shown.
    pub fn show(&self, text: &str) -> String {
        self.0.screen.text(text)
    }

    /// A listed text as it may be shown, on one line.
    pub(crate) fn shown_text(&self, text: &str) -> String {
        one_line(&self.0.screen.text(text), LONGEST_MESSAGE)
    }

    fn root(&self) -> &Json {
        self.0.root.as_ref().unwrap_or(&Json::Null)
    }

    /// What types are read from: the envelope opened, no name twice, nothing in it that no type can hold.
    pub(crate) fn payload(&self, view: View) -> Json {
        let members = crate::envelope::payload(self.root()).into_iter();
        self.0.screen.object(members, &[self.0.operation.reply], view)
    }

    /// Every readable value at a path such as `order.amount`, wherever it was sent.
    pub(crate) fn said<T: FromJson>(&self, path: &str) -> Vec<T> {
        let mut said = Vec::new();
        crate::envelope::each_at(self.root(), path, &mut |value| {
            said.extend(T::from_json(&mut value.clone()));
        });
        said
    }

    /// The typed view, and a warning for each field that it could not read.
    fn view<T: FromJson + Default>(&self) -> (T, Vec<Warning>) {
        let mut payload = self.payload(View::Typed);
        // Every field of a reply may be absent, so even this fallback is a true view.
        let view = T::from_json(&mut payload).unwrap_or_default();
        let mut warnings = Vec::new();
        let shape = self.0.operation.reply;
        let sent = crate::envelope::payload(self.root());
        unreadable(sent.into_iter(), shape, &payload, "", &mut warnings);
        ambiguous(&crate::envelope::members(self.root()), shape, "", &mut warnings);
        for (name, member) in self.root().named() {
            if shape.field(name).is_none() && is_odd_envelope(name, member) {
                warnings.push(Warning::Unreadable { field: name.to_owned() });
            }
        }
        (view, warnings)
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply")
            .field("operation", &self.0.operation.id)
            .field("status", &self.0.status)
            .field("body", &self.shown())
            .finish_non_exhaustive()
    }
}

/// An accepted order: the typed reply, through `Deref`, and all that came with it.
pub struct Accepted<T> {
    view: T,
    /// Written for whoever asks.
    receipt: OnceLock<Receipt>,
    reply: Reply,
    warnings: Vec<Warning>,
}

/// A read that was answered: the typed reply, through `Deref`, and all that came with it.
pub struct Response<T> {
    view: T,
    reply: Reply,
    warnings: Vec<Warning>,
}

/// What an answer of either kind has.
macro_rules! answers {
    ($($name:ident)*) => {$(
        impl<T> $name<T> {
            /// The answer, with status and headers.
            pub fn reply(&self) -> &Reply {
                &self.reply
            }

            /// What a person should look at: fields that could not be read, and an order that is another one.
            pub fn warnings(&self) -> &[Warning] {
                &self.warnings
            }
        }

        impl<T> Deref for $name<T> {
            type Target = T;

            fn deref(&self) -> &T {
                &self.view
            }
        }

        impl<T> fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut shown = f.debug_struct(stringify!($name));
                shown.field("reply", &self.reply).field("warnings", &self.warnings).finish_non_exhaustive()
            }
        }
    )*};
}

answers! { Accepted Response }

impl<T: OrderReply> Accepted<T> {
    /// What the order cost and did, in the same words for every order. Fit to be shown and stored.
    pub fn receipt(&self) -> &Receipt {
        self.receipt.get_or_init(|| self.write_receipt())
    }

    /// The receipt alone.
    pub fn into_receipt(mut self) -> Receipt {
        self.receipt.take().unwrap_or_else(|| self.write_receipt())
    }

    fn write_receipt(&self) -> Receipt {
        Receipt {
            status: self.reply.status().as_u16(),
            message: self.reply.message(),
            warnings: self.warnings.iter().map(ToString::to_string).collect(),
            reply: self.reply.shown(),
            ..self.view.terms().without_doubtful(&self.warnings).on_one_line()
        }
    }
}

impl<T> Accepted<T> {
    pub(crate) fn new(reply: Reply, judge: impl FnOnce(&Reply) -> Vec<Warning>) -> Self
    where
        T: FromJson + Default,
    {
        let (view, mut warnings) = reply.view::<T>();
        if reply.0.complains {
            warnings.push(Warning::ErrorBesideOrder);
        }
        warnings.extend(judge(&reply));
        Self { view, receipt: OnceLock::new(), reply, warnings }
    }
}

impl<T> Response<T> {
    pub(crate) fn new(reply: Reply) -> Self
    where
        T: FromJson + Default,
    {
        let (view, warnings) = reply.view();
        Self { view, reply, warnings }
    }
}

impl<T: DeserializeOwned + Serialize + Default> Response<T> {
    /// The typed reply as it was sent, with nothing blanked in it: to compare and decide. Not to be
    /// shown, logged or stored.
    pub fn exact(&self) -> T {
        serde_json::from_str(&self.reply.payload(View::Exact).to_string()).unwrap_or_default()
    }
}
