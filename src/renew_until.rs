//! Renewing to a date instead of by months.

use jiff::Span;
use jiff::civil::Date;

use crate::Client;
use crate::error::{Error, Failure};
use crate::reply::Accepted;
use crate::types::{PleskRenewal, PleskRenewalOrder, SubscriptionId};
use crate::value::CivilDateTime;

/// What a subscription lacks to last to a date.
#[derive(Clone, Debug)]
pub enum Until {
    /// Nothing: it ends then, which is late enough.
    Already(CivilDateTime),
    /// This renewal.
    Missing {
        /// The renewal by the fewest calendar months that reach the date.
        order: PleskRenewalOrder,
        /// When the subscription ends now.
        ends: CivilDateTime,
    },
}

/// What became of a goal.
#[derive(Debug)]
pub enum RenewedUntil {
    /// The subscription lasts that long already: nothing was ordered.
    Already(CivilDateTime),
    /// The months that were missing were ordered.
    Ordered(Box<Accepted<PleskRenewal>>),
}

impl Client {
    /// Reads what a subscription lacks to end on a date or later. Orders nothing.
    ///
    /// # Errors
    /// [`Error::Refused`], [`Error::NotSent`], [`Error::Unknown`]: it could not be read, or the date is
    /// out of reach. Nothing was ordered.
    pub async fn missing_until(&self, id: &SubscriptionId, date: Date) -> Result<Until, Error> {
        let reply = self.get_plesk_subscription(id).await?;
        let ends = reply.subscription.as_ref().and_then(|subscription| subscription.expires_at);
        let fail = |reason: &str| {
            Error::NotSent(Box::new(Failure::new(Some(reply.reply().operation()), reason)))
        };
        let Some(ends) = ends else {
            return Err(fail("the reply does not say when the subscription ends"));
        };
        if ends.civil().date() >= date {
            return Ok(Until::Already(ends));
        }
        let months = missing_months(ends.civil().date(), date);
        let order = months.and_then(|months| PleskRenewalOrder::new(id.clone(), months).ok());
        let order = order.ok_or_else(|| fail("no renewal reaches so far"))?;
        Ok(Until::Missing { order, ends })
    }

    /// Renews a subscription so that it ends on a date or later: reads when it ends, and orders the
    /// months that are missing, if any are. Safe to call again, on any machine: once the renewal shows,
    /// nothing is ordered. Two at the same moment can both find it missing; a journal
    /// (`oxhost-journal`) keeps them apart.
    ///
    /// # What is sent
    /// A read, repeated if it fails; then at most one `POST`.
    ///
    /// # Errors
    /// As [`renew_plesk_subscription`](Self::renew_plesk_subscription); where the read fails, nothing
    /// was ordered.
    pub async fn renew_plesk_subscription_until(
        &self,
        id: &SubscriptionId,
        date: Date,
    ) -> Result<RenewedUntil, Error> {
        match self.missing_until(id, date).await? {
            Until::Already(ends) => Ok(RenewedUntil::Already(ends)),
            Until::Missing { order, .. } => {
                let accepted = self.renew_plesk_subscription(&order).await?;
                Ok(RenewedUntil::Ordered(Box::new(accepted)))
            }
        }
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
mod tests {
    use super::*;

    /// The definition, counted up from 1.
    fn counted(from: Date, to: Date) -> Option<u32> {
        (1..=30).find(|months| from.checked_add(Span::new().months(*months)).unwrap() >= to)
    }

    #[test]
    fn the_months_are_the_fewest_that_reach_the_date() {
        let first = jiff::civil::date(2024, 1, 1);
        for from in (0..60).map(|days| first.checked_add(Span::new().days(days)).unwrap()) {
            for days in 1..800 {
                let to = from.checked_add(Span::new().days(days)).unwrap();
                assert_eq!(missing_months(from, to), counted(from, to), "{from} to {to}");
            }
        }
        assert_eq!(missing_months(Date::MIN, Date::MAX), None, "more months than a span holds");
    }
}
