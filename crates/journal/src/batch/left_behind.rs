//! A row that was begun before, by a worker that is gone or in an earlier run: what its order has become.

use super::BatchOrder;
use super::ending::{is_passing, of_entry};
use super::turn::price_of;
use super::worker::{UNDECIDED, Worker};
use crate::clock::micros;
use crate::entry::Entry;
use crate::error::JournalError;
use crate::row_state::RowState;
use crate::state::State;
use crate::store::{Ending, Price, Reserve, TakenRow};
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
            State::NotOrdered => {
                self.shown_after_all(row, &entry, "it was taken for not placed").await?
            }
            State::Refused if is_passing(&entry) => {
                self.shown_after_all(row, &entry, "the provider said no").await?
            }
            _ => Some(self.adopt(row, &entry).await?),
        })
    }

    /// What an order that stands under a row's reference makes of the row. It counts against the limit like those that
    /// were sent for it.
    pub(super) async fn adopt(
        &self,
        row: &TakenRow,
        entry: &Entry,
    ) -> Result<Ending, JournalError> {
        let ending = of_entry(entry);
        // Those that were sent for it have reserved already.
        if row.order_id.is_none() {
            let price = ending.charged.map(Price::Known);
            let price = price.unwrap_or_else(|| price_of(entry, self.is_limited()));
            let reserve = Reserve { row: self.held(row), order_id: entry.id.clone(), price };
            self.journal.store.adopt(reserve).await?;
        }
        Ok(ending)
    }

    /// What a look says of an order that had an end which the provider contradicts.
    pub(super) async fn still_in_doubt(
        &self,
        row: &TakenRow,
        id: &str,
    ) -> Result<Option<Ending>, JournalError> {
        // What is wrong with it, finding out tells.
        let Ok(entry) = self.journal.get(id).await else { return Ok(None) };
        let had_an_end = match entry.state {
            State::NotOrdered => entry.answer.is_some(),
            State::Refused => true,
            _ => false,
        };
        if !had_an_end {
            return Ok(None);
        }
        let found = self.shown_after_all(row, &entry, "it had an end").await?;
        Ok(Some(match found {
            // A look that shows nothing takes no doubt away.
            Some(ending) if ending.state == RowState::NotSent => {
                Ending { state: RowState::Unknown, pause: Some(micros(UNDECIDED)), ..ending }
            }
            Some(ending) => ending,
            None => Ending {
                reason: Some("it does not show any more: the next run orders it".to_owned()),
                ..Ending::new(RowState::NotSent)
            },
        }))
    }

    /// An order that was refused for a while, or did not show for long, and shows all the same: it is not sent again.
    pub(super) async fn shown_after_all(
        &self,
        row: &TakenRow,
        entry: &Entry,
        before: &str,
    ) -> Result<Option<Ending>, JournalError> {
        let (said, confirmed) = self.journal.look_again(&self.client, entry).await?;
        if let Some(confirmed) = confirmed {
            let reason = format!("{before}, and shows all the same");
            let ending = self.adopt(row, &confirmed).await?;
            return Ok(Some(Ending { reason: Some(reason), ..ending }));
        }
        Ok(match said {
            // It may be the order, so it is a person's to say.
            Signal::Odd(why) | Signal::Unclear(why) => {
                self.adopt(row, entry).await?;
                Some(Ending {
                    order_id: Some(entry.id.clone()),
                    reason: Some(format!("{before}, but {why}: look before it is ordered again")),
                    pause: Some(micros(UNDECIDED)),
                    ..Ending::new(RowState::Unknown)
                })
            }
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
