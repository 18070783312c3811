//! Renewing to a date instead of by months: the guard that holds across machines.

use jiff::civil::Date;
use jiff::{SignedDuration, Span};
use oxhost::contract::operations::RENEW_PLESK_SUBSCRIPTION;
use oxhost::types::{Payment, PleskRenewalOrder, SubscriptionId};
use oxhost::{CivilDateTime, Client, RenewalPlan};

use crate::claim::Claimed;
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
    /// [`JournalError::Usage`] where no renewal reaches the date;
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
                RenewalPlan::Enough(ends) => (ends, plan),
                RenewalPlan::Renew { ends: shown, .. } | RenewalPlan::OutOfReach(shown) => {
                    promised = self.promised(&provider, subscription).await?;
                    let plan_from = |end: Option<CivilDateTime>| {
                        let later = end.filter(|end| end.civil() > shown.civil());
                        RenewalPlan::of(subscription, later.unwrap_or(shown), date)
                            .map_err(|error| JournalError::Usage(error.to_string()))
                    };
                    let plan = plan_from(promised.as_ref().map(|it| it.earliest))?;
                    if let Some(Promise { id, latest, .. }) = &promised
                        && months(&plan) != months(&plan_from(Some(*latest))?)
                    {
                        let (order, now) = (self.get(id).await?, self.store.now().await?);
                        let wait = order.may_not_show(&now, self.wall()).unwrap_or_default();
                        return Err(JournalError::NotVisibleYet { id: order.id, wait });
                    }
                    (shown, plan)
                }
            };
            let (order, ends) = match plan {
                RenewalPlan::Renew { order, ends } => (order, ends),
                RenewalPlan::OutOfReach(_) => {
                    return Err(JournalError::Usage(format!(
                        "nothing was ordered: no renewal reaches as far as {date}"
                    )));
                }
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
                Claimed::Ours(claim) => {
                    let latest = promised.as_ref().map_or(ends, |promise| promise.latest);
                    claim.only_if_it_ends(shown).only_if_it_ends(ends).only_if_it_ends(latest)
                }
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
    ) -> Result<Option<Promise>, JournalError> {
        let now = self.store.now().await?;
        let mut orders = self.store.of_target(provider, subscription.as_str()).await?;
        orders.retain(Entry::was_placed);
        orders.sort_by_key(|order| order.deadlines.claimed_at);
        let mut promised: Option<Promise> = None;
        for order in orders {
            let Some(wait) = order.may_not_show(&now, self.wall()) else { continue };
            // What it has promised is not known: that is no reason to order again.
            match promise(&order, promised.as_ref()) {
                Some(later) => promised = Some(later),
                None => return Err(JournalError::NotVisibleYet { id: order.id, wait }),
            }
        }
        Ok(promised)
    }
}

/// Whether an order that was placed does not reach a date.
fn falls_short(order: &Entry, date: Date) -> bool {
    order.was_placed() && promise(order, None).is_some_and(|it| it.latest.civil().date() < date)
}

/// When a subscription ends after this order: what the provider's answer says, if it agrees with our own
/// count, or our own count. `None` where they differ, or there was nothing to count from.
fn promise(order: &Entry, before: Option<&Promise>) -> Option<Promise> {
    if waits_for_a_payment(order) {
        return None;
    }
    // A date that nothing can be held against may be the one from before the order.
    let counted = counted(order, before)?;
    match order.receipt().and_then(|receipt| receipt.expires_at) {
        Some(said) => {
            let said = Promise { earliest: said, latest: said, ..counted.clone() };
            said.is_near(&counted).then_some(said)
        }
        None => Some(counted),
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

/// Our own count, from what was read before the order, or promised by one before it.
fn counted(order: &Entry, before: Option<&Promise>) -> Option<Promise> {
    let Some(JournaledOrder::Renewal(renewal)) = order.order() else { return None };
    let shown = match order.baseline.as_ref().and_then(Observation::snapshot) {
        Some(Snapshot::Subscription(seen)) => Some(seen.expires_at),
        _ => None,
    };
    let months = Span::new().try_months(renewal.months.get()).ok()?;
    let count = |before: Option<CivilDateTime>| {
        let from = [shown, before].into_iter().flatten().map(CivilDateTime::civil).max()?;
        Some((from, from.checked_add(months).ok()?))
    };
    let (_, earliest) = count(before.map(|before| before.earliest))?;
    let (from, latest) = count(before.map(|before| before.latest))?;
    // Where the month has not the day, the provider may take its last, or go on into the next month.
    let latest = latest.checked_add(Span::new().days(from.day() - latest.day())).ok()?;
    Some(Promise { id: order.id.clone(), earliest: earliest.into(), latest: latest.into() })
}

/// When a subscription ends after an order that does not show yet.
#[derive(Clone, Debug, PartialEq)]
struct Promise {
    /// The order's id in the journal.
    id: String,
    earliest: CivilDateTime,
    latest: CivilDateTime,
}

impl Promise {
    /// Apart by no more than the end of a month can make.
    fn is_near(&self, counted: &Self) -> bool {
        let apart = self.earliest.civil().duration_since(counted.earliest.civil());
        apart.abs() <= SignedDuration::from_hours(3 * 24)
    }
}

/// How many months a plan orders.
fn months(plan: &RenewalPlan) -> Option<u32> {
    match plan {
        RenewalPlan::Renew { order, .. } => Some(order.months.get()),
        RenewalPlan::Enough(_) => Some(0),
        RenewalPlan::OutOfReach(_) => None,
    }
}
