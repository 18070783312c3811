//! Which renewal a date needs.

use jiff::Span;
use jiff::civil::Date;

use crate::Client;
use crate::error::{Failure, InvalidOrder, ReadError};
use crate::reply::Response;
use crate::types::{PleskRenewalOrder, PleskSubscriptionDetail, SubscriptionId};
use crate::value::CivilDateTime;
use crate::warning::Warning;

/// What a subscription needs to last to a date.
#[derive(Clone, Debug)]
pub enum RenewalPlan {
    /// Nothing: it ends then, which is late enough.
    Enough(CivilDateTime),
    /// This renewal.
    Renew {
        /// The renewal by the fewest calendar months that reach the date.
        order: PleskRenewalOrder,
        /// When the subscription ends now.
        ends: CivilDateTime,
    },
    /// Nothing helps: it ends then, and no number of months reaches the date.
    OutOfReach(CivilDateTime),
}

impl RenewalPlan {
    /// The renewal by which a subscription that ends at `ends` lasts to `date` at least.
    ///
    /// # Errors
    /// [`InvalidOrder`]: no order can have this id.
    pub fn of(
        subscription: &SubscriptionId,
        ends: CivilDateTime,
        date: Date,
    ) -> Result<Self, InvalidOrder> {
        if ends.civil().date() >= date {
            return Ok(Self::Enough(ends));
        }
        let Some(months) = missing_months(ends.civil().date(), date) else {
            return Ok(Self::OutOfReach(ends));
        };
        let order = PleskRenewalOrder::new(subscription.clone(), months)?;
        Ok(Self::Renew { order, ends })
    }

    /// The same by what was read of the subscription.
    ///
    /// # Errors
    /// [`ReadError`]: the reply does not say when it ends, or is about another subscription.
    pub fn of_reply(
        id: &SubscriptionId,
        reply: &Response<PleskSubscriptionDetail>,
        date: Date,
    ) -> Result<Self, ReadError> {
        let operation = Some(reply.reply().operation());
        let fail = |reason: &str| ReadError::from(Box::new(Failure::not_sent(operation, reason)));
        let decides = |warning: &&Warning| match warning {
            Warning::Ambiguous { field } => DECIDING.contains(&field.as_str()),
            _ => false,
        };
        if let Some(warning) = reply.warnings().iter().find(decides) {
            return Err(fail(&warning.to_string()));
        }
        let shown = reply.exact().subscription;
        let shown = shown.ok_or_else(|| fail("the reply lacks the subscription"))?;
        if shown.id.as_ref().is_none_or(|shown| shown.as_str() != id.as_str()) {
            return Err(fail("the reply is not about this subscription"));
        }
        let ends = shown.expires_at;
        let ends = ends.ok_or_else(|| fail("the reply does not say when the subscription ends"))?;
        Self::of(id, ends, date).map_err(|error| fail(&error.to_string()))
    }
}

/// What a plan rests on.
const DECIDING: [&str; 3] = ["subscription", "subscription.id", "subscription.expires_at"];

impl Client {
    /// Reads what a subscription needs to end on a date or later. Orders nothing.
    ///
    /// It says what the provider shows at this moment. A renewal that was just placed may not show yet:
    /// who orders by it needs a journal that knows of that one (`oxhost-journal`, `claim_until`).
    ///
    /// # Errors
    /// [`ReadError`]: it could not be read, or the reply is about another subscription.
    pub async fn plan_renewal(
        &self,
        id: &SubscriptionId,
        date: Date,
    ) -> Result<RenewalPlan, ReadError> {
        let reply = self.get_plesk_subscription(id).await?;
        RenewalPlan::of_reply(id, &reply, date)
    }
}

/// The fewest calendar months from one date to another or past it. A day that a month has not counts as
/// its last: the earliest of what the provider may make of it, so that the date is reached in any case.
fn missing_months(from: Date, to: Date) -> Option<u32> {
    let apart = 12 * (i32::from(to.year()) - i32::from(from.year())) + i32::from(to.month())
        - i32::from(from.month());
    let reaches = |months: &i32| {
        let span = Span::new().try_months(*months).ok();
        span.and_then(|span| from.checked_add(span).ok()).is_some_and(|date| date >= to)
    };
    let months = [apart, apart.checked_add(1)?].into_iter().find(reaches)?;
    u32::try_from(months).ok()
}

#[cfg(test)]
mod tests;
