//! A Plesk subscription, and its orders.

use jiff::civil::DateTime;
use rust_decimal::Decimal;
use serde::Serialize;

use crate::{
    exchange::Reply,
    fields::Fields,
    refusal::Refusal,
    seed::{Account, PleskOrder, Seed},
    wire,
};

#[derive(Serialize)]
struct Detail<'a> {
    success: bool,
    subscription: View<'a>,
    orders: Vec<&'a PleskOrder>,
}

#[derive(Serialize)]
struct View<'a> {
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

pub(super) fn answer(stock: &Seed, account: &Account, fields: &Fields) -> Result<Reply, Refusal> {
    let id = fields.text("id")?;
    let mut subscriptions = stock.subscriptions.iter();
    let subscription = subscriptions
        .find(|subscription| subscription.id == id && subscription.owner_id == account.user_id)
        .ok_or(Refusal::Unknown("id"))?;
    let plan = stock.plans.iter().find(|plan| plan.id == subscription.plan_id);
    let plan = plan.ok_or(Refusal::Broken)?;
    let orders = stock.plesk_orders.iter().rev().filter(|order| order.subscription_id == id);
    Reply::ok(&Detail {
        success: true,
        subscription: View {
            id,
            domain_name: &subscription.domain_name,
            status: &subscription.status,
            price: plan.monthly_price,
            plan_name: &plan.name,
            client_id: &subscription.client_id,
            client_name: &subscription.client_name,
            created_at: subscription.created_at,
            expires_at: subscription.expires_at,
            auto_renew: subscription.auto_renew,
            ftp_username: &subscription.ftp_username,
        },
        orders: orders.collect(),
    })
}
