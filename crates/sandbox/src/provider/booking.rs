//! The only place where money moves: ledger, balance, expiry and order change together or not at all.

use std::time::Instant;

use jiff::civil::DateTime;
use rust_decimal::Decimal;

use super::{State, past::Before};
use crate::{
    clock::Moment,
    ledger::Charge,
    operation::Order,
    refusal::Refusal,
    seed::{PleskOrder, Seed, ServerOrder},
};

/// An order that is priced and dated, and only has to be paid for.
pub(super) struct Purchase {
    pub(super) payer: String,
    pub(super) by: By,
    pub(super) change: Change,
    /// Months or hours.
    pub(super) units: i32,
    pub(super) amount: Decimal,
    /// When what is bought will end.
    pub(super) until: DateTime,
    pub(super) at: DateTime,
}

/// Who orders.
#[derive(Clone, Copy)]
pub(super) enum By {
    Request,
    SomeoneElse,
}

/// What a purchase changes, apart from when it ends.
pub(super) enum Change {
    Subscription { id: String, plan_id: String },
    Server { id: String },
}

pub(super) struct Receipt {
    pub(super) charge: Charge,
    pub(super) balance_before: Decimal,
    pub(super) balance_after: Decimal,
}

impl State {
    /// Debits the payer and hands over what was bought.
    pub(super) fn book(&mut self, purchase: &Purchase) -> Result<Receipt, Refusal> {
        let order = purchase.change.order();
        let was = purchase.before(&self.stock);
        let mut accounts = self.stock.accounts.iter_mut();
        let account = accounts.find(|account| account.user_id == purchase.payer);
        let account = account.ok_or(Refusal::Broken)?;
        let before = account.balance(order.host());
        if before < purchase.amount {
            return Err(Refusal::Funds);
        }
        let after = before.checked_sub(purchase.amount).ok_or(Refusal::Broken)?;
        match &purchase.change {
            Change::Subscription { id, plan_id } => {
                let mut subscriptions = self.stock.subscriptions.iter_mut();
                let subscription = subscriptions.find(|s| s.id == *id).ok_or(Refusal::Broken)?;
                subscription.expires_at = purchase.until;
                subscription.plan_id.clone_from(plan_id);
            }
            Change::Server { id } => {
                let mut servers = self.stock.servers.iter_mut();
                let server = servers.find(|s| s.id == *id).ok_or(Refusal::Broken)?;
                server.expire_date = purchase.until;
                server.rental_duration_hours = purchase.units;
                server.updated_at = purchase.at;
                account.profile.updated_at = purchase.at;
            }
        }
        // Nothing can fail from here on.
        *account.balance_mut(order.host()) = after;
        let charge = self.enter(purchase, "completed");
        self.past.remember(was, &charge.order_id, purchase.moment());
        match purchase.by {
            By::Request => self.ledger.charges.push(charge.clone()),
            By::SomeoneElse => self.ledger.others.push(charge.clone()),
        }
        Ok(Receipt { charge, balance_before: before, balance_after: after })
    }

    /// Takes an order that is to be paid in crypto: nothing is debited or handed over yet.
    pub(super) fn await_payment(&mut self, purchase: &Purchase) -> Result<Receipt, Refusal> {
        let host = purchase.change.order().host();
        let mut accounts = self.stock.accounts.iter();
        let account = accounts.find(|account| account.user_id == purchase.payer);
        let balance = account.ok_or(Refusal::Broken)?.balance(host);
        let was = purchase.before(&self.stock);
        let charge = self.enter(purchase, "pending");
        self.past.remember(was, &charge.order_id, purchase.moment());
        self.ledger.pending.push(charge.clone());
        Ok(Receipt { charge, balance_before: balance, balance_after: balance })
    }

    /// Gives the order its names, and enters it where the reads find it.
    fn enter(&mut self, purchase: &Purchase, status: &str) -> Charge {
        let order = purchase.change.order();
        let (id, number) = self.ledger.next(order, purchase.at);
        let target_id = match &purchase.change {
            Change::Subscription { id: subscription_id, .. } => {
                self.stock.plesk_orders.push(PleskOrder {
                    id: id.clone(),
                    subscription_id: subscription_id.clone(),
                    order_number: number.clone(),
                    amount: purchase.amount,
                    status: status.to_owned(),
                    created_at: purchase.at,
                });
                subscription_id
            }
            Change::Server { id: server_id } => {
                self.stock.server_orders.push(ServerOrder {
                    id: id.clone(),
                    user_id: purchase.payer.clone(),
                    server_id: server_id.clone(),
                    order_number: number.clone(),
                    order_type: "renew_server".into(),
                    status: status.to_owned(),
                    rental_duration_hours: purchase.units,
                    amount: purchase.amount,
                    description: "RENEW SERVER".into(),
                    created_at: purchase.at,
                });
                server_id
            }
        };
        Charge {
            operation: order.id(),
            target_id: target_id.clone(),
            order_id: id,
            order_number: number,
            amount: purchase.amount,
            currency: "EUR",
            at: purchase.at,
            units: purchase.units,
        }
    }
}

impl Purchase {
    fn moment(&self) -> Moment {
        Moment { host: self.change.order().host(), civil: self.at, real: Instant::now() }
    }

    fn before(&self, stock: &Seed) -> Option<Before> {
        let (Change::Subscription { id, .. } | Change::Server { id }) = &self.change;
        Before::of(stock, self.change.order(), &self.payer, id)
    }
}

impl Change {
    fn order(&self) -> Order {
        match self {
            Self::Subscription { .. } => Order::RenewPleskSubscription,
            Self::Server { .. } => Order::ExtendServerHours,
        }
    }
}
