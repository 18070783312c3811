//! Renewing to a date instead of by months: the guard that holds across machines.

use jiff::civil::Date;
use oxhost::types::{PleskRenewal, PleskRenewalOrder, SubscriptionId};
use oxhost::{CivilDateTime, Client, Order, Until};
use serde_json::Value;

use crate::error::JournalError;
use crate::journal::{Claim, Journal, Placed, text_of};
use crate::reading::{Look, Reading};

/// How often the subscription may move under our hands before we give up.
const TRIES: usize = 3;

/// What a goal asked for.
#[derive(Debug)]
pub enum Renewed {
    /// The subscription lasts that long already: nothing was ordered.
    Already(CivilDateTime),
    /// The months that were missing were ordered.
    Ordered(PleskRenewalOrder, Placed<PleskRenewal>),
}

impl Journal {
    /// Renews a subscription so that it lasts to a date at least: reads when it ends, and orders the
    /// months that are missing, if any are. What is read is read again under the claim, so two that want
    /// the same through one journal order it once. Through two journals, the second finds the work done
    /// as soon as the first one's order shows.
    ///
    /// # Errors
    /// [`JournalError::Unread`] where the subscription cannot be read: nothing was sent. Others as for
    /// [`place`](Self::place).
    pub async fn renew_until(
        &self,
        client: &Client,
        subscription: &SubscriptionId,
        date: Date,
        reference: Option<&str>,
    ) -> Result<Renewed, JournalError> {
        let unread = |why: String| JournalError::Unread(why);
        for _ in 0..TRIES {
            let until = client.missing_until(subscription, date).await;
            let (order, ends) = match until.map_err(|error| unread(error.to_string()))? {
                Until::Already(ends) => return Ok(Renewed::Already(ends)),
                Until::Missing { order, ends } => (order, ends),
            };
            let parameters: Value = serde_json::from_str(&text_of(&order)?)
                .map_err(|error| JournalError::Corrupt(error.to_string()))?;
            let operation = PleskRenewalOrder::OPERATION;
            let id = match self.claim(operation, subscription, &parameters, reference).await? {
                Claim::Ours(id) => id,
                Claim::Recorded(entry) => {
                    return Ok(Renewed::Ordered(order, Placed::Recorded(entry)));
                }
            };
            let baseline = self.look_before(client, operation, &parameters).await;
            match &baseline {
                Look::Seen(Reading::Subscription(seen)) if seen.expires_at == ends => {
                    let placed = self.send(client, &order, id, &baseline).await?;
                    return Ok(Renewed::Ordered(order, placed));
                }
                Look::Seen(_) => {
                    self.take_back(&id, "the subscription was renewed meanwhile").await?;
                }
                Look::Failed(why) => {
                    self.take_back(&id, "the subscription could not be read").await?;
                    return Err(unread(why.clone()));
                }
            }
        }
        Err(unread("it ends at another time whenever it is read".to_owned()))
    }
}
