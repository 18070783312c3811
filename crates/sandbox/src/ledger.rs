//! What was really charged.

use std::collections::HashMap;

use jiff::civil::DateTime;
use rust_decimal::Decimal;

use crate::{
    json::{Json, object},
    operation::Operation,
};

/// One movement of money, booked together with the balance and the expiry that it changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charge {
    /// Operation of the contract that caused it: `renewPleskSubscription` or `extendServerHours`.
    pub operation: &'static str,
    /// Id of the subscription or server that was paid for.
    pub target_id: String,
    /// Id of the order, as the reply named it.
    pub order_id: String,
    /// Number of the order. The reply about a server does not name it; the list of orders does.
    pub order_number: String,
    /// What was debited, in `currency`.
    pub amount: Decimal,
    /// `EUR`, always.
    pub currency: &'static str,
    /// When, in the civil time of the host that charged.
    pub at: DateTime,
    /// How much was bought: calendar months of a subscription, hours of a server.
    pub units: i32,
}

/// Who pays for an order, and how.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Payment {
    /// Who sent the request, from the balance.
    Balance,
    /// Who sent the request, later: nothing is debited or handed over yet.
    Crypto,
    /// Someone else of the same account, from the balance.
    SomeoneElse,
}

/// Every order that was taken, in order.
#[derive(Default)]
pub(crate) struct Ledger {
    orders: Vec<(Payment, Charge)>,
    /// How many of each operation.
    placed: HashMap<&'static str, u64>,
}

impl From<&Charge> for Json {
    fn from(charge: &Charge) -> Self {
        object! {
            "operation": charge.operation, "target_id": &charge.target_id,
            "order_id": &charge.order_id, "order_number": &charge.order_number,
            "amount": Self::money(charge.amount), "currency": charge.currency,
            "at": charge.at, "units": charge.units,
        }
    }
}

impl Ledger {
    pub(crate) fn of(&self, payment: Payment) -> impl Iterator<Item = &Charge> {
        self.orders.iter().filter(move |order| order.0 == payment).map(|(_, charge)| charge)
    }

    pub(crate) fn enter(&mut self, payment: Payment, charge: Charge) {
        *self.placed.entry(charge.operation).or_default() += 1;
        self.orders.push((payment, charge));
    }

    /// Id and number of the next order. Both kinds count up from the documented ones; the four characters
    /// at the end of an extension's number do, for a second can see many orders.
    pub(crate) fn next(&self, operation: Operation, at: DateTime) -> (String, String) {
        let nth = self.placed.get(<&str>::from(operation)).copied().unwrap_or_default();
        if operation == Operation::RenewPleskSubscription {
            let id = format!("order234-5678-9012-3456-{:012}", 789_012_345_678 + nth);
            (id, format!("PLK_RENEW_{}_{:06}", at.strftime("%Y%m%d"), 123_456 + nth))
        } else {
            let number = format!("CLOUD_{}_{:04X}", at.strftime("%Y%m%d%H%M%S"), 0xA000 + nth);
            (extension_id(nth), number)
        }
    }
}

/// A version 1 UUID: the documented one, and then one for every later millisecond.
fn extension_id(nth: u64) -> String {
    // The 60-bit timestamp of 13587d01-c8cd-11f0, in units of 100 ns.
    let time: u64 = 0x1f0_c8cd_1358_7d01 + nth * 10_000;
    let (low, middle, high) = (time & 0xffff_ffff, time >> 32 & 0xffff, time >> 48 & 0xfff);
    format!("{low:08x}-{middle:04x}-1{high:03x}-8cdf-525400792197")
}

#[cfg(test)]
mod tests;
