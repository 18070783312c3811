//! Renewing to a date instead of by months: the guard that holds across machines.

use jiff::civil::Date;
use jiff::{SignedDuration, Span};
use oxhost::contract::operations::RENEW_PLESK_SUBSCRIPTION;
use oxhost::types::{Payment, PleskRenewalOrder, SubscriptionId};
use oxhost::{CivilDateTime, Client, RenewalPlan};

use crate::claim::Claimed;
use crate::clock::LAG;
use crate::entry::Entry;
use crate::error::JournalError;
use crate::journal::Journal;
use crate::order::JournaledOrder;
use crate::snapshot::{Observation, Snapshot};

/// How often the subscription may move under our hands before we give up.
const TRIES: usize = 3;

const RENEWED: &str = "another order in the journal has renewed the subscription meanwhile";

/// What a date asks for.
#[derive(Debug)]
pub enum ClaimedUntil {
    /// Nothing: the subscription lasts that long already.
    Enough {
        /// When it ends.
        ends: CivilDateTime,
        /// The order that the reference stands for, if one was given and it stands for any.
        recorded: Option<Box<Entry>>,
    },
    /// The months that are missing.
    Renew(Claimed<PleskRenewalOrder>),
}

impl Journal {
    /// Claims the renewal that a subscription needs to last to a date at least: reads when it ends, and
    /// claims the months that are missing, if any are. What an order in this journal has promised counts
    /// as the subscription's end for as long as reads may not show it yet, and is looked at again under
    /// the claim; what was read is read again when the claim is sent. So two that want the same through
    /// one journal order it once. Through two journals, the second finds the work done as soon as the
    /// first one's order shows.
    ///
    /// # Errors
    /// [`JournalError::NotVisibleYet`] where an order of a moment ago has promised no date;
    /// [`JournalError::Unread`], [`JournalError::PreconditionFailed`] where the subscription cannot be
    /// read, or is renewed again and again. Others as for [`claim`](Self::claim). [`Claim::send`] fails
    /// with [`JournalError::PreconditionFailed`] where it does not read the same once more.
    ///
    /// [`Claim::send`]: crate::Claim::send
    pub async fn claim_until(
        &self,
        client: &Client,
        subscription: &SubscriptionId,
        date: Date,
        reference: Option<&str>,
    ) -> Result<ClaimedUntil, JournalError> {
        let provider = client.provider(&RENEW_PLESK_SUBSCRIPTION);
        for _ in 0..TRIES {
            let plan = client.plan_renewal(subscription, date).await;
            let plan = plan.map_err(|error| JournalError::Unread(Box::new(error)))?;
            let mut promised = None;
            let (shown, plan) = match plan {
                RenewalPlan::Enough(ends) => (ends, Some(RenewalPlan::Enough(ends))),
                RenewalPlan::Renew { ends: shown, .. } => {
                    promised = self.promised(&provider, subscription).await?;
                    let later = promised.filter(|end| end.civil() > shown.civil());
                    (shown, RenewalPlan::of(subscription, later.unwrap_or(shown), date))
                }
            };
            let too_far = || JournalError::Usage(format!("no renewal reaches as far as {date}"));
            let (order, ends) = match plan.ok_or_else(too_far)? {
                RenewalPlan::Renew { order, ends } => (order, ends),
                RenewalPlan::Enough(ends) => {
                    let is_same = |entry: &Entry| {
                        entry.operation == RENEW_PLESK_SUBSCRIPTION.id
                            && entry.target == subscription.as_str()
                    };
                    let recorded = self.recorded(&provider, reference, is_same).await?;
                    return Ok(ClaimedUntil::Enough { ends, recorded });
                }
            };
            let claim = match self.claim(client, order, reference).await? {
                Claimed::Ours(claim) => claim.only_if_it_ends(shown).only_if_it_ends(ends),
                // The reference stands for an earlier goal, for which as many months were missing.
                Claimed::Recorded(entry) if falls_short(&entry, date) => {
                    return Err(JournalError::OtherOrder(entry));
                }
                recorded => return Ok(ClaimedUntil::Renew(recorded)),
            };
            // Under the claim nobody else orders, but someone may have between the look and the claim.
            if self.promised(&provider, subscription).await? == promised {
                return Ok(ClaimedUntil::Renew(Claimed::Ours(claim)));
            }
            claim.release(RENEWED).await?;
        }
        Err(JournalError::PreconditionFailed(RENEWED))
    }

    /// When a subscription ends after the orders that reads may not show yet.
    async fn promised(
        &self,
        provider: &str,
        subscription: &SubscriptionId,
    ) -> Result<Option<CivilDateTime>, JournalError> {
        let now = self.store.now().await?;
        let mut orders = self.store.of_target(provider, subscription.as_str()).await?;
        orders.retain(|order| order.was_placed() && order.may_not_show(&now, self.wall()));
        orders.sort_by_key(|order| order.deadlines.claimed_at);
        let mut promised = None;
        for order in orders {
            // What it has promised is not known, and it may not show yet: that is no reason to order again.
            let Some(ends) = promise(&order, promised) else {
                return Err(JournalError::NotVisibleYet { id: order.id, wait: LAG });
            };
            promised = Some(ends);
        }
        Ok(promised)
    }
}

/// Whether an order that was placed does not reach a date.
fn falls_short(order: &Entry, date: Date) -> bool {
    order.was_placed() && promise(order, None).is_some_and(|ends| ends.civil().date() < date)
}

/// When a subscription ends after this order: what the provider's answer says, if it agrees with our own
/// count, or our own count. `None` where they differ, or neither is known.
fn promise(order: &Entry, before: Option<CivilDateTime>) -> Option<CivilDateTime> {
    if waits_for_a_payment(order) {
        return None;
    }
    let receipt = order.receipt();
    let said = receipt.and_then(|receipt| receipt.expires_at);
    match (said, counted(order, before)) {
        (Some(said), Some(counted)) => is_near(said, counted).then_some(said),
        (None, counted) => counted,
        // An answer that speaks of another order promises nothing.
        (said, None) => said.filter(|_| receipt.is_some_and(|it| it.warnings.is_empty())),
    }
}

/// Months that are paid in crypto are there once that has come, whatever the answer to the order said.
fn waits_for_a_payment(order: &Entry) -> bool {
    let renewal = |order| match order {
        JournaledOrder::Renewal(order) => Some(order.type_payment),
        JournaledOrder::Extension(_) => None,
    };
    order.order().and_then(renewal).is_some_and(|payment| payment != Payment::Balance)
}

/// Where the month has not the day, its last: the earliest that the provider may make of it.
fn counted(order: &Entry, before: Option<CivilDateTime>) -> Option<CivilDateTime> {
    let Some(JournaledOrder::Renewal(renewal)) = order.order() else { return None };
    let shown = match order.baseline.as_ref().and_then(Observation::snapshot) {
        Some(Snapshot::Subscription(seen)) => Some(seen.expires_at),
        _ => None,
    };
    let from = [shown, before].into_iter().flatten().max_by_key(|end| end.civil())?;
    let months = Span::new().try_months(renewal.months.get()).ok()?;
    from.civil().checked_add(months).ok().map(CivilDateTime::from)
}

/// Apart by no more than the end of a month can make.
fn is_near(said: CivilDateTime, counted: CivilDateTime) -> bool {
    said.civil().duration_since(counted.civil()).abs() <= SignedDuration::from_hours(3 * 24)
}
