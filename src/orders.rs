//! The two orders: what is sent, and what an answer to it must speak of.

use std::fmt::Display;
use std::num::NonZeroU32;

use rust_decimal::{Decimal, RoundingStrategy};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Client;
use crate::contract::{Operation, operations};
use crate::error::{InvalidOrder, OrderError};
use crate::receipt::EUR;
use crate::receipt::OrderReply;
use crate::reply::{Accepted, Reply};
use crate::types::{
    Payment, PleskRenewal, PleskRenewalOrder, ServerExtension, ServerExtensionOrder, ServerId,
    SubscriptionId, UserId,
};
use crate::value::{Identifier, Money, WholeNumber};
use crate::warning::Warning;

/// What the reply to an extension says was bought.
const EXTENSION: &str = "renew_server";

/// A plan's price is for so many hours.
const HOURS_OF_A_PRICE: u32 = 720;

impl Client {
    /// Renews a Plesk subscription by calendar months, and charges for them.
    ///
    /// # What is sent
    /// One `POST`, at most once: no retry, no redirect.
    ///
    /// # Errors
    /// [`OrderError::Refused`] and [`OrderError::NotSent`]: nothing was charged.
    /// [`OrderError::Unknown`]: the order MAY have been placed; do not send it again.
    pub async fn renew_plesk_subscription(
        &self,
        order: &PleskRenewalOrder,
    ) -> Result<Accepted<PleskRenewal>, OrderError> {
        order.place(self).await
    }

    /// Extends a server by hours, and charges for them.
    ///
    /// A reply that says that something else was bought is accepted, for it was, and carries
    /// [`Warning::OtherPurchase`].
    ///
    /// # What is sent
    /// One `POST`, at most once: no retry, no redirect.
    ///
    /// # Errors
    /// [`OrderError::Refused`] and [`OrderError::NotSent`]: nothing was charged.
    /// [`OrderError::Unknown`]: the order MAY have been placed; do not send it again.
    pub async fn extend_server_hours(
        &self,
        order: &ServerExtensionOrder,
    ) -> Result<Accepted<ServerExtension>, OrderError> {
        order.place(self).await
    }
}

impl PleskRenewalOrder {
    /// A renewal by `months` calendar months, on the present plan, paid from the balance. Other
    /// fields are set by name:
    ///
    /// ```
    /// use oxhost::types::{Payment, PleskRenewalOrder};
    ///
    /// let order = PleskRenewalOrder {
    ///     type_payment: Payment::Crypto,
    ///     ..PleskRenewalOrder::new("sub123-4567-8901-2345-678901234567", 3)?
    /// };
    /// # Ok::<_, oxhost::InvalidOrder>(())
    /// ```
    ///
    /// # Errors
    /// An empty id, or no months.
    pub fn new<I>(subscription_id: I, months: u32) -> Result<Self, InvalidOrder>
    where
        I: TryInto<SubscriptionId, Error: Display>,
    {
        let subscription_id = id("subscription_id", subscription_id)?;
        Ok(Self::of_required(count("months", months)?, subscription_id, Payment::Balance))
    }
}

impl ServerExtensionOrder {
    /// An extension of the user's server by `hours`.
    ///
    /// With a [`UserId`] and a [`ServerId`] instead of texts, the compiler keeps the two apart:
    ///
    /// ```compile_fail
    /// use oxhost::types::{ServerExtensionOrder, ServerId, UserId};
    ///
    /// let (user, server): (UserId, ServerId) = ("u".parse()?, "s".parse()?);
    /// ServerExtensionOrder::new(server, user, 1)?; // the wrong way round
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    /// ```
    /// # use oxhost::types::{ServerExtensionOrder, ServerId, UserId};
    /// # let (user, server): (UserId, ServerId) = ("u".parse()?, "s".parse()?);
    /// ServerExtensionOrder::new(user, server, 1)?;
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// An empty id, or no hours.
    pub fn new<U, S>(user_id: U, server_id: S, hours: u32) -> Result<Self, InvalidOrder>
    where
        U: TryInto<UserId, Error: Display>,
        S: TryInto<ServerId, Error: Display>,
    {
        let (user_id, server_id) = (id("user_id", user_id)?, id("server_id", server_id)?);
        Ok(Self::of_required(count("hours", hours)?, server_id, user_id))
    }
}

fn id<T, I>(field: &'static str, value: I) -> Result<T, InvalidOrder>
where
    I: TryInto<T, Error: Display>,
{
    value.try_into().map_err(|error| InvalidOrder { field, reason: format!("is invalid: {error}") })
}

/// The contract's `format: int32` with a `minimum` of 1.
fn count(field: &'static str, value: u32) -> Result<NonZeroU32, InvalidOrder> {
    let in_range = i32::try_from(value).is_ok();
    NonZeroU32::new(value).filter(|_| in_range).ok_or_else(|| InvalidOrder {
        field,
        reason: format!("must be a whole number from 1 to {}, not {value}", i32::MAX),
    })
}

/// An order: something that is sent once and charges money.
pub trait Order: Serialize + DeserializeOwned + Send + Sync {
    /// What the provider answers to it.
    type Reply: OrderReply + DeserializeOwned + Serialize + Default + Send;

    /// The operation of the contract.
    fn operation(&self) -> &'static Operation;

    /// Id of what is paid for.
    fn target(&self) -> &str;

    /// Sends the order, at most once.
    ///
    /// # Errors
    /// As the helper of [`Client`] for this order.
    fn place(
        &self,
        client: &Client,
    ) -> impl Future<Output = Result<Accepted<Self::Reply>, OrderError>> + Send;
}

/// One kind of order: its operation, its reply, and how both are held against each other.
macro_rules! orders {
    ($($order:ident -> $reply:ty: $operation:ident, $method:ident, $target:ident, $judge:ident;)*) => {$(
        impl Order for $order {
            type Reply = $reply;

            fn operation(&self) -> &'static Operation {
                &operations::$operation
            }

            fn target(&self) -> &str {
                &self.$target
            }

            async fn place(&self, client: &Client) -> Result<Accepted<$reply>, OrderError> {
                let call = async |api: crate::generated::Client| api.$method(self).await;
                let reply = client.call(self.operation(), call).await?;
                Ok(Accepted::new(reply, |reply| $judge(self, reply)))
            }
        }
    )*};
}

orders! {
    PleskRenewalOrder -> PleskRenewal:
        RENEW_PLESK_SUBSCRIPTION, renew_plesk_subscription, subscription_id, other_renewal;
    ServerExtensionOrder -> ServerExtension:
        EXTEND_SERVER_HOURS, extend_server_hours, server_id, other_extension;
}

/// Where the answer to a renewal speaks of another one.
fn other_renewal(order: &PleskRenewalOrder, reply: &Reply) -> Vec<Warning> {
    let target = other_target("subscription.id", &order.subscription_id, reply);
    let months = other_duration("subscription.months_added", order.months, "months", reply);
    let currency = reply.said::<String>("order.currency").into_iter().find(|said| said != EUR);
    let currency = currency.map(|said| Warning::OtherCurrency { said: reply.shown_text(&said) });
    [target, months, currency].into_iter().flatten().collect()
}

/// Where the answer to an extension speaks of another one. `server_status.id` says nothing: in the
/// documented answer it is not the id that was ordered for.
fn other_extension(order: &ServerExtensionOrder, reply: &Reply) -> Vec<Warning> {
    let purchase = reply.said::<String>("type").into_iter().find(|said| said != EXTENSION);
    let purchase = purchase
        .map(|said| Warning::OtherPurchase { said: reply.shown_text(&said), expected: EXTENSION });
    let hours = ["hours_purchased", "server_status.rental_duration_hours"];
    let hours = hours.iter().find_map(|field| other_duration(field, order.hours, "hours", reply));
    let user = ["server_status.user_id", "server_status.owner_id"];
    let user = user.into_iter().find_map(|field| other_target(field, &order.user_id, reply));
    let amount = other_amount(order.hours, reply);
    [purchase, hours, user, amount].into_iter().flatten().collect()
}

/// The documented price: the plan's for 720 hours in proportion, rounded to cents.
fn other_amount(hours: NonZeroU32, reply: &Reply) -> Option<Warning> {
    let price = |price: Money| {
        let exact =
            price.amount().checked_mul(hours.get().into())? / Decimal::from(HOURS_OF_A_PRICE);
        Some(exact.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero))
    };
    let prices = reply.said("server_status.plan_price").into_iter();
    let expected: Vec<Decimal> = prices.filter_map(price).collect();
    let first = expected.first()?;
    // The provider may round up or down.
    let fits = |charged: &Money| {
        expected.iter().any(|it| (charged.amount() - it).abs() <= Decimal::new(1, 2))
    };
    let charged = reply.said::<Money>("amount").into_iter().find(|charged| !fits(charged))?;
    Some(Warning::OtherAmount {
        charged: reply.shown_text(&charged.to_string()),
        expected: reply.shown_text(&first.to_string()),
    })
}

fn other_target(field: &'static str, ordered: &str, reply: &Reply) -> Option<Warning> {
    let said = reply.said::<Identifier>(field).into_iter().find(|said| said.as_str() != ordered)?;
    Some(Warning::OtherTarget { field, said: reply.shown_text(said.as_str()) })
}

fn other_duration(
    field: &str,
    ordered: NonZeroU32,
    unit: &'static str,
    reply: &Reply,
) -> Option<Warning> {
    let ordered = ordered.get();
    let said = reply.said::<WholeNumber>(field).into_iter().map(WholeNumber::get);
    let said = said.into_iter().find(|said| *said != i64::from(ordered))?;
    Some(Warning::OtherDuration { said: reply.shown_text(&said.to_string()), ordered, unit })
}
