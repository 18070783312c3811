//! What the provider shows of a target, as far as it can prove an order.

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use jiff::{ToSpan, civil::DateTime};
use oxhost::types::{
    OrderList, PastOrder, PastPleskOrder, PleskRenewalOrder, PleskSubscriptionDetail, UserId,
};
use oxhost::{CivilDateTime, Client, Money, ReadError, Response, Warning};
use serde::{Deserialize, Serialize};

use crate::order::JournaledOrder;

/// A longer list of orders is not read to its end.
const MOST_PAGES: u32 = 50;

/// How far the provider's civil times may run back: an hour where daylight saving ends, and one to
/// spare.
const CLOCKS_BACK_HOURS: i64 = 2;

/// No order is older.
const BEFORE_ALL: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);

/// What the provider showed of a target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reading {
    /// A Plesk subscription.
    Subscription(SubscriptionReading),
    /// A server, of which nothing shows but its user's orders and balance.
    Server(ServerReading),
}

/// What the provider showed of a Plesk subscription.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SubscriptionReading {
    /// When it ends.
    pub expires_at: CivilDateTime,
    /// Name of its plan.
    pub plan: Option<String>,
    /// Price of a month, in EUR.
    pub price: Option<Money>,
    /// Its orders.
    pub orders: Vec<SeenOrder>,
}

/// What the provider showed of a server's user.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServerReading {
    /// The user's latest orders, for whatever was ordered.
    pub orders: Vec<SeenOrder>,
    /// Orders from before this time are left out.
    pub since: Option<CivilDateTime>,
    /// Whether the list was read so far back. If not, an order that does not show proves nothing.
    pub whole: bool,
    /// The user's balance, in EUR.
    pub balance: Option<Money>,
}

/// An order as a read shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeenOrder {
    /// Its id, or its number where it has none.
    pub id: String,
    /// Its number for people.
    pub number: Option<String>,
    /// The server that it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// What was ordered, such as `renew_server`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Hours that were bought.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<i64>,
    /// What it cost.
    pub amount: Option<Money>,
    /// Where it stands, such as `completed`.
    pub status: Option<String>,
    /// When it was placed.
    pub created_at: Option<CivilDateTime>,
}

/// A look at the provider.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Look {
    /// It showed this.
    Seen(Reading),
    /// It showed nothing that can be used, for this reason.
    Failed(String),
}

impl From<Result<Reading, String>> for Look {
    fn from(read: Result<Reading, String>) -> Self {
        read.map_or_else(Self::Failed, Self::Seen)
    }
}

impl Reading {
    /// Reads what there is before an order.
    pub(crate) async fn before(client: &Client, order: &JournaledOrder) -> Result<Self, String> {
        match order {
            JournaledOrder::Renewal(order) => subscription(client, order).await,
            JournaledOrder::Extension(order) => {
                // The balance last: an order that comes in between counts as one after the list.
                let (orders, since, whole) = orders_of(client, &order.user_id, None).await?;
                let balance = balance(client, &order.user_id).await;
                Ok(Self::Server(ServerReading { orders, since, whole, balance }))
            }
        }
    }

    /// Reads what there is after it.
    pub(crate) async fn after(
        client: &Client,
        order: &JournaledOrder,
        before: Option<&Self>,
    ) -> Result<Self, String> {
        match order {
            JournaledOrder::Renewal(order) => subscription(client, order).await,
            JournaledOrder::Extension(order) => {
                // Where there were no orders before, every order counts.
                let since = match before {
                    Some(Self::Server(before)) => Some(before.since.unwrap_or(BEFORE_ALL.into())),
                    _ => None,
                };
                // The balance first: an order that comes in between explains more than is missing.
                let balance = balance(client, &order.user_id).await;
                let (orders, since, whole) = orders_of(client, &order.user_id, since).await?;
                Ok(Self::Server(ServerReading { orders, since, whole, balance }))
            }
        }
    }
}

async fn subscription(client: &Client, order: &PleskRenewalOrder) -> Result<Reading, String> {
    let reply = client.get_plesk_subscription(&order.subscription_id).await;
    let reply = reply.map_err(unread)?;
    all_readable(&reply)?;
    let PleskSubscriptionDetail { subscription: Some(shown), orders: Some(orders), .. } = &*reply
    else {
        return Err("the reply lacks the subscription or its orders".to_owned());
    };
    if shown.id.as_ref().is_some_and(|id| id.as_str() != order.subscription_id.as_str()) {
        return Err("the reply is about another subscription".to_owned());
    }
    Ok(Reading::Subscription(SubscriptionReading {
        expires_at: shown.expires_at.ok_or("the reply does not say when the subscription ends")?,
        plan: shown.plan_name.as_deref().map(str::to_owned),
        price: shown.price,
        orders: orders.iter().map(|order| SeenOrder::of_plesk(order)).collect::<Result<_, _>>()?,
    }))
}

/// The balance is support, not proof: where it cannot be read, the orders still can.
async fn balance(client: &Client, user: &UserId) -> Option<Money> {
    client.get_user(user).await.ok()?.user.as_ref()?.balance
}

type Orders = (Vec<SeenOrder>, Option<CivilDateTime>, bool);

/// Reads a user's orders back to `since`; without it, to a little before the newest. Page size and
/// sorting are not documented: only where the newest evidently come first can reading end early.
async fn orders_of(
    client: &Client,
    user: &UserId,
    since: Option<CivilDateTime>,
) -> Result<Orders, String> {
    let mut list = List { since, ..List::default() };
    for page in (1..=MOST_PAGES).filter_map(NonZeroU32::new) {
        let reply = match client.list_orders(user, page).await {
            Ok(reply) => reply,
            // A page after the last need not exist.
            Err(ReadError::Refused(why))
                if page.get() > 1 && why.status().is_some_and(|it| it == 404) =>
            {
                list.whole = true;
                break;
            }
            Err(error) => return Err(unread(error)),
        };
        all_readable(&reply)?;
        let OrderList { data: Some(orders), .. } = &*reply else {
            return Err("the reply lacks the orders".to_owned());
        };
        let orders: Result<Vec<_>, _> =
            orders.iter().map(|order| SeenOrder::of_server(order)).collect();
        if list.add(orders?) {
            break;
        }
    }
    Ok(list.end())
}

#[derive(Default)]
struct List {
    orders: Vec<SeenOrder>,
    ids: BTreeSet<String>,
    since: Option<CivilDateTime>,
    whole: bool,
}

impl List {
    /// Takes a page, and says whether it was the last that is needed.
    fn add(&mut self, page: Vec<SeenOrder>) -> bool {
        if page.is_empty() {
            self.whole = true;
            return true;
        }
        let before = self.orders.len();
        for order in page {
            // A page shifts where an order comes in meanwhile.
            if self.ids.insert(order.id.clone()) {
                self.orders.push(order);
            }
        }
        if self.orders.len() == before {
            // The same again: pages are not what we take them for, and the rest is not to be had.
            return true;
        }
        self.whole = self.reaches_back();
        self.whole
    }

    fn reaches_back(&self) -> bool {
        let times: Option<Vec<DateTime>> = self.orders.iter().map(SeenOrder::time).collect();
        let Some(times) = times else { return false };
        let newest_first = times.is_sorted_by(|earlier, later| earlier >= later);
        let oldest = times.last();
        newest_first && oldest.zip(self.floor()).is_some_and(|(oldest, floor)| *oldest < floor)
    }

    fn floor(&self) -> Option<DateTime> {
        let newest = self.orders.iter().filter_map(SeenOrder::time).max();
        match self.since {
            Some(since) => Some(since.civil()),
            None => newest?.checked_sub(CLOCKS_BACK_HOURS.hours()).ok(),
        }
    }

    fn end(self) -> Orders {
        let floor = self.floor();
        let is_late = |order: &SeenOrder| match (order.time(), floor) {
            (Some(time), Some(floor)) => time >= floor,
            _ => true,
        };
        let orders = self.orders.into_iter().filter(is_late).collect();
        (orders, floor.map(CivilDateTime::from), self.whole)
    }
}

impl SeenOrder {
    fn time(&self) -> Option<DateTime> {
        self.created_at.map(CivilDateTime::civil)
    }

    fn of_plesk(order: &PastPleskOrder) -> Result<Self, String> {
        let id = order.id.as_ref().map(|id| id.as_str());
        Ok(Self {
            id: identity(id, order.order_number.as_deref())?,
            number: shown(order.order_number.as_deref()),
            server: None,
            kind: None,
            hours: None,
            amount: order.amount,
            status: shown(order.status.as_deref()),
            created_at: order.created_at,
        })
    }

    fn of_server(order: &PastOrder) -> Result<Self, String> {
        let id = order.id.as_ref().map(|id| id.as_str());
        Ok(Self {
            id: identity(id, order.order_number.as_deref())?,
            number: shown(order.order_number.as_deref()),
            server: shown(order.server_id.as_ref().map(|id| id.as_str())),
            kind: shown(order.order_type.as_deref()),
            hours: order.rental_duration_hours.map(|hours| hours.get()),
            amount: order.amount,
            status: shown(order.status.as_deref()),
            created_at: order.created_at,
        })
    }
}

fn shown(text: Option<&str>) -> Option<String> {
    text.map(str::to_owned)
}

fn identity(id: Option<&str>, number: Option<&str>) -> Result<String, String> {
    shown(id.or(number)).ok_or_else(|| "an order in the reply has neither id nor number".to_owned())
}

/// Fields that decide. What could not be read of them could be the order that is looked for.
const DECIDING: [&str; 14] = [
    "amount",
    "created_at",
    "data",
    "expires_at",
    "id",
    "order_number",
    "order_type",
    "orders",
    "plan_name",
    "price",
    "rental_duration_hours",
    "server_id",
    "status",
    "subscription",
];

fn all_readable<T>(reply: &Response<T>) -> Result<(), String> {
    let deciding = |warning: &&Warning| match warning {
        Warning::Unreadable { field } => {
            let name = field.rsplit('.').next().unwrap_or_default();
            DECIDING.contains(&name) || name.ends_with(']')
        }
        _ => false,
    };
    match reply.warnings().iter().find(deciding) {
        Some(warning) => Err(warning.to_string()),
        None => Ok(()),
    }
}

fn unread(error: ReadError) -> String {
    error.failure().to_string()
}
