//! Finding out what became of an order. Nothing here ever sends one.

use oxhost::Client;

use crate::entry::{Entry, Evidence, Findings};
use crate::error::JournalError;
use crate::journal::{Journal, text_of};
use crate::reading::{Look, Reading};
use crate::settle::{self, Settle};
use crate::state::{Speaker, State};
use crate::store::Step;
use crate::verdict::{Verdict, judge};

impl Journal {
    /// Finds out what became of an order that is open or unknown: reads what the provider shows, over a
    /// window, and compares it with what there was before the order. The verdict and the readings that
    /// it rests on stand in [`Entry::findings`] afterwards; *confirmed* and *not ordered* settle the
    /// order, *undecided* leaves it to a person ([`resolve`](Self::resolve)).
    ///
    /// An order that is only claimed was not sent, and its claim is taken back. One that is settled
    /// stays as it is.
    ///
    /// # Errors
    /// [`JournalError::NoSuchOrder`], [`JournalError::Database`].
    pub async fn find_out(
        &self,
        client: &Client,
        id: &str,
        settle: &Settle,
    ) -> Result<Entry, JournalError> {
        let entry = self.get(id).await?;
        match entry.state {
            State::Claimed => {
                let reason = "its sender left before the order was sent";
                match self.release(id, reason).await {
                    // Its sender was quicker, and it is open or settled now.
                    Err(JournalError::InvalidTransition { .. }) => {
                        Box::pin(self.find_out(client, id, settle)).await
                    }
                    taken => taken,
                }
            }
            State::Open | State::Unknown => {
                Self::verify_provider(client, &entry)?;
                let findings = self.look_after(client, &entry, settle).await?;
                self.settle(&entry, &findings).await
            }
            _ => Ok(entry),
        }
    }

    async fn look_after(
        &self,
        client: &Client,
        entry: &Entry,
        settle: &Settle,
    ) -> Result<Findings, JournalError> {
        let Some(order) = entry.order() else {
            let why = "there are no reads for this operation".to_owned();
            return Ok(Findings { verdict: Verdict::Undecided { why }, readings: Vec::new() });
        };
        let before = match &entry.baseline {
            Some(Look::Seen(reading)) => Some(reading),
            Some(Look::Failed(_)) | None => None,
        };
        let others = self.others_of_target(entry).await?;
        let known = others.iter().flat_map(Entry::names).collect();
        // With nothing to compare, one look shows a person all there is.
        let mut pauses = before.map(|_| settle.pauses()).unwrap_or_default().into_iter();
        let of = pauses.len() + 1;
        let (mut looks, mut readings) = (Vec::new(), Vec::new());
        let verdict = loop {
            let look = Look::from(Reading::after(client, &order, before).await);
            looks.push(look.clone());
            readings.push(Evidence { at: self.wall(), look });
            let next = pauses.next();
            let verdict = judge(&order, before, &looks, &known, next.is_none());
            let next = next.filter(|_| !matches!(verdict, Verdict::Confirmed { .. }));
            if let Some(look) = looks.last() {
                settle.tell(&settle::Step { number: looks.len(), of, look, next });
            }
            match next {
                Some(pause) => settle.pause(pause).await,
                None => break verdict,
            }
        };
        Ok(Findings { verdict, readings })
    }

    async fn settle(&self, entry: &Entry, findings: &Findings) -> Result<Entry, JournalError> {
        let text = text_of(findings)?;
        let next = match findings.verdict {
            Verdict::Confirmed { .. } => State::Confirmed,
            Verdict::NotOrdered => State::NotOrdered,
            Verdict::Undecided { .. } => return self.keep(&entry.id, text).await,
        };
        let mut step = Step::to(next, Speaker::Reconcile);
        step.findings = Some(text);
        match self.write(&entry.id, step).await {
            // Its sender lived, and has written how it ended; that is better than what we found out.
            Err(JournalError::InvalidTransition { .. }) => self.get(&entry.id).await,
            settled => settled,
        }
    }
}
