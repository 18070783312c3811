//! Extending a server by hours.

use jiff::{Span, civil::DateTime};
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::value::RawValue;

use super::{
    State,
    booking::{Change, Purchase},
    price,
};
use crate::{exchange::Reply, fields::Fields, refusal::Refusal, seed::Server, wire};

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
    let position = position(state, payer, id);
    let server = position.and_then(|at| state.stock.servers.get(at));
    let server = server.ok_or(Refusal::Unknown("server_id"))?;

    let too_many = || Refusal::invalid("hours", "is too large");
    let amount = price::of_hours(server.plan_price, hours).ok_or_else(too_many)?;
    let until = later(server.expire_date, hours).ok_or_else(too_many)?;
    let change = Change::Server { id };
    let receipt = state.book(&Purchase { payer, change, units: hours, amount, until, at: now })?;

    let server = position.and_then(|at| state.stock.servers.get(at)).ok_or(Refusal::Broken)?;
    Reply::ok(&Extension {
        success: true,
        amount,
        balance_before: receipt.balance_before,
        r#type: "renew_server",
        plan_id: server.plan_id,
        password: None,
        hours_purchased: fields.sent("hours"),
        upgrade_difference: 0,
        order_id: receipt.order_id,
        server_status: server,
    })
}

fn position(state: &State, owner: &str, id: &str) -> Option<usize> {
    state.stock.servers.iter().position(|server| server.id == id && server.owner_id == owner)
}

fn later(expiry: DateTime, hours: i32) -> Option<DateTime> {
    expiry.checked_add(Span::new().try_hours(hours).ok()?).ok()
}
