//! The same client for programs without async.

use std::num::NonZeroU32;
use std::sync::Arc;

use jiff::civil::Date;
use tokio::runtime::{Builder, Handle, Runtime};

use crate::error::{ConfigError, Error, Failure};
use crate::renew_until::{RenewedUntil, Until};
use crate::reply::Accepted;
use crate::types::{
    OrderId, OrderList, PleskRenewal, PleskRenewalOrder, PleskSubscriptionDetail, ServerExtension,
    ServerExtensionOrder, SubscriptionId, UserDetail, UserId,
};

/// A client whose calls wait for their end. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Client {
    client: crate::Client,
    waiting: Arc<Waiting>,
}

/// The runtime on which calls wait. tokio panics when one is dropped inside async code, unless told
/// that nothing is to be waited for; and nothing is, once no client is left.
#[derive(Debug)]
struct Waiting(Option<Runtime>);

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl Client {
    /// As [`crate::Client::from_env`].
    ///
    /// # Errors
    /// As there.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::new(crate::Client::from_env()?)
    }

    /// A blocking face for a client that was built.
    ///
    /// # Errors
    /// [`ConfigError::Setup`] where the system refuses what waiting needs.
    pub fn new(client: crate::Client) -> Result<Self, ConfigError> {
        let runtime = Builder::new_current_thread().enable_io().enable_time().build();
        let runtime = runtime.map_err(|error| ConfigError::Setup(error.to_string()))?;
        Ok(Self { client, waiting: Arc::new(Waiting(Some(runtime))) })
    }

    /// As [`crate::Client::renew_plesk_subscription`].
    ///
    /// # Errors
    /// As there; [`Error::NotSent`] from within async code, where waiting would stop the program.
    pub fn renew_plesk_subscription(
        &self,
        order: &PleskRenewalOrder,
    ) -> Result<Accepted<PleskRenewal>, Error> {
        self.wait(self.client.renew_plesk_subscription(order))
    }

    /// As [`crate::Client::extend_server_hours`].
    ///
    /// # Errors
    /// As there; [`Error::NotSent`] from within async code, where waiting would stop the program.
    pub fn extend_server_hours(
        &self,
        order: &ServerExtensionOrder,
    ) -> Result<Accepted<ServerExtension>, Error> {
        self.wait(self.client.extend_server_hours(order))
    }

    /// As [`crate::Client::missing_until`].
    ///
    /// # Errors
    /// As there, and as the orders here.
    pub fn missing_until(&self, id: &SubscriptionId, date: Date) -> Result<Until, Error> {
        self.wait(self.client.missing_until(id, date))
    }

    /// As [`crate::Client::renew_plesk_subscription_until`].
    ///
    /// # Errors
    /// As there, and as the orders here.
    pub fn renew_plesk_subscription_until(
        &self,
        id: &SubscriptionId,
        date: Date,
    ) -> Result<RenewedUntil, Error> {
        self.wait(self.client.renew_plesk_subscription_until(id, date))
    }

    /// As [`crate::Client::get_plesk_subscription`].
    ///
    /// # Errors
    /// As there, and as the orders here.
    pub fn get_plesk_subscription(
        &self,
        id: &SubscriptionId,
    ) -> Result<Accepted<PleskSubscriptionDetail>, Error> {
        self.wait(self.client.get_plesk_subscription(id))
    }

    /// As [`crate::Client::get_order`].
    ///
    /// # Errors
    /// As there, and as the orders here.
    pub fn get_order(&self, id: &OrderId) -> Result<Accepted<OrderList>, Error> {
        self.wait(self.client.get_order(id))
    }

    /// As [`crate::Client::list_orders`].
    ///
    /// # Errors
    /// As there, and as the orders here.
    pub fn list_orders(
        &self,
        user: &UserId,
        page: NonZeroU32,
    ) -> Result<Accepted<OrderList>, Error> {
        self.wait(self.client.list_orders(user, page))
    }

    /// As [`crate::Client::get_user`].
    ///
    /// # Errors
    /// As there, and as the orders here.
    pub fn get_user(&self, id: &UserId) -> Result<Accepted<UserDetail>, Error> {
        self.wait(self.client.get_user(id))
    }

    fn wait<T>(&self, call: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        match &self.waiting.0 {
            Some(runtime) if Handle::try_current().is_err() => runtime.block_on(call),
            _ => {
                let reason =
                    "a blocking client was used inside async code; use oxhost::Client there";
                Err(Error::NotSent(Box::new(Failure::new(None, reason))))
            }
        }
    }
}
