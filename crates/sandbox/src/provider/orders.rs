//! The two orders. The replies are the documented ones, in their order.

use jiff::{
    Span,
    civil::{DateTime, date},
};
use rust_decimal::Decimal;

use super::{Dataset, booking::Purchase, state::State};
use crate::{
    fields::Fields,
    json::{Json, object},
    ledger::Payment,
    refusal::Refusal,
    seed::{Server, cents},
};

/// Hours that a server's plan price pays for.
const HOURS_OF_A_PRICE: i64 = 720;

/// The plan of every server, which is no Plesk plan.
const PLAN_ID: u32 = 5;

pub(super) fn renew(
    state: &mut State,
    payer: &str,
    fields: &Fields,
    now: DateTime,
) -> Result<Json, Refusal> {
    let id = fields.text("subscription_id")?;
    let months = fields.whole("months")?;
    let in_crypto = fields.text("type_payment")? == "crypto";
    let subscription = state.dataset.subscriptions.get(id).filter(|it| it.owner_id == payer);
    let subscription = subscription.ok_or(Refusal::Unknown("subscription_id"))?.clone();
    let purchase = renewal(&state.dataset, id, months, fields.optional_text("new_plan_id"), now)?;
    let payment = if in_crypto { Payment::Crypto } else { Payment::Balance };
    let receipt = state.book(&purchase, payment)?;
    let (message, status, expires_at, added) = if in_crypto {
        ("Order awaits payment", "pending", subscription.expires_at, 0)
    } else {
        ("Subscription renewed successfully", "completed", purchase.until, months)
    };
    Ok(object! {
        "success": true,
        "message": message,
        "order": object! {
            "id": receipt.charge.order_id,
            "order_number": receipt.charge.order_number,
            "status": status,
            "amount": Json::money(receipt.charge.amount),
            "currency": receipt.charge.currency,
        },
        "subscription": object! {
            "id": id,
            "domain_name": subscription.domain_name,
            "new_expires_at": expires_at,
            "months_added": added,
        },
        "balance_after": Json::money(receipt.balance_after),
    })
}

pub(super) fn extend(
    state: &mut State,
    payer: &str,
    fields: &Fields,
    now: DateTime,
) -> Result<Json, Refusal> {
    if fields.text("user_id")? != payer {
        return Err(Refusal::Unknown("user_id"));
    }
    let id = fields.text("server_id")?;
    let hours = fields.whole("hours")?;
    let server = state.dataset.servers.get(id).filter(|server| server.owner_id == payer);
    let purchase = extension(server.ok_or(Refusal::Unknown("server_id"))?, hours, now)?;
    let receipt = state.book(&purchase, Payment::Balance)?;
    let server = state.dataset.servers.get(id).ok_or(Refusal::Broken)?;
    Ok(object! {
        "success": true,
        "amount": Json::number(receipt.charge.amount),
        "balance_before": Json::money(receipt.balance_before),
        "type": "renew_server",
        "plan_id": PLAN_ID,
        "password": (),
        // A string if a string was sent, a number if a number was.
        "hours_purchased": fields.sent("hours"),
        "upgrade_difference": 0,
        "order_id": receipt.charge.order_id,
        "server_status": server,
    })
}

/// What a renewal on the present plan or on a new one costs, and until when it lasts.
pub(super) fn renewal(
    dataset: &Dataset,
    id: &str,
    months: i32,
    new_plan_id: Option<&str>,
    at: DateTime,
) -> Result<Purchase, Refusal> {
    let subscription = dataset.subscriptions.get(id);
    let subscription = subscription.ok_or(Refusal::Unknown("subscription_id"))?;
    let plan_id = new_plan_id.unwrap_or(&subscription.plan_id);
    let plan = dataset.plans.get(plan_id).ok_or(Refusal::Unknown("new_plan_id"))?;
    let amount = plan.monthly_price.checked_mul(months.into()).map(cents);
    // A day that the month has not becomes its last.
    let until = later(subscription.expires_at, Span::new().try_months(months));
    let too_many = || Refusal::invalid("months", "is too large");
    Ok(Purchase {
        payer: subscription.owner_id.clone(),
        target_id: id.to_owned(),
        plan_id: Some(plan_id.to_owned()),
        units: months,
        amount: amount.ok_or_else(too_many)?,
        until: until.ok_or_else(too_many)?,
        at,
    })
}

/// What hours of a server cost, and until when they last.
pub(super) fn extension(server: &Server, hours: i32, at: DateTime) -> Result<Purchase, Refusal> {
    let too_many = || Refusal::invalid("hours", "is too large");
    Ok(Purchase {
        payer: server.owner_id.clone(),
        target_id: server.id.clone(),
        plan_id: None,
        units: hours,
        amount: price_of_hours(server.plan_price, hours).ok_or_else(too_many)?,
        until: later(server.expire_date, Span::new().try_hours(hours)).ok_or_else(too_many)?,
        at,
    })
}

fn later(expiry: DateTime, span: Result<Span, jiff::Error>) -> Option<DateTime> {
    expiry.checked_add(span.ok()?).ok()
}

/// Every order is rounded to cents on its own.
fn price_of_hours(plan_price: Decimal, hours: i32) -> Option<Decimal> {
    // Multiplied first: the price of a single hour may have no last digit.
    let hour_prices = plan_price.checked_mul(hours.into())?;
    hour_prices.checked_div(HOURS_OF_A_PRICE.into()).map(cents)
}

/// The documented `server_status`.
impl From<&Server> for Json {
    fn from(server: &Server) -> Self {
        object! {
            "id": &server.id,
            "id_solusvm": 482,
            "solusvm_uuid": "06955621-8277-4272-95f2-a16001d1e3a2",
            "cpu_cores": 2,
            "ram": 6_442_450_944_u64,
            "disk": 40,
            "disk_type": "ssd",
            "cpu": (),
            "ramD": (),
            "diskD": (),
            "name": &server.name,
            "auto_renew": 1,
            "primary_ip": "192.168.100.102",
            "extra_ips": (),
            "status": "active",
            "updated_at": server.updated_at,
            "plan_id": PLAN_ID,
            "location": "Slovenia",
            "os_image_id": 2,
            "rental_duration_hours": server.rental_duration_hours,
            "owner_id": &server.owner_id,
            "created_at": date(2025, 11, 21).at(14, 40, 32, 0),
            "expire_date": server.expire_date,
            "metadata": &server.metadata,
            "user_id": &server.owner_id,
            "username": "root",
            "userIsActive": 1,
            "plan_price": Self::money(server.plan_price),
        }
    }
}

#[cfg(test)]
mod tests;
