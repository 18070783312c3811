//! The library as the one who orders, with its own timeouts.

use std::time::Duration;

use oxhost::types::{PleskRenewalOrder, ServerExtensionOrder};
use oxhost::{Client, OrderError, Outcome, ReadError};
use oxhost_sandbox::{SERVER_ID, SUBSCRIPTION_ID, Sandbox, USER_ID};

use super::plan::{Call, Step};
use super::run::{Bench, Subject};

pub struct Library(Client);

impl Subject for Library {
    fn new(sandbox: &Sandbox, reuse: bool) -> Self {
        // The pauses between reads would be on a clock that stands still.
        let mut builder = Client::builder(sandbox.key())
            .base_url(sandbox.url())
            .repeat_reads(0, Duration::ZERO)
            .reuse_connections(reuse);
        if let Some(root) = sandbox.root_certificate() {
            builder = builder.root_certificate(root);
        }
        Self(builder.build().unwrap())
    }

    async fn call(&self, bench: &Bench, step: &Step, units: u32) -> Outcome {
        let Self(client) = self;
        match step.call {
            Call::Renew => {
                let order = PleskRenewalOrder::new(SUBSCRIPTION_ID, units).unwrap();
                word(bench.meanwhile(step, client.renew_plesk_subscription(&order)).await)
            }
            Call::Extend => {
                let order = ServerExtensionOrder::new(USER_ID, SERVER_ID, units).unwrap();
                word(bench.meanwhile(step, client.extend_server_hours(&order)).await)
            }
            Call::Read => {
                let id = SUBSCRIPTION_ID.parse().unwrap();
                let read = bench.meanwhile(step, client.get_plesk_subscription(&id)).await;
                read.map_or_else(|error| of_read(&error), |_| Outcome::Accepted)
            }
        }
    }
}

fn word<T>(result: Result<T, OrderError>) -> Outcome {
    result.map_or_else(|error| error.outcome(), |_| Outcome::Accepted)
}

/// For the table alone: a read has no outcome.
fn of_read(error: &ReadError) -> Outcome {
    match error {
        ReadError::Refused(_) => Outcome::Refused,
        ReadError::Unavailable(_) => Outcome::Unknown,
    }
}
