//! The library as the one who orders, with its own timeouts.

use std::time::Duration;

use oxhost::types::{PleskRenewalOrder, ServerExtensionOrder};
use oxhost::{Accepted, Client, Error};
use oxhost_sandbox::{SERVER_ID, SUBSCRIPTION_ID, Sandbox, USER_ID};

use super::plan::{Call, Step};
use super::run::{Bench, Subject};

pub struct Library(Client);

impl Subject for Library {
    fn new(sandbox: &Sandbox) -> Self {
        // The pauses between reads would be on a clock that stands still.
        let mut builder =
            Client::builder(sandbox.key()).base_url(sandbox.url()).read_again(0, Duration::ZERO);
        if let Some(root) = sandbox.root_certificate() {
            builder = builder.root_certificate(root);
        }
        Self(builder.build().unwrap())
    }

    async fn call(&self, bench: &Bench, step: &Step, units: u32) -> &'static str {
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
                word(bench.meanwhile(step, client.get_plesk_subscription(&id)).await)
            }
        }
    }
}

fn word<T>(result: Result<Accepted<T>, Error>) -> &'static str {
    result.map_or_else(|error| error.outcome(), |_| "accepted")
}
