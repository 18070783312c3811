//! The only place where money moves: ledger, balance, expiry and order change together or not at all.

use std::time::Instant;

use jiff::civil::DateTime;
use rust_decimal::Decimal;

use super::state::{Placed, State};
use crate::{
    clock::Moment,
    ledger::{Charge, Payment},
    operation::Operation,
    refusal::Refusal,
    seed::{PleskOrder, ServerOrder},
};

/// An order that is priced and dated, and only has to be paid for.
pub(super) struct Purchase {
    pub(super) payer: String,
    pub(super) target_id: String,
    /// The plan of a renewal. An extension has none.
    pub(super) plan_id: Option<String>,
    /// Months or hours.
    pub(super) units: i32,
    pub(super) amount: Decimal,
    /// When what is bought will end.
    pub(super) until: DateTime,
    pub(super) at: DateTime,
}

pub(super) struct Receipt {
    pub(super) charge: Charge,
    pub(super) balance_before: Decimal,
    pub(super) balance_after: Decimal,
}

impl State {
    /// Debits the payer and hands over what was bought, unless that waits for its payment.
    pub(super) fn book(&mut self, order: &Purchase, payment: Payment) -> Result<Receipt, Refusal> {
        let operation = match order.plan_id {
            Some(_) => Operation::RenewPleskSubscription,
            None => Operation::ExtendServerHours,
        };
        let host = operation.host();
        let (order_id, order_number) = self.ledger.next(operation, order.at);
        let charge = Charge {
            operation: operation.into(),
            target_id: order.target_id.clone(),
            order_id,
            order_number,
            amount: order.amount,
            currency: "EUR",
            at: order.at,
            units: order.units,
        };
        let data = &mut self.dataset;
        let account = data.accounts.get_mut(&order.payer).ok_or(Refusal::Broken)?;
        let subscription = data.subscriptions.get_mut(&order.target_id);
        let server = data.servers.get_mut(&order.target_id);
        let placed = Placed {
            order_id: charge.order_id.clone(),
            at: Moment { host, civil: order.at, real: Instant::now() },
            account: account.clone(),
            subscription: subscription.as_deref().cloned(),
            server: server.as_deref().cloned(),
        };
        let balance_before = account.balance(host);
        let mut balance_after = balance_before;
        if payment != Payment::Crypto {
            if balance_before < order.amount {
                return Err(Refusal::Funds);
            }
            balance_after = balance_before.checked_sub(order.amount).ok_or(Refusal::Broken)?;
            match (&order.plan_id, subscription, server) {
                (Some(plan_id), Some(subscription), _) => {
                    subscription.expires_at = order.until;
                    subscription.plan_id.clone_from(plan_id);
                }
                (None, _, Some(server)) => {
                    server.expire_date = order.until;
                    server.rental_duration_hours = order.units;
                    server.updated_at = order.at;
                    account.updated_at = order.at;
                }
                _ => return Err(Refusal::Broken),
            }
            *account.balance_mut(host) = balance_after;
        }
        // Nothing can fail from here on.
        self.remember(placed);
        self.show(order, charge.clone(), payment);
        self.ledger.enter(payment, charge.clone());
        Ok(Receipt { charge, balance_before, balance_after })
    }

    /// Enters an order where the reads find it.
    fn show(&mut self, order: &Purchase, charge: Charge, payment: Payment) {
        let status = if payment == Payment::Crypto { "pending" } else { "completed" }.to_owned();
        match order.plan_id {
            Some(_) => {
                let orders = self.dataset.plesk_orders.entry(charge.target_id.clone());
                orders.or_default().push(PleskOrder {
                    id: charge.order_id,
                    subscription_id: charge.target_id,
                    order_number: charge.order_number,
                    amount: charge.amount,
                    status,
                    created_at: charge.at,
                });
            }
            None => {
                let order = ServerOrder {
                    id: charge.order_id,
                    user_id: order.payer.clone(),
                    server_id: charge.target_id,
                    order_number: charge.order_number,
                    order_type: "renew_server".into(),
                    status,
                    rental_duration_hours: charge.units,
                    amount: charge.amount,
                    description: "RENEW SERVER".into(),
                    created_at: charge.at,
                };
                self.dataset.server_orders.insert(order.id.clone(), order);
            }
        }
    }
}
