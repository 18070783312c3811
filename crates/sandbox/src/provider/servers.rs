//! Extending a server by hours.

use jiff::{Span, civil::DateTime};
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::value::RawValue;

use super::{
    State,
    booking::{By, Change, Purchase},
    price,
};
use crate::{
    exchange::Reply,
    fields::Fields,
    refusal::Refusal,
    seed::{Seed, Server},
    wire,
};

/// The documented reply, in its order.
#[derive(Serialize)]
struct Extension<'a> {
    success: bool,
    #[serde(serialize_with = "wire::number")]
    amount: Decimal,
    #[serde(serialize_with = "wire::money")]
    balance_before: Decimal,
    r#type: &'a str,
    plan_id: u32,
    password: Option<&'a str>,
    // A string if a string was sent, a number if a number was.
    hours_purchased: Option<&'a RawValue>,
    upgrade_difference: u32,
    order_id: String,
    server_status: &'a Server,
}

pub(super) fn extend(
    state: &mut State,
    payer: &str,
    fields: &Fields,
    now: DateTime,
) -> Result<Reply, Refusal> {
    if fields.text("user_id")? != payer {
        return Err(Refusal::Unknown("user_id"));
    }
    let id = fields.text("server_id")?;
    let hours = fields.whole("hours")?;
    let server = find(&state.stock, id)?;
    if server.owner_id != payer {
        return Err(Refusal::Unknown("server_id"));
    }
    let purchase = purchase(server, hours, By::Request, now)?;
    let receipt = state.book(&purchase)?;
    let server = find(&state.stock, id)?;
    Reply::ok(&Extension {
        success: true,
        amount: receipt.charge.amount,
        balance_before: receipt.balance_before,
        r#type: "renew_server",
        plan_id: server.plan_id,
        password: None,
        hours_purchased: fields.sent("hours"),
        upgrade_difference: 0,
        order_id: receipt.charge.order_id,
        server_status: server,
    })
}

/// What hours of a server cost, and until when they last.
pub(super) fn purchase(
    server: &Server,
    hours: i32,
    by: By,
    at: DateTime,
) -> Result<Purchase, Refusal> {
    let too_many = || Refusal::invalid("hours", "is too large");
    Ok(Purchase {
        payer: server.owner_id.clone(),
        by,
        change: Change::Server { id: server.id.clone() },
        units: hours,
        amount: price::of_hours(server.plan_price, hours).ok_or_else(too_many)?,
        until: later(server.expire_date, hours).ok_or_else(too_many)?,
        at,
    })
}

pub(super) fn find<'a>(stock: &'a Seed, id: &str) -> Result<&'a Server, Refusal> {
    stock.servers.iter().find(|server| server.id == id).ok_or(Refusal::Unknown("server_id"))
}

fn later(expiry: DateTime, hours: i32) -> Option<DateTime> {
    expiry.checked_add(Span::new().try_hours(hours).ok()?).ok()
}
