//! Reading what the provider shows of a target.

use std::num::NonZeroU32;

use oxhost::types::{
    OrderList, PastOrder, PastPleskOrder, PleskRenewalOrder, PleskSubscriptionDetail, UserId,
};
use oxhost::{Client, ReadError, Reply, Response, Warning};

use super::list::{Balance, ListReading, Page};
use super::{SeenOrder, ShownText, Snapshot, SubscriptionSnapshot, Unlisted};
use crate::order::JournaledOrder;
use crate::verdict::Case;

impl Snapshot {
    /// Reads what there is before an order: in two reads at most, however many orders there were.
    pub(crate) async fn before(client: &Client, order: &JournaledOrder) -> Result<Self, String> {
        match order {
            JournaledOrder::Renewal(order) => subscription(client, order).await,
            JournaledOrder::Extension(order) => {
                let mut reading = ListReading::before();
                reading.take(page(client, &order.user_id, NonZeroU32::MIN).await?);
                // The balance last: an order that comes in between counts as one after the list.
                reading.take_balance(balance(client, &order.user_id).await);
                Ok(Self::Server(reading.end()))
            }
        }
    }

    /// Reads what there is after it. Only a late look is to prove absence, and reads a list to its end.
    pub(crate) async fn after(
        client: &Client,
        case: &Case<'_>,
        late: bool,
    ) -> Result<Self, String> {
        match case.order {
            JournaledOrder::Renewal(order) => subscription(client, order).await,
            JournaledOrder::Extension(order) => {
                let mut reading = ListReading::after(case, late);
                // The balance first: an order that comes in between explains more than is missing.
                reading.take_balance(balance(client, &order.user_id).await);
                while let Some(number) = reading.wants() {
                    reading.take(page(client, &order.user_id, number).await?);
                }
                Ok(Self::Server(reading.end()))
            }
        }
    }
}

async fn subscription(client: &Client, order: &PleskRenewalOrder) -> Result<Snapshot, String> {
    let reply = client.get_plesk_subscription(&order.subscription_id).await;
    let reply = reply.map_err(unread)?;
    all_readable(&reply)?;
    let (exact, reply) = (reply.exact(), reply.reply());
    let PleskSubscriptionDetail { subscription: Some(shown), orders: Some(orders), .. } = &exact
    else {
        return Err("the reply lacks the subscription or its orders".to_owned());
    };
    match &shown.id {
        Some(id) if id.as_str() == order.subscription_id.as_str() => {}
        Some(_) => return Err("the reply is about another subscription".to_owned()),
        None => return Err("the reply does not say which subscription it is about".to_owned()),
    }
    Ok(Snapshot::Subscription(SubscriptionSnapshot {
        expires_at: shown.expires_at.ok_or("the reply does not say when the subscription ends")?,
        plan: text(shown.plan_name.as_deref(), reply),
        price: shown.price,
        orders: orders
            .iter()
            .map(|order| SeenOrder::of_plesk(order, reply))
            .collect::<Result<_, _>>()?,
        unlisted: Unlisted(Some(reply.unlisted())),
    }))
}

/// The balance is support, not proof: where it cannot be read, the orders still can.
async fn balance(client: &Client, user: &UserId) -> Option<Balance> {
    let reply = client.get_user(user).await.ok()?;
    all_readable(&reply).ok()?;
    let shown = reply.exact().user?;
    let is_theirs = shown.id.as_ref().is_some_and(|id| id.as_str() == user.as_str());
    let amount = shown.balance.filter(|_| is_theirs)?;
    Some(Balance { amount, unlisted: reply.reply().unlisted() })
}

/// A page that fails is no end of the list, whatever it fails with.
async fn page(client: &Client, user: &UserId, page: NonZeroU32) -> Result<Page, String> {
    let reply = client.list_orders(user, page).await;
    let reply = reply.map_err(|error| format!("page {page} of the orders: {}", unread(error)))?;
    all_readable(&reply)?;
    let OrderList { data: Some(orders), .. } = reply.exact() else {
        return Err("the reply lacks the orders".to_owned());
    };
    let is_foreign = |order: &&PastOrder| {
        order.user_id.as_ref().is_some_and(|owner| owner.as_str() != user.as_str())
    };
    if orders.iter().any(|order| is_foreign(&order)) {
        return Err("the reply lists orders of another user".to_owned());
    }
    let orders = orders.iter().map(|order| SeenOrder::of_server(order, reply.reply()));
    Ok(Page { orders: orders.collect::<Result<_, _>>()?, unlisted: reply.reply().unlisted() })
}

impl SeenOrder {
    fn of_plesk(order: &PastPleskOrder, reply: &Reply) -> Result<Self, String> {
        Self {
            id: text(order.id.as_ref().map(|id| id.as_str()), reply),
            number: text(order.order_number.as_deref(), reply),
            server: None,
            kind: None,
            hours: None,
            amount: order.amount,
            status: text(order.status.as_deref(), reply),
            created_at: order.created_at,
        }
        .named()
    }

    fn of_server(order: &PastOrder, reply: &Reply) -> Result<Self, String> {
        Self {
            id: text(order.id.as_ref().map(|id| id.as_str()), reply),
            number: text(order.order_number.as_deref(), reply),
            server: text(order.server_id.as_ref().map(|id| id.as_str()), reply),
            kind: text(order.order_type.as_deref(), reply),
            hours: order.rental_duration_hours.map(|hours| hours.get()),
            amount: order.amount,
            status: text(order.status.as_deref(), reply),
            created_at: order.created_at,
        }
        .named()
    }

    fn named(self) -> Result<Self, String> {
        match (&self.id, &self.number) {
            (None, None) => Err("an order in the reply has neither id nor number".to_owned()),
            _ => Ok(self),
        }
    }
}

fn text(exact: Option<&str>, reply: &Reply) -> Option<ShownText> {
    exact.map(|exact| ShownText::of(exact, &reply.show(exact)))
}

/// Fields that decide. What could not be read of them could be the order that is looked for.
const DECIDING: &str = "amount balance created_at data expires_at id order_number order_type orders \
    plan_name price rental_duration_hours server_id status subscription user user_id";

fn all_readable<T>(reply: &Response<T>) -> Result<(), String> {
    let deciding = |warning: &&Warning| match warning {
        Warning::Unreadable { field } | Warning::Ambiguous { field } => {
            let name = field.rsplit('.').next().unwrap_or_default();
            DECIDING.split(' ').any(|it| it == name) || name.ends_with(']')
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
