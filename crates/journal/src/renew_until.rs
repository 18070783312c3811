//! Renewing to a date instead of by months: the guard that holds across machines.

use jiff::civil::Date;
use oxhost::types::{PleskRenewal, SubscriptionId};
use oxhost::{CivilDateTime, Client, Until};

use crate::claim::{Claim, Placed};
use crate::error::JournalError;
use crate::journal::Journal;

/// How often the subscription may move under our hands before we give up.
const TRIES: usize = 3;

/// What a goal asked for.
#[derive(Debug)]
pub enum Renewed {
    /// The subscription lasts that long already: nothing was ordered.
    Already(CivilDateTime),
    /// The months that were missing were ordered.
    Ordered(Box<Placed<PleskRenewal>>),
}

impl Journal {
    /// Renews a subscription so that it lasts to a date at least: reads when it ends, and orders the
    /// months that are missing, if any are. What is read is read again under the claim, so two that want
    /// the same through one journal order it once. Through two journals, the second finds the work done
    /// as soon as the first one's order shows.
    ///
    /// # Errors
    /// [`JournalError::Unread`], [`JournalError::Moved`] where the subscription cannot be read, or not
    /// twice the same: nothing was sent. Others as for [`place`](Self::place).
    pub async fn renew_until(
        &self,
        client: &Client,
        subscription: &SubscriptionId,
        date: Date,
        reference: Option<&str>,
    ) -> Result<Renewed, JournalError> {
        let mut moved = None;
        for _ in 0..TRIES {
            let until = client.missing_until(subscription, date).await;
            let (order, ends) =
                match until.map_err(|error| JournalError::Unread(error.to_string()))? {
                    Until::Already(ends) => return Ok(Renewed::Already(ends)),
                    Until::Missing { order, ends } => (order, ends),
                };
            let ticket = match self.claim(&order, reference).await? {
                Claim::Ours(ticket) => ticket.only_if_it_ends(ends),
                Claim::Recorded(entry) => {
                    return Ok(Renewed::Ordered(Box::new(Placed::Recorded(entry))));
                }
            };
            match self.send(client, &order, ticket).await {
                Err(JournalError::Moved(reason)) => moved = Some(reason),
                placed => return Ok(Renewed::Ordered(Box::new(placed?))),
            }
        }
        Err(JournalError::Moved(moved.unwrap_or_default()))
    }
}
