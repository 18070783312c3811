//! What the provider shows of a target, as far as it can prove an order.

mod list;
mod read;
mod text;

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::DateTime;
use oxhost::{CivilDateTime, Money};
use serde::{Deserialize, Serialize};

#[cfg(test)]
pub(crate) use list::{Balance, ListReading, Page};
pub use text::ShownText;

/// What the provider showed of a target. All texts in it may be shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Snapshot {
    /// A Plesk subscription.
    Subscription(SubscriptionSnapshot),
    /// A server, of which nothing shows but its user's orders and balance.
    Server(ServerSnapshot),
}

/// What the provider showed of a Plesk subscription.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SubscriptionSnapshot {
    /// When it ends.
    pub expires_at: CivilDateTime,
    /// Name of its plan.
    pub plan: Option<ShownText>,
    /// Price of a month, in EUR.
    pub price: Option<Money>,
    /// Its orders.
    pub orders: Vec<SeenOrder>,
    /// What else the reply had.
    #[serde(default)]
    pub unlisted: Unlisted,
}

/// What the provider showed of a server's user.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ServerSnapshot {
    /// The user's orders, for whatever was ordered, as they are listed. Before an order, those of the
    /// first page; after it, without those of others that are too old to be the order.
    pub orders: Vec<SeenOrder>,
    /// Whether the list was read to its end. If not, an order that does not show proves nothing.
    pub whole: bool,
    /// How many orders the longest page had.
    pub longest_page: usize,
    /// Whether the newest orders evidently come first: all have a time, not all the same one, and none is
    /// later than the one before it. If not, a list that leaves some out may leave out the newest.
    pub newest_first: bool,
    /// Whether an extension of a server stood in what was read of the list.
    pub shows_extensions: bool,
    /// The user's balance, in EUR.
    pub balance: Option<Money>,
    /// What else the replies had.
    #[serde(default)]
    pub unlisted: Unlisted,
}

/// What a read had that the contract does not list: paths, and how many values stand in each
/// ([`Reply::unlisted`](oxhost::Reply::unlisted)). `None` where an older version read it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Unlisted(pub Option<BTreeMap<String, usize>>);

impl Unlisted {
    /// Takes in what another part of the same look had.
    pub(crate) fn join(&mut self, more: BTreeMap<String, usize>) {
        let all = self.0.get_or_insert_default();
        for (path, values) in more {
            let most = all.entry(path).or_default();
            *most = values.max(*most);
        }
    }

    /// What there is more of than before: nobody knows what it means.
    pub(crate) fn more_than(&self, before: &Self) -> Option<&str> {
        let (now, before) = (self.0.as_ref()?, before.0.as_ref()?);
        let is_more = |(path, values): &(&String, &usize)| {
            before.get(*path).is_none_or(|before| before < *values)
        };
        now.iter().find(is_more).map(|(path, _)| path.as_str())
    }
}

/// An order as a read shows it. It has an id, a number, or both.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeenOrder {
    /// Its id.
    pub id: Option<ShownText>,
    /// Its number for people.
    pub number: Option<ShownText>,
    /// The server that it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<ShownText>,
    /// What was ordered, such as `renew_server`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<ShownText>,
    /// Hours that were bought.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<i64>,
    /// What it cost.
    pub amount: Option<Money>,
    /// Where it stands, such as `completed`.
    pub status: Option<ShownText>,
    /// When it was placed.
    pub created_at: Option<CivilDateTime>,
}

impl SeenOrder {
    /// What it is called in words for people.
    pub fn name(&self) -> &str {
        self.number.as_ref().or(self.id.as_ref()).map_or("without a name", ShownText::as_str)
    }

    /// Whether both are the same order, as far as their names say. Under one name with another number or time
    /// stands another order.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        fn differ<T: PartialEq>(ours: Option<&T>, theirs: Option<&T>) -> bool {
            ours.zip(theirs).is_some_and(|(ours, theirs)| ours != theirs)
        }
        if differ(self.number.as_ref(), other.number.as_ref())
            || differ(self.created_at.as_ref(), other.created_at.as_ref())
        {
            return false;
        }
        match self.id.as_ref().zip(other.id.as_ref()) {
            Some((ours, theirs)) => ours == theirs,
            // Those that both have do not differ.
            None => self.number.is_some() && other.number.is_some(),
        }
    }

    pub(crate) fn time(&self) -> Option<DateTime> {
        self.created_at.map(CivilDateTime::civil)
    }

    /// Whether it extended a server.
    pub(crate) fn is_extension(&self) -> bool {
        self.kind.as_ref().is_some_and(|kind| kind.is("renew_server"))
    }
}

/// One look at the provider.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Observation {
    /// When it began.
    pub at: Timestamp,
    /// Whether it began when the sender was out and the provider had had its time to show the order.
    /// Only such a one can prove that there is none.
    pub late: bool,
    /// What it showed.
    pub showed: Showed,
}

/// What one look showed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Showed {
    /// This.
    Snapshot(Snapshot),
    /// Nothing that can be used, for this reason.
    Nothing(String),
}

impl Observation {
    pub(crate) fn new(at: Timestamp, late: bool, read: Result<Snapshot, String>) -> Self {
        Self { at, late, showed: read.map_or_else(Showed::Nothing, Showed::Snapshot) }
    }

    /// What it showed, if it showed anything.
    pub fn snapshot(&self) -> Option<&Snapshot> {
        match &self.showed {
            Showed::Snapshot(snapshot) => Some(snapshot),
            Showed::Nothing(_) => None,
        }
    }
}
