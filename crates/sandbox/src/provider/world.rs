//! What happens at the provider without a request of the client under test.

use std::sync::MutexGuard;

use jiff::civil::DateTime;
use rust_decimal::Decimal;
use thiserror::Error;

use super::{orders, state::State};
use crate::{
    clock::Host,
    ledger::{Charge, Payment},
    refusal::Refusal,
    seed::cents,
    shown::shown,
};

/// The provider's world, in which someone else acts: see [`Sandbox::act`](crate::Sandbox::act).
pub struct World<'a> {
    pub(super) state: MutexGuard<'a, State>,
    pub(super) com: DateTime,
    pub(super) net: DateTime,
}

/// Why something cannot be done in this world.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct Declined(String);

impl World<'_> {
    /// Someone else renews a subscription, on its owner's account. The charge stands among
    /// [`Sandbox::others`](crate::Sandbox::others).
    ///
    /// # Errors
    ///
    /// As for a request: the subscription is not known, the balance is too small, or the calendar
    /// ends before.
    pub fn renew(&mut self, subscription_id: &str, months: i32) -> Result<Charge, Declined> {
        positive(months)?;
        let order = orders::renewal(&self.state.dataset, subscription_id, months, None, self.com)?;
        Ok(self.state.book(&order, Payment::SomeoneElse)?.charge)
    }

    /// Someone else extends a server, on its owner's account. The charge stands among
    /// [`Sandbox::others`](crate::Sandbox::others).
    ///
    /// # Errors
    ///
    /// As for a request: the server is not known, the balance is too small, or the calendar ends
    /// before.
    pub fn extend(&mut self, server_id: &str, hours: i32) -> Result<Charge, Declined> {
        positive(hours)?;
        let server = self.state.dataset.servers.get(server_id);
        let server = server.ok_or(Refusal::Unknown("server_id"))?;
        let order = orders::extension(server, hours, self.net)?;
        Ok(self.state.book(&order, Payment::SomeoneElse)?.charge)
    }

    /// Moves a subscription's expiry, as support might, without an order.
    ///
    /// # Errors
    ///
    /// The subscription is not known.
    pub fn set_expiry(
        &mut self,
        subscription_id: &str,
        expires_at: DateTime,
    ) -> Result<(), Declined> {
        let subscription = self.state.dataset.subscriptions.get_mut(subscription_id);
        subscription.ok_or(Refusal::Unknown("subscription_id"))?.expires_at = expires_at;
        Ok(())
    }

    /// Changes what a month of a plan costs.
    ///
    /// # Errors
    ///
    /// The plan is not known, or the price is negative or finer than a cent.
    pub fn set_monthly_price(&mut self, plan_id: &str, price: Decimal) -> Result<(), Declined> {
        let plan = self.state.dataset.plans.get_mut(plan_id);
        plan.ok_or(Refusal::Unknown("plan_id"))?.monthly_price = sum(price)?;
        Ok(())
    }

    /// Changes what 720 hours of a server cost.
    ///
    /// # Errors
    ///
    /// The server is not known, or the price is negative or finer than a cent.
    pub fn set_server_price(&mut self, server_id: &str, price: Decimal) -> Result<(), Declined> {
        let server = self.state.dataset.servers.get_mut(server_id);
        server.ok_or(Refusal::Unknown("server_id"))?.plan_price = sum(price)?;
        Ok(())
    }

    /// Sets what a user has at a host, in EUR.
    ///
    /// # Errors
    ///
    /// The user is not known, or the balance is negative or finer than a cent.
    pub fn set_balance(
        &mut self,
        user_id: &str,
        host: Host,
        balance: Decimal,
    ) -> Result<(), Declined> {
        let account = self.state.dataset.accounts.get_mut(user_id);
        *account.ok_or(Refusal::Unknown("user_id"))?.balance_mut(host) = sum(balance)?;
        Ok(())
    }
}

fn positive(units: i32) -> Result<(), Declined> {
    if units > 0 { Ok(()) } else { Err(Declined("There is nothing to order.".into())) }
}

fn sum(amount: Decimal) -> Result<Decimal, Declined> {
    if amount >= Decimal::ZERO && amount == cents(amount) {
        Ok(amount)
    } else {
        Err(Declined("The amount is negative or finer than a cent.".into()))
    }
}

impl From<Refusal> for Declined {
    fn from(refusal: Refusal) -> Self {
        Self(refusal.says().1.into_owned())
    }
}

shown!(World<'_>: com net;);
