//! Where finding out meets the journal: its rows, its clock and its guarded writes.

use jiff::Timestamp;
use oxhost::Client;

use super::{ReconcileOptions, Source, find_out};
use crate::clock::Moment;
use crate::entry::Entry;
use crate::error::JournalError;
use crate::findings::Findings;
use crate::journal::{Journal, TRIES};
use crate::order::JournaledOrder;
use crate::snapshot::{Observation, ShownText, Snapshot};
use crate::state::{Speaker, State};
use crate::store::{Step, json};
use crate::verdict::{Case, Known, Signal, Verdict, signal};

impl Journal {
    /// Finds out what became of an order that is open or unknown: reads what the provider shows, and
    /// compares it with what there was before the order. The verdict and the observations that it rests
    /// on stand in [`Entry::findings`] afterwards; *confirmed* and *not ordered* settle the order,
    /// *undecided* leaves it to a person ([`resolve`](Self::resolve)).
    ///
    /// An order that is only claimed was not sent, and its claim is taken back. One that is settled
    /// stays as it is.
    ///
    /// # Errors
    /// [`JournalError::NoSuchOrder`], [`JournalError::Database`].
    pub async fn reconcile(
        &self,
        client: &Client,
        id: &str,
        options: &ReconcileOptions,
    ) -> Result<Entry, JournalError> {
        let entry = self.get(id).await?;
        match entry.state {
            State::Claimed => {
                let reason = "its sender left before the order was sent";
                match self.release(&entry.id, reason).await {
                    // Its sender was quicker, and it is open or settled now.
                    Err(JournalError::InvalidTransition { .. }) => {
                        Box::pin(self.reconcile(client, &entry.id, options)).await
                    }
                    released => released,
                }
            }
            State::Open | State::Unknown => {
                Self::verify_provider(client, &entry)?;
                let Some(findings) = self.look_after(client, &entry, options).await? else {
                    return self.get(&entry.id).await;
                };
                let concluded = self.conclude(&entry, &findings).await?;
                self.settle_row_of(&concluded).await?;
                Ok(concluded)
            }
            _ => Ok(entry),
        }
    }

    async fn look_after(
        &self,
        client: &Client,
        entry: &Entry,
        options: &ReconcileOptions,
    ) -> Result<Option<Findings>, JournalError> {
        let Some(order) = entry.order() else {
            let why = "there are no reads for this operation".to_owned();
            let verdict = Verdict::Undecided { why };
            return Ok(Some(Findings { verdict, observations: Vec::new(), absence_from: None }));
        };
        let known = known(entry, &self.store.of_target(&entry.provider, &entry.target).await?);
        let case = case(entry, &order, &known);
        let source = Provider { journal: self, client, case: &case, id: &entry.id };
        let seen = self.store.look_at(&entry.id).await?;
        find_out(&case, &seen.deadlines, &source, options).await
    }

    /// What one look says of an order that was refused, or found not to have been placed. One that shows is
    /// confirmed.
    pub(crate) async fn look_again(
        &self,
        client: &Client,
        entry: &Entry,
    ) -> Result<(Signal, Option<Entry>), JournalError> {
        let Some(order) = entry.order() else { return Ok((Signal::Blank(String::new()), None)) };
        let known = known(entry, &self.store.of_target(&entry.provider, &entry.target).await?);
        let case = case(entry, &order, &known);
        let seen = Snapshot::after(client, &case, false).await;
        let observation = Observation::new(self.wall(), false, seen);
        let said = signal(&case, &observation);
        let Signal::Placed(order) = &said else { return Ok((said, None)) };
        let verdict = Verdict::Confirmed { order: order.clone() };
        let findings = Findings { verdict, observations: vec![observation], absence_from: None };
        let found = self.conclude(entry, &findings).await?;
        Ok((said, Some(found)))
    }

    async fn conclude(&self, entry: &Entry, findings: &Findings) -> Result<Entry, JournalError> {
        let text = json(findings)?;
        let next = match findings.verdict {
            Verdict::Confirmed { .. } => State::Confirmed,
            Verdict::NotOrdered => State::NotOrdered,
            Verdict::Undecided { .. } => {
                let states = [State::Open, State::Unknown];
                return self.store.keep(&entry.id, "findings", &text, &states, self.wall()).await;
            }
        };
        let mut step = Step::to(next, Speaker::Reconcile);
        (step.findings, step.from) = (Some(text), Some(entry.state));
        for _ in 0..TRIES {
            match self.write(&entry.id, step.clone()).await {
                Err(JournalError::InvalidTransition { .. }) => {}
                concluded => return concluded,
            }
            let now = self.get(&entry.id).await?;
            // A late "unknown" has a note: what was read before it may be of an order that took the
            // target while this one was taken for not ordered.
            if now.state != State::Unknown || now.notes != entry.notes {
                // Its sender lived, and has written how it ended; that is better than what we found out.
                return Ok(now);
            }
            step.from = Some(now.state);
        }
        self.get(&entry.id).await
    }
}

struct Provider<'a> {
    journal: &'a Journal,
    client: &'a Client,
    case: &'a Case<'a>,
    id: &'a str,
}

impl Source for Provider<'_> {
    async fn look(&self, late: bool) -> Result<Snapshot, String> {
        Snapshot::after(self.client, self.case, late).await
    }

    async fn now(&self) -> Result<Moment, JournalError> {
        self.journal.store.now().await
    }

    fn wall(&self) -> Timestamp {
        self.journal.wall()
    }

    async fn is_wanted(&self) -> Result<bool, JournalError> {
        let state = self.journal.get(self.id).await?.state;
        Ok(matches!(state, State::Open | State::Unknown))
    }
}

fn case<'a>(entry: &'a Entry, order: &'a JournaledOrder, known: &'a Known) -> Case<'a> {
    let (baseline, placed_at) = (entry.baseline.as_ref(), entry.created_at);
    Case { order, baseline, known, placed_at }
}

/// What is known of the other orders of a target. A number that only shows in part is no name.
pub(super) fn known(entry: &Entry, orders: &[Entry]) -> Known {
    let is_name = |name: &String| !name.contains("[redacted]");
    let claimed = entry.deadlines.claimed();
    let mut known = Known::default();
    for other in orders.iter().filter(|other| other.id != entry.id) {
        let names: Vec<String> = other.names().filter(is_name).collect();
        // What the provider took long before this order stood in the baseline.
        let is_recent = other.may_not_show(&claimed, entry.created_at).is_some();
        let names: Vec<ShownText> = names.into_iter().map(ShownText::kept).collect();
        if other.was_placed() && is_recent {
            known.recent.push(names.clone());
        }
        known.names.extend(names);
    }
    known
}
