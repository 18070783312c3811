//! The two orders: what is sent, what is answered, and what both answers have in common.

use std::fmt::Display;
use std::num::NonZeroU32;

use serde::Serialize;

use crate::Client;
use crate::error::{Error, InvalidOrder};
use crate::reply::{Accepted, Warning};
use crate::types::{
    Payment, PleskRenewal, PleskRenewalOrder, ServerExtension, ServerExtensionOrder, ServerId,
    SubscriptionId, UserId,
};
use crate::value::{CivilDateTime, Money};

/// What the reply to an extension says was bought.
const EXTENSION: &str = "renew_server";

/// The currency of every documented amount.
const EUR: &str = "EUR";

impl Client {
    /// Renews a Plesk subscription by calendar months, and charges for them.
    ///
    /// # What is sent
    /// One `POST`, at most once: no retry, no redirect.
    ///
    /// # Errors
    /// [`Error::Refused`] and [`Error::NotSent`]: nothing was charged. [`Error::Unknown`]: the order
    /// MAY have been placed; do not send it again.
    pub async fn renew_plesk_subscription(
        &self,
        order: &PleskRenewalOrder,
    ) -> Result<Accepted<PleskRenewal>, Error> {
        self.call(async |api| api.renew_plesk_subscription(order).await).await
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
    /// [`Error::Refused`] and [`Error::NotSent`]: nothing was charged. [`Error::Unknown`]: the order
    /// MAY have been placed; do not send it again.
    pub async fn extend_server_hours(
        &self,
        order: &ServerExtensionOrder,
    ) -> Result<Accepted<ServerExtension>, Error> {
        let mut accepted = self.call(async |api| api.extend_server_hours(order).await).await?;
        if accepted.type_.as_ref().is_some_and(|said| said != EXTENSION) {
            let said = accepted.reply().shown("type");
            accepted.warn(Warning::OtherPurchase { said, expected: EXTENSION });
        }
        Ok(accepted)
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
pub trait Order: Serialize + Sync {
    /// What the provider answers to it.
    type Reply: OrderReply;

    /// The operation of the contract, such as `renewPleskSubscription`.
    const OPERATION: &'static str;

    /// Id of what is paid for.
    fn target(&self) -> &str;

    /// Sends the order, at most once.
    ///
    /// # Errors
    /// As the helper of [`Client`] for this order.
    fn place(
        &self,
        client: &Client,
    ) -> impl Future<Output = Result<Accepted<Self::Reply>, Error>> + Send;
}

impl Order for PleskRenewalOrder {
    type Reply = PleskRenewal;
    const OPERATION: &'static str = "renewPleskSubscription";

    fn target(&self) -> &str {
        &self.subscription_id
    }

    async fn place(&self, client: &Client) -> Result<Accepted<PleskRenewal>, Error> {
        client.renew_plesk_subscription(self).await
    }
}

impl Order for ServerExtensionOrder {
    type Reply = ServerExtension;
    const OPERATION: &'static str = "extendServerHours";

    fn target(&self) -> &str {
        &self.server_id
    }

    async fn place(&self, client: &Client) -> Result<Accepted<ServerExtension>, Error> {
        client.extend_server_hours(self).await
    }
}

/// What the replies to both orders tell, whatever their shape. What a reply does not say is `None`.
pub trait OrderReply {
    /// Id of the order.
    fn order_id(&self) -> Option<&str>;
    /// Number of the order for people.
    fn order_number(&self) -> Option<&str>;
    /// Total debited.
    fn amount(&self) -> Option<Money>;
    /// Currency of the amounts, an ISO 4217 code.
    fn currency(&self) -> Option<&str>;
    /// Balance before the charge.
    fn balance_before(&self) -> Option<Money>;
    /// Balance after the charge.
    fn balance_after(&self) -> Option<Money>;
    /// When the thing that was paid for now ends.
    fn new_expiry(&self) -> Option<CivilDateTime>;
    /// The provider's words.
    fn message(&self) -> Option<&str>;
}

impl OrderReply for PleskRenewal {
    fn order_id(&self) -> Option<&str> {
        self.order.as_ref()?.id.as_ref().map(|id| id.as_str())
    }

    fn order_number(&self) -> Option<&str> {
        self.order.as_ref()?.order_number.as_deref()
    }

    fn amount(&self) -> Option<Money> {
        self.order.as_ref()?.amount
    }

    fn currency(&self) -> Option<&str> {
        self.order.as_ref()?.currency.as_deref()
    }

    fn balance_before(&self) -> Option<Money> {
        None
    }

    fn balance_after(&self) -> Option<Money> {
        self.balance_after
    }

    fn new_expiry(&self) -> Option<CivilDateTime> {
        self.subscription.as_ref()?.new_expires_at
    }

    fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }
}

impl OrderReply for ServerExtension {
    fn order_id(&self) -> Option<&str> {
        self.order_id.as_ref().map(|id| id.as_str())
    }

    fn order_number(&self) -> Option<&str> {
        None
    }

    fn amount(&self) -> Option<Money> {
        self.amount
    }

    /// Not in the reply: every price of the provider's is in EUR.
    fn currency(&self) -> Option<&str> {
        self.amount.map(|_| EUR)
    }

    fn balance_before(&self) -> Option<Money> {
        self.balance_before
    }

    fn balance_after(&self) -> Option<Money> {
        None
    }

    fn new_expiry(&self) -> Option<CivilDateTime> {
        self.server_status.as_ref()?.expire_date
    }

    fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }
}
