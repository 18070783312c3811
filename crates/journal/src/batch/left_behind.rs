//! A row that was begun before, by a worker that is gone or in an earlier run: what its order has become.

use super::BatchOrder;
use super::ending::{is_passing, of_entry};
use super::worker::Worker;
use crate::entry::Entry;
use crate::error::JournalError;
use crate::state::State;
use crate::store::{Ending, TakenRow};
use crate::verdict::Signal;

impl Worker {
    /// What a worker before this one has left of a row; nothing if it can be begun.
    pub(super) async fn left_behind(
        &self,
        row: &TakenRow,
        order: &BatchOrder,
    ) -> Result<Option<Ending>, JournalError> {
        let (provider, reference) = (self.client.provider(order.operation()), self.reference(row));
        let mut orders = self.journal.store.of_target(&provider, order.target()).await?;
        orders.retain(|entry| entry.reference.as_ref() == Some(&reference));
        let Some(entry) = orders.into_iter().max_by_key(|entry| entry.created_at) else {
            return Ok(None);
        };
        Ok(match entry.state {
            State::Claimed => {
                let reason = "its worker left before the order was sent";
                match self.journal.release(&entry.id, reason).await {
                    Ok(_) => None,
                    // It lived, and was quicker.
                    Err(error @ JournalError::InvalidTransition { .. }) => {
                        Some(Ending::again(error.to_string()))
                    }
                    Err(error) => return Err(error),
                }
            }
            State::NotSent => None,
            // Found out a moment ago.
            State::NotOrdered if entry.answer.is_none() => None,
            State::NotOrdered => self.shown_after_all(&entry, "it did not show for long").await?,
            State::Refused if is_passing(&entry) => {
                self.shown_after_all(&entry, "the provider said no").await?
            }
            _ => Some(of_entry(&entry)),
        })
    }

    /// An order that was refused for a while, or did not show for long, and shows all the same: it is not sent again.
    async fn shown_after_all(
        &self,
        entry: &Entry,
        before: &str,
    ) -> Result<Option<Ending>, JournalError> {
        let (said, confirmed) = self.journal.look_again(&self.client, entry).await?;
        if let Some(confirmed) = confirmed {
            let reason = format!("{before}, and shows all the same");
            return Ok(Some(Ending { reason: Some(reason), ..of_entry(&confirmed) }));
        }
        Ok(match said {
            // It may be the order, so it is a person's to say.
            Signal::Odd(why) | Signal::Unclear(why) => Some(Ending::not_sent(format!(
                "{before}, but {why}: look before it is ordered again"
            ))),
            // What was sent, and had no answer, is not ordered blindly.
            Signal::Blank(why) if entry.state == State::NotOrdered => {
                Some(Ending::not_sent(format!("{before}, and now nothing can be told: {why}")))
            }
            // That the balance has moved is others' doing: it was no proof of the order before.
            Signal::Unchanged | Signal::Unexplained(_) | Signal::Blank(_) | Signal::Placed(_) => {
                None
            }
        })
    }
}
