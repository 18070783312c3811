//! The reads that can prove an order. They change nothing, so they are repeated where they fail.

use std::num::NonZeroU32;

use crate::Client;
use crate::contract::operations;
use crate::error::ReadError;
use crate::reply::Response;
use crate::types::{
    OrderId, OrderList, PleskSubscriptionDetail, SubscriptionId, UserDetail, UserId,
};

/// A helper for each call of a read.
macro_rules! reads {
    ($($(#[$says:meta])* $name:ident($($given:ident: $type:ty),*) -> $reply:ty: $operation:ident, $call:expr;)*) => {
        impl Client {$(
            $(#[$says])*
            ///
            /// # Errors
            /// [`ReadError::Refused`]: the provider does not show it. [`ReadError::Unavailable`]: no answer of
            /// use, however often it was asked.
            pub async fn $name(&self, $($given: $type),*) -> Result<Response<$reply>, ReadError> {
                Ok(Response::new(self.call(&operations::$operation, $call).await?))
            }
        )*}

        #[cfg(feature = "blocking")]
        crate::blocking::calls! {
            $($name($($given: $type),*) -> Response<$reply>, ReadError;)*
        }
    };
}

reads! {
    /// Reads a Plesk subscription: its expiry, and its orders.
    get_plesk_subscription(id: &SubscriptionId) -> PleskSubscriptionDetail:
        GET_PLESK_SUBSCRIPTION, async |api| api.get_plesk_subscription(id).await;

    /// Reads one order, as a list of one.
    get_order(id: &OrderId) -> OrderList:
        LIST_ORDERS, async |api| api.list_orders(Some(id), None, None, None).await;

    /// Reads a page of a user's orders, the first being 1. Page size and order are not documented.
    list_orders(user: &UserId, page: NonZeroU32) -> OrderList:
        LIST_ORDERS, async |api| api.list_orders(None, Some(page), None, Some(user)).await;

    /// Reads a user, and with it the balance on 0xhost.net.
    get_user(id: &UserId) -> UserDetail: GET_USER, async |api| api.get_user(id).await;
}
