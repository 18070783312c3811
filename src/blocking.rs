//! The same client for programs without async.

use std::num::NonZeroU32;
use std::sync::Arc;

use jiff::civil::Date;
use tokio::runtime::{Builder, Handle, Runtime};

use crate::error::{ConfigError, OrderError, ReadError};
use crate::plan::RenewalPlan;
use crate::reply::{Accepted, Response};
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
    /// As there; [`OrderError::NotSent`] from within async code, where waiting would stop the program.
    pub fn renew_plesk_subscription(
        &self,
        order: &PleskRenewalOrder,
    ) -> Result<Accepted<PleskRenewal>, OrderError> {
        self.order(self.client.renew_plesk_subscription(order))
    }

    /// As [`crate::Client::extend_server_hours`].
    ///
    /// # Errors
    /// As there; [`OrderError::NotSent`] from within async code, where waiting would stop the program.
    pub fn extend_server_hours(
        &self,
        order: &ServerExtensionOrder,
    ) -> Result<Accepted<ServerExtension>, OrderError> {
        self.order(self.client.extend_server_hours(order))
    }

    /// As [`crate::Client::plan_renewal`].
    ///
    /// # Errors
    /// As there; [`ReadError::Unavailable`] from within async code.
    pub fn plan_renewal(&self, id: &SubscriptionId, date: Date) -> Result<RenewalPlan, ReadError> {
        self.read(self.client.plan_renewal(id, date))
    }

    /// As [`crate::Client::get_plesk_subscription`].
    ///
    /// # Errors
    /// As there; [`ReadError::Unavailable`] from within async code.
    pub fn get_plesk_subscription(
        &self,
        id: &SubscriptionId,
    ) -> Result<Response<PleskSubscriptionDetail>, ReadError> {
        self.read(self.client.get_plesk_subscription(id))
    }

    /// As [`crate::Client::get_order`].
    ///
    /// # Errors
    /// As there; [`ReadError::Unavailable`] from within async code.
    pub fn get_order(&self, id: &OrderId) -> Result<Response<OrderList>, ReadError> {
        self.read(self.client.get_order(id))
    }

    /// As [`crate::Client::list_orders`].
    ///
    /// # Errors
    /// As there; [`ReadError::Unavailable`] from within async code.
    pub fn list_orders(
        &self,
        user: &UserId,
        page: NonZeroU32,
    ) -> Result<Response<OrderList>, ReadError> {
        self.read(self.client.list_orders(user, page))
    }

    /// As [`crate::Client::get_user`].
    ///
    /// # Errors
    /// As there; [`ReadError::Unavailable`] from within async code.
    pub fn get_user(&self, id: &UserId) -> Result<Response<UserDetail>, ReadError> {
        self.read(self.client.get_user(id))
    }

    fn order<T>(&self, call: impl Future<Output = Result<T, OrderError>>) -> Result<T, OrderError> {
        self.wait(call).unwrap_or_else(|| Err(OrderError::not_sent(None, INSIDE_ASYNC)))
    }

    fn read<T>(&self, call: impl Future<Output = Result<T, ReadError>>) -> Result<T, ReadError> {
        self.wait(call).unwrap_or_else(|| Err(ReadError::unavailable(None, INSIDE_ASYNC)))
    }

    /// `None` inside async code, where waiting would stop the program.
    fn wait<T>(&self, call: impl Future<Output = T>) -> Option<T> {
        let runtime = self.waiting.0.as_ref().filter(|_| Handle::try_current().is_err())?;
        Some(runtime.block_on(call))
    }
}

const INSIDE_ASYNC: &str = "a blocking client was used inside async code; use oxhost::Client there";
