//! What any accepted order tells, whatever the shape of its reply.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::secret::REDACTED;
use crate::show::one_line;
use crate::types::{PleskRenewal, ServerExtension};
use crate::value::{CivilDateTime, Money};
use crate::warning::Warning;

/// The currency of every documented amount.
pub(crate) const EUR: &str = "EUR";

/// What an accepted order cost and did. Fit to be shown, logged and stored; what the reply does not
/// say is `None`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Receipt {
    /// HTTP status of the answer.
    pub status: u16,
    /// Id of the order.
    pub order_id: Option<String>,
    /// Number of the order for people.
    pub order_number: Option<String>,
    /// Total debited.
    pub amount: Option<Money>,
    /// Currency of the amounts, an ISO 4217 code.
    pub currency: Option<String>,
    /// Balance before the charge.
    pub balance_before: Option<Money>,
    /// Balance after the charge.
    pub balance_after: Option<Money>,
    /// When the thing that was paid for now ends.
    pub expires_at: Option<CivilDateTime>,
    /// The provider's words.
    pub message: Option<String>,
    /// What a person should look at.
    pub warnings: Vec<String>,
    /// The reply, as [`Reply::shown`](crate::Reply::shown) gives it.
    pub reply: Option<Value>,
}

impl Receipt {
    /// Its texts go to terminals and logs. What may not be shown is no id.
    pub(crate) fn on_one_line(mut self) -> Self {
        for text in [&mut self.order_id, &mut self.order_number, &mut self.currency] {
            *text = text.take().filter(|text| text != REDACTED);
            *text = text.take().map(|text| one_line(&text, LONGEST_TEXT));
        }
        self
    }

    /// Without an amount that the reply says several times, and each time another.
    pub(crate) fn without_doubtful(mut self, warnings: &[Warning]) -> Self {
        let is_amount = |field: &str| field.rsplit('.').next() == Some("amount");
        let doubts = |it: &Warning| matches!(it, Warning::Ambiguous { field } if is_amount(field));
        self.amount = self.amount.filter(|_| !warnings.iter().any(doubts));
        self
    }
}

/// The longest text of a receipt, in characters.
const LONGEST_TEXT: usize = 300;

/// A reply to an order: how its fields become a receipt.
pub trait OrderReply {
    /// The receipt's order, amounts and dates. The rest of it is the same for all replies.
    #[doc(hidden)]
    fn terms(&self) -> Receipt;
}

impl OrderReply for PleskRenewal {
    fn terms(&self) -> Receipt {
        let order = self.order.as_ref();
        let id = order.and_then(|order| order.id.as_ref());
        Receipt {
            order_id: id.map(ToString::to_string),
            order_number: order.and_then(|order| order.order_number.clone()),
            amount: order.and_then(|order| order.amount),
            currency: order.and_then(|order| order.currency.clone()),
            balance_after: self.balance_after,
            expires_at: self.subscription.as_ref().and_then(|it| it.new_expires_at),
            ..Receipt::default()
        }
    }
}

impl OrderReply for ServerExtension {
    fn terms(&self) -> Receipt {
        Receipt {
            order_id: self.order_id.as_ref().map(ToString::to_string),
            amount: self.amount,
            // Not in the reply: every price of the provider's is in EUR.
            currency: self.amount.map(|_| EUR.to_owned()),
            balance_before: self.balance_before,
            expires_at: self.server_status.as_ref().and_then(|server| server.expire_date),
            ..Receipt::default()
        }
    }
}
