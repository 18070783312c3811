//! Orders of the past, as the reads show them.

use jiff::civil::DateTime;
use rust_decimal::Decimal;
use serde::Serialize;

use crate::wire;

/// An order of a Plesk subscription. Serialises as in the documented `orders`.
#[derive(Clone, Debug, Serialize)]
pub struct PleskOrder {
    /// Id of the order.
    pub id: String,
    /// Id of the subscription, which the reply does not repeat.
    #[serde(skip)]
    pub subscription_id: String,
    /// Number of the order.
    pub order_number: String,
    /// What was debited, in EUR.
    #[serde(serialize_with = "wire::money")]
    pub amount: Decimal,
    /// `completed`, or `pending` for an order that waits for its payment.
    pub status: String,
    /// When it was placed, in the provider's civil time.
    #[serde(serialize_with = "wire::civil")]
    pub created_at: DateTime,
}

/// An order of a server.
#[derive(Clone, Debug)]
pub struct ServerOrder {
    /// Id of the order.
    pub id: String,
    /// Id of the customer who placed it.
    pub user_id: String,
    /// Id of the server.
    pub server_id: String,
    /// Number of the order.
    pub order_number: String,
    /// Kind of the order; only `dedicated_server` is documented.
    pub order_type: String,
    /// State of the order; only `completed` is documented.
    pub status: String,
    /// Hours that were bought.
    pub rental_duration_hours: i32,
    /// What was debited, in EUR.
    pub amount: Decimal,
    /// What was bought, in the provider's words.
    pub description: String,
    /// When it was placed, in the provider's civil time.
    pub created_at: DateTime,
}
