//! What can be read: the state as it is now, in the shape of the documented replies.

use jiff::civil::{DateTime, date};
use rust_decimal::Decimal;
use serde::Serialize;

use super::State;
use crate::{
    clock::Host, contract::Order, exchange::Reply, ledger::Charge, query::Query, refusal::Refusal,
    seed::PastOrder, wire,
};

/// Orders on a page. The provider's number is unknown.
const PAGE: usize = 20;

#[derive(Serialize)]
struct SubscriptionDetail<'a> {
    success: bool,
    subscription: Subscription<'a>,
    orders: Vec<PleskOrder<'a>>,
}

/// Client, login and creation are those of the documented reply for every subscription.
#[derive(Serialize)]
struct Subscription<'a> {
    id: &'a str,
    domain_name: &'a str,
    status: &'a str,
    #[serde(serialize_with = "wire::money")]
    price: Decimal,
    plan_name: &'a str,
    client_id: &'a str,
    client_name: &'a str,
    #[serde(serialize_with = "wire::civil")]
    created_at: DateTime,
    #[serde(serialize_with = "wire::civil")]
    expires_at: DateTime,
    auto_renew: bool,
    ftp_username: &'a str,
}

#[derive(Serialize)]
struct PleskOrder<'a> {
    id: &'a str,
    order_number: &'a str,
    #[serde(serialize_with = "wire::money")]
    amount: Decimal,
    status: &'a str,
    #[serde(serialize_with = "wire::civil")]
    created_at: DateTime,
}

pub(super) fn subscription(state: &State, reader: &str, query: &Query) -> Result<Reply, Refusal> {
    let id = query.required("id")?;
    let mut subscriptions = state.stock.subscriptions.iter();
    let subscription = subscriptions
        .find(|subscription| subscription.id == id && subscription.owner_id == reader)
        .ok_or(Refusal::Unknown("id"))?;
    let mut plans = state.stock.plans.iter();
    let plan = plans.find(|plan| plan.id == subscription.plan_id).ok_or(Refusal::Broken)?;
    let past =
        state.stock.history.iter().filter(|order| order.host == Host::Com && order.target_id == id);
    let past = past.map(|order| PleskOrder {
        id: &order.order_id,
        order_number: &order.order_number,
        amount: order.amount,
        status: "completed",
        created_at: order.at,
    });
    let charged = state.ledger.charges.iter().map(|charge| (charge, "completed"));
    let pending = state.ledger.pending.iter().map(|charge| (charge, "pending"));
    let since = charged.chain(pending).filter(|(charge, _)| {
        charge.operation == Order::RenewPleskSubscription.id() && charge.target_id == id
    });
    let since = since.map(|(charge, status)| PleskOrder {
        id: &charge.order_id,
        order_number: charge.order_number.as_deref().unwrap_or_default(),
        amount: charge.amount,
        status,
        created_at: charge.at,
    });
    let mut orders: Vec<_> = past.chain(since).collect();
    orders.reverse();
    Reply::ok(&SubscriptionDetail {
        success: true,
        subscription: Subscription {
            id: &subscription.id,
            domain_name: &subscription.domain_name,
            status: "active",
            price: plan.monthly_price,
            plan_name: &plan.name,
            client_id: "client123-4567-8901-2345-678901234567",
            client_name: "John Doe",
            created_at: date(2025, 3, 1).at(10, 0, 0, 0),
            expires_at: subscription.expires_at,
            auto_renew: true,
            ftp_username: "example_ftp",
        },
        orders,
    })
}

#[derive(Serialize)]
struct OrderList<'a> {
    success: bool,
    data: Vec<ServerOrder<'a>>,
}

#[derive(Serialize)]
struct ServerOrder<'a> {
    id: &'a str,
    user_id: &'a str,
    server_id: &'a str,
    service_id: &'a str,
    order_number: String,
    order_type: &'a str,
    status: &'a str,
    name_server: Option<&'a str>,
    plan_id: Option<u32>,
    os_image_id: Option<u32>,
    versions: Option<&'a str>,
    location: Option<&'a str>,
    rental_duration_hours: i32,
    #[serde(serialize_with = "wire::money")]
    amount: Decimal,
    currency: &'a str,
    metadata: Option<&'a str>,
    domain_name: Option<&'a str>,
    domain_registration_term: Option<u32>,
    domain_suffix: Option<&'a str>,
    description: &'a str,
    #[serde(serialize_with = "wire::civil")]
    created_at: DateTime,
    #[serde(serialize_with = "wire::civil")]
    updated_at: DateTime,
    username: &'a str,
}

pub(super) fn orders(state: &State, reader: &str, query: &Query) -> Result<Reply, Refusal> {
    let page = query.page()?;
    let owned = |server: &str| {
        state.stock.servers.iter().any(|known| known.id == server && known.owner_id == reader)
    };
    let past = state.stock.history.iter().filter(|order| order.host == Host::Net);
    let past = past.map(Placed::in_history);
    let since = state.ledger.charges.iter();
    let since = since.filter(|charge| charge.operation == Order::ExtendServerHours.id());
    let since = since.map(Placed::in_ledger);
    let mut orders: Vec<_> = past.chain(since).filter(|order| owned(order.server_id)).collect();
    // The newest first.
    orders.reverse();
    if let Some(id) = query.text("order_id") {
        orders.retain(|order| order.id == id);
        if orders.is_empty() {
            return Err(Refusal::Unknown("order_id"));
        }
    } else if query.required("user_id")? != reader {
        return Err(Refusal::Unknown("user_id"));
    }
    if let Some(kind) = query.text("type_order") {
        orders.retain(|order| order.order_type == kind);
    }
    let before = (page - 1).saturating_mul(PAGE);
    let data = orders.into_iter().skip(before).take(PAGE);
    Reply::ok(&OrderList {
        success: true,
        data: data.map(|order| order.shown_to(reader)).collect(),
    })
}

/// What differs between the orders of a user.
struct Placed<'a> {
    id: &'a str,
    server_id: &'a str,
    order_number: String,
    order_type: &'a str,
    hours: i32,
    amount: Decimal,
    description: &'a str,
    at: DateTime,
}

impl<'a> Placed<'a> {
    fn in_history(order: &'a PastOrder) -> Self {
        Self {
            id: &order.order_id,
            server_id: &order.target_id,
            order_number: order.order_number.clone(),
            order_type: &order.order_type,
            hours: order.units,
            amount: order.amount,
            description: &order.description,
            at: order.at,
        }
    }

    /// How the list shows an extension is not documented: kind, number and words are our own.
    fn in_ledger(charge: &'a Charge) -> Self {
        let tail = charge.order_id.split('-').next().unwrap_or_default().to_uppercase();
        Self {
            id: &charge.order_id,
            server_id: &charge.target_id,
            order_number: format!("CLOUD_{}_{tail}", charge.at.strftime("%Y%m%d%H%M%S")),
            order_type: "renew_server",
            hours: charge.units,
            amount: charge.amount,
            description: "SERVER RENEWAL",
            at: charge.at,
        }
    }

    fn shown_to(self, user_id: &'a str) -> ServerOrder<'a> {
        ServerOrder {
            id: self.id,
            user_id,
            server_id: self.server_id,
            service_id: "00000000-0000-0000-0000-000000000000",
            order_number: self.order_number,
            order_type: self.order_type,
            status: "completed",
            name_server: None,
            plan_id: None,
            os_image_id: None,
            versions: None,
            location: None,
            rental_duration_hours: self.hours,
            amount: self.amount,
            currency: "EUR",
            metadata: None,
            domain_name: None,
            domain_registration_term: None,
            domain_suffix: None,
            description: self.description,
            created_at: self.at,
            updated_at: self.at,
            username: "demo_user",
        }
    }
}

#[derive(Serialize)]
struct UserDetail<'a> {
    success: bool,
    user: User<'a>,
}

/// Apart from id and balance, every user is the documented one.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct User<'a> {
    id: &'a str,
    username: &'a str,
    email: &'a str,
    user_telegram: Option<&'a str>,
    #[serde(serialize_with = "wire::money")]
    balance: Decimal,
    #[serde(serialize_with = "wire::civil")]
    created_at: DateTime,
    #[serde(serialize_with = "wire::civil")]
    updated_at: DateTime,
    is_active: u8,
    superuser: u8,
    #[serde(rename = "notification_days_before")]
    notification_days_before: u8,
    #[serde(rename = "notification_preference")]
    notification_preference: &'a str,
    #[serde(rename = "email_verified")]
    email_verified: bool,
}

pub(super) fn user(state: &State, reader: &str, query: &Query) -> Result<Reply, Refusal> {
    let id = query.required("user_id")?;
    let mut accounts = state.stock.accounts.iter();
    let account = accounts.find(|account| account.user_id == id && id == reader);
    let account = account.ok_or(Refusal::Unknown("user_id"))?;
    Reply::ok(&UserDetail {
        success: true,
        user: User {
            id: &account.user_id,
            username: "demo_user",
            email: "demo@example.com",
            user_telegram: None,
            balance: account.balance(Host::Net),
            created_at: date(2025, 5, 27).at(18, 27, 42, 0),
            updated_at: date(2025, 11, 23).at(15, 39, 56, 0),
            is_active: 1,
            superuser: 1,
            notification_days_before: 3,
            notification_preference: "email",
            email_verified: false,
        },
    })
}
