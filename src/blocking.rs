//! The same client for programs without async.

use std::sync::Arc;

use jiff::civil::Date;
use tokio::runtime::{Builder, Handle, Runtime};

use crate::error::{ConfigError, Failure, OrderError, ReadError};
use crate::plan::RenewalPlan;
use crate::reply::Accepted;
use crate::types::{
    PleskRenewal, PleskRenewalOrder, ServerExtension, ServerExtensionOrder, SubscriptionId,
};

/// A client whose calls wait for their end. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Client {
    pub(crate) client: crate::Client,
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

    /// The client that this is a face of, for what takes one.
    #[must_use]
    pub fn client(&self) -> &crate::Client {
        &self.client
    }

    pub(crate) fn wait<T, E: From<Box<Failure>>>(
        &self,
        call: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        match self.waiting.0.as_ref().filter(|_| Handle::try_current().is_err()) {
            Some(runtime) => runtime.block_on(call),
            None => Err(Box::new(Failure::not_sent(None, INSIDE_ASYNC)).into()),
        }
    }
}

const INSIDE_ASYNC: &str = "a blocking client was used inside async code; use oxhost::Client there";

/// Calls of the client, which wait for their end. Those of `reads.rs` are made there, each with its own.
macro_rules! calls {
    ($($name:ident($($given:ident: $type:ty),*) -> $answer:ty, $error:ty;)*) => {
        impl $crate::blocking::Client {$(
            #[doc = concat!("As [`crate::Client::", stringify!($name), "`].")]
            ///
            /// # Errors
            /// As there; from within async code, where waiting would stop the program, that nothing was sent.
            pub fn $name(&self, $($given: $type),*) -> Result<$answer, $error> {
                self.wait(self.client.$name($($given),*))
            }
        )*}
    };
}
pub(crate) use calls;

calls! {
    renew_plesk_subscription(order: &PleskRenewalOrder) -> Accepted<PleskRenewal>, OrderError;
    extend_server_hours(order: &ServerExtensionOrder) -> Accepted<ServerExtension>, OrderError;
    plan_renewal(id: &SubscriptionId, date: Date) -> RenewalPlan, ReadError;
}
