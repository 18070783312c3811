//! The only place where money moves: ledger entry, balance and expiry change together or not at all.

use jiff::civil::DateTime;
use rust_decimal::Decimal;

use super::State;
use crate::{contract::Order, ledger::Charge, refusal::Refusal};

/// An order that is priced and dated, and only has to be paid for.
pub(super) struct Purchase<'a> {
    pub(super) payer: &'a str,
    pub(super) change: Change<'a>,
    /// Months or hours.
    pub(super) units: i32,
    pub(super) amount: Decimal,
    /// When what is bought will end.
    pub(super) until: DateTime,
    pub(super) at: DateTime,
}

/// What a purchase changes, apart from when it ends.
pub(super) enum Change<'a> {
    Subscription { id: &'a str, plan_id: &'a str },
    Server { id: &'a str },
}

pub(super) struct Receipt {
    pub(super) order_id: String,
    pub(super) order_number: Option<String>,
    pub(super) balance_before: Decimal,
    pub(super) balance_after: Decimal,
}

impl State {
    /// Debits the payer and hands over what was bought.
    pub(super) fn book(&mut self, purchase: &Purchase<'_>) -> Result<Receipt, Refusal> {
        let host = purchase.change.order().host();
        let mut accounts = self.stock.accounts.iter_mut();
        let account = accounts.find(|account| account.user_id == purchase.payer);
        let balance = account.ok_or(Refusal::Broken)?.balance_mut(host);
        if *balance < purchase.amount {
            return Err(Refusal::Funds);
        }
        let before = *balance;
        let after = before.checked_sub(purchase.amount).ok_or(Refusal::Broken)?;
        match purchase.change {
            Change::Subscription { id, plan_id } => {
                let mut subscriptions = self.stock.subscriptions.iter_mut();
                let subscription = subscriptions.find(|s| s.id == id).ok_or(Refusal::Broken)?;
                subscription.expires_at = purchase.until;
                plan_id.clone_into(&mut subscription.plan_id);
            }
            Change::Server { id } => {
                let mut servers = self.stock.servers.iter_mut();
                let server = servers.find(|s| s.id == id).ok_or(Refusal::Broken)?;
                server.expire_date = purchase.until;
                server.rental_duration_hours = purchase.units;
                server.updated_at = purchase.at;
            }
        }
        // Nothing can fail from here on.
        *balance = after;
        let charge = self.charge(purchase);
        let receipt = Receipt::of(&charge, before, after);
        self.ledger.charges.push(charge);
        Ok(receipt)
    }

    /// Takes an order that is to be paid in crypto: nothing is debited or handed over yet.
    pub(super) fn await_payment(&mut self, purchase: &Purchase<'_>) -> Result<Receipt, Refusal> {
        let host = purchase.change.order().host();
        let mut accounts = self.stock.accounts.iter();
        let account = accounts.find(|account| account.user_id == purchase.payer);
        let balance = account.ok_or(Refusal::Broken)?.balance(host);
        let order = self.charge(purchase);
        let receipt = Receipt::of(&order, balance, balance);
        self.ledger.pending.push(order);
        Ok(receipt)
    }

    fn charge(&mut self, purchase: &Purchase<'_>) -> Charge {
        let order = purchase.change.order();
        let (order_id, order_number) = self.ledger.next(order, purchase.at);
        Charge {
            operation: order.id(),
            target_id: purchase.change.target_id().to_owned(),
            order_id,
            order_number,
            amount: purchase.amount,
            currency: "EUR",
            at: purchase.at,
            units: purchase.units,
        }
    }
}

impl Change<'_> {
    fn order(&self) -> Order {
        match self {
            Self::Subscription { .. } => Order::RenewPleskSubscription,
            Self::Server { .. } => Order::ExtendServerHours,
        }
    }

    fn target_id(&self) -> &str {
        match self {
            Self::Subscription { id, .. } | Self::Server { id } => id,
        }
    }
}

impl Receipt {
    fn of(charge: &Charge, balance_before: Decimal, balance_after: Decimal) -> Self {
        Self {
            order_id: charge.order_id.clone(),
            order_number: charge.order_number.clone(),
            balance_before,
            balance_after,
        }
    }
}
