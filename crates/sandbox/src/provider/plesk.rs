//! Renewing a Plesk subscription.

use jiff::{Span, civil::DateTime};
use rust_decimal::Decimal;
use serde::Serialize;

use super::{
    State,
    booking::{By, Change, Purchase},
    price,
};
use crate::{exchange::Reply, fields::Fields, refusal::Refusal, seed::Seed, wire};

/// The documented reply, in its order.
#[derive(Serialize)]
struct Renewal<'a> {
    success: bool,
    message: &'a str,
    order: Order<'a>,
    subscription: Renewed<'a>,
    #[serde(serialize_with = "wire::money")]
    balance_after: Decimal,
}

#[derive(Serialize)]
struct Order<'a> {
    id: String,
    order_number: String,
    status: &'a str,
    #[serde(serialize_with = "wire::money")]
    amount: Decimal,
    currency: &'a str,
}

#[derive(Serialize)]
struct Renewed<'a> {
    id: &'a str,
    domain_name: &'a str,
    #[serde(serialize_with = "wire::civil")]
    new_expires_at: DateTime,
    months_added: i32,
}

pub(super) fn renew(
    state: &mut State,
    payer: &str,
    fields: &Fields,
    now: DateTime,
) -> Result<Reply, Refusal> {
    let id = fields.text("subscription_id")?;
    let months = fields.whole("months")?;
    let in_crypto = fields.text("type_payment")? == "crypto";
    let mut subscriptions = state.stock.subscriptions.iter();
    let subscription = subscriptions
        .find(|subscription| subscription.id == id && subscription.owner_id == payer)
        .ok_or(Refusal::Unknown("subscription_id"))?
        .clone();
    let plan_id = fields.optional_text("new_plan_id");
    let purchase = purchase(&state.stock, id, months, plan_id, By::Request, now)?;

    let (receipt, message, status, expires_at, added) = if in_crypto {
        let receipt = state.await_payment(&purchase)?;
        (receipt, "Order awaits payment", "pending", subscription.expires_at, 0)
    } else {
        let receipt = state.book(&purchase)?;
        (receipt, "Subscription renewed successfully", "completed", purchase.until, months)
    };
    Reply::ok(&Renewal {
        success: true,
        message,
        order: Order {
            id: receipt.charge.order_id,
            order_number: receipt.charge.order_number,
            status,
            amount: receipt.charge.amount,
            currency: receipt.charge.currency,
        },
        subscription: Renewed {
            id,
            domain_name: &subscription.domain_name,
            new_expires_at: expires_at,
            months_added: added,
        },
        balance_after: receipt.balance_after,
    })
}

/// What a renewal on the present plan or on a new one costs, and until when it lasts.
pub(super) fn purchase(
    stock: &Seed,
    id: &str,
    months: i32,
    new_plan_id: Option<&str>,
    by: By,
    at: DateTime,
) -> Result<Purchase, Refusal> {
    let subscription = stock.subscriptions.iter().find(|subscription| subscription.id == id);
    let subscription = subscription.ok_or(Refusal::Unknown("subscription_id"))?;
    let plan_id = new_plan_id.unwrap_or(&subscription.plan_id);
    let plan = stock.plans.iter().find(|plan| plan.id == plan_id);
    let plan = plan.ok_or(Refusal::Unknown("new_plan_id"))?;
    let too_many = || Refusal::invalid("months", "is too large");
    Ok(Purchase {
        payer: subscription.owner_id.clone(),
        by,
        change: Change::Subscription { id: id.to_owned(), plan_id: plan_id.to_owned() },
        units: months,
        amount: price::of_months(plan.monthly_price, months).ok_or_else(too_many)?,
        until: later(subscription.expires_at, months).ok_or_else(too_many)?,
        at,
    })
}

/// Calendar months later. A day that the month has not becomes its last.
fn later(expiry: DateTime, months: i32) -> Option<DateTime> {
    expiry.checked_add(Span::new().try_months(months).ok()?).ok()
}
