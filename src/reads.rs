//! The reads that can prove an order. They change nothing, so they are repeated where they fail.

use crate::Client;
use crate::error::Error;
use crate::reply::Accepted;
use crate::types::{
    OrderId, OrderList, PleskSubscriptionDetail, SubscriptionId, UserDetail, UserId,
};

impl Client {
    /// Reads a Plesk subscription: its expiry, and its orders.
    ///
    /// # Errors
    /// [`Error::Refused`]: the provider does not show it. [`Error::NotSent`], [`Error::Unknown`]: no
    /// answer, however often it was asked.
    pub async fn get_plesk_subscription(
        &self,
        id: &SubscriptionId,
    ) -> Result<Accepted<PleskSubscriptionDetail>, Error> {
        self.call(async |api| api.get_plesk_subscription(id).await).await
    }

    /// Reads one order, as a list of one.
    ///
    /// # Errors
    /// As [`get_plesk_subscription`](Self::get_plesk_subscription).
    pub async fn get_order(&self, id: &OrderId) -> Result<Accepted<OrderList>, Error> {
        self.call(async |api| api.list_orders(Some(id), None, None, None).await).await
    }

    /// Reads a page of a user's orders, the first being 1. Page size and order are not documented.
    ///
    /// # Errors
    /// As [`get_plesk_subscription`](Self::get_plesk_subscription).
    pub async fn list_orders(
        &self,
        user: &UserId,
        page: std::num::NonZeroU32,
    ) -> Result<Accepted<OrderList>, Error> {
        self.call(async |api| api.list_orders(None, Some(page), None, Some(user)).await).await
    }

    /// Reads a user, and with it the balance on 0xhost.net.
    ///
    /// # Errors
    /// As [`get_plesk_subscription`](Self::get_plesk_subscription).
    pub async fn get_user(&self, id: &UserId) -> Result<Accepted<UserDetail>, Error> {
        self.call(async |api| api.get_user(id).await).await
    }
}
