//! The reads that can prove an order. They change nothing, so they are repeated where they fail.

use crate::Client;
use crate::contract::operations;
use crate::error::ReadError;
use crate::reply::Response;
use crate::types::{
    OrderId, OrderList, PleskSubscriptionDetail, SubscriptionId, UserDetail, UserId,
};

impl Client {
    /// Reads a Plesk subscription: its expiry, and its orders.
    ///
    /// # Errors
    /// [`ReadError::Refused`]: the provider does not show it. [`ReadError::Unavailable`]: no answer of use,
    /// however often it was asked.
    pub async fn get_plesk_subscription(
        &self,
        id: &SubscriptionId,
    ) -> Result<Response<PleskSubscriptionDetail>, ReadError> {
        self.read(&operations::GET_PLESK_SUBSCRIPTION, async |api| {
            api.get_plesk_subscription(id).await
        })
        .await
    }

    /// Reads one order, as a list of one.
    ///
    /// # Errors
    /// As [`get_plesk_subscription`](Self::get_plesk_subscription).
    pub async fn get_order(&self, id: &OrderId) -> Result<Response<OrderList>, ReadError> {
        self.read(&operations::LIST_ORDERS, async |api| {
            api.list_orders(Some(id), None, None, None).await
        })
        .await
    }

    /// Reads a page of a user's orders, the first being 1. Page size and order are not documented.
    ///
    /// # Errors
    /// As [`get_plesk_subscription`](Self::get_plesk_subscription).
    pub async fn list_orders(
        &self,
        user: &UserId,
        page: std::num::NonZeroU32,
    ) -> Result<Response<OrderList>, ReadError> {
        self.read(&operations::LIST_ORDERS, async |api| {
            api.list_orders(None, Some(page), None, Some(user)).await
        })
        .await
    }

    /// Reads a user, and with it the balance on 0xhost.net.
    ///
    /// # Errors
    /// As [`get_plesk_subscription`](Self::get_plesk_subscription).
    pub async fn get_user(&self, id: &UserId) -> Result<Response<UserDetail>, ReadError> {
        self.read(&operations::GET_USER, async |api| api.get_user(id).await).await
    }
}
