//! A sandbox that runs.

use std::{
    io,
    sync::{Arc, mpsc},
    thread::{self, JoinHandle},
};

use rust_decimal::Decimal;
use tokio::{
    net::TcpSocket,
    sync::{mpsc::UnboundedSender, oneshot},
};

use crate::{
    clock::Host,
    exchange::Received,
    fault::{Fault, Fired, Kind, WireFault},
    ledger::{Charge, Payment},
    listener::Closing,
    provider::World,
    service::Service,
    shown::shown,
};

mod builder;

pub use builder::Builder;

/// An imitation of the provider that listens on a socket. Dropping it stops it.
///
/// It runs on a thread of its own, and so serves blocking programs and asynchronous ones alike.
pub struct Sandbox {
    url: String,
    key: String,
    user_id: String,
    front: Arc<Service>,
    elsewhere: Arc<Service>,
    closings: UnboundedSender<Closing>,
    /// Nobody gets the port where nobody listens.
    _dead: TcpSocket,
    /// Dropped, it means: stop.
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Sandbox {
    /// Starts a sandbox with the documented data on a free port of 127.0.0.1.
    ///
    /// # Errors
    ///
    /// If no port can be listened on, or the thread cannot be started.
    pub fn start() -> io::Result<Self> {
        Self::builder().start()
    }

    /// Sets up a sandbox that differs from that of [`start`](Self::start).
    pub fn builder() -> Builder {
        Builder::new()
    }

    /// Where it is reached from here, such as `http://127.0.0.1:40123`: where it listens, or a loopback
    /// address if it listens on all. It stands for both hosts.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The root of the certificates, as PEM, if it speaks TLS.
    #[cfg(feature = "tls")]
    pub fn root_certificate(&self) -> Option<&str> {
        self.front.tls.as_ref().map(|tls| &*tls.root)
    }

    /// Name of the header that carries the key, in lower case.
    pub fn key_header(&self) -> &str {
        &self.front.provider.contract.key_header
    }

    /// The API key of the first account.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The user id of the first account.
    pub fn user_id(&self) -> &str {
        &self.user_id
    }

    /// What was really charged, in order.
    pub fn ledger(&self) -> Vec<Charge> {
        self.front.provider.state().ledger.of(Payment::Balance).cloned().collect()
    }

    /// Orders that wait for a crypto payment. Nothing was charged for them: `amount` is what would
    /// be.
    pub fn pending(&self) -> Vec<Charge> {
        self.front.provider.state().ledger.of(Payment::Crypto).cloned().collect()
    }

    /// The requests that came in, oldest first, whatever became of them, without those to `/sandbox`:
    /// of those with an account's key for an operation of the contract the latest 10 000, at most
    /// 64 MiB; of all others, and those whose body is too long, the latest 1000, at most 4 MiB.
    pub fn requests(&self) -> Vec<Received> {
        self.front.log().all()
    }

    /// How many requests came in that [`requests`](Self::requests) no longer has.
    pub fn requests_forgotten(&self) -> u64 {
        self.front.log().forgotten()
    }

    /// What someone else was charged, in order: what was ordered in [`act`](Self::act). The ledger
    /// has none of it.
    pub fn others(&self) -> Vec<Charge> {
        self.front.provider.state().ledger.of(Payment::SomeoneElse).cloned().collect()
    }

    /// Lets someone else act: another program of the same customer, the customer in the client area,
    /// the provider. What is done in one call happens at once; no request comes in between.
    ///
    /// ```
    /// # use oxhost_sandbox::{SUBSCRIPTION_ID, Sandbox};
    /// # let sandbox = Sandbox::start().unwrap();
    /// sandbox.act(|world| world.renew(SUBSCRIPTION_ID, 1)).unwrap();
    /// assert_eq!((sandbox.ledger().len(), sandbox.others().len()), (0, 1));
    /// ```
    ///
    /// The sandbox stands still meanwhile: another method of it, called from `deed`, waits for ever.
    pub fn act<T>(&self, deed: impl FnOnce(&mut World<'_>) -> T) -> T {
        deed(&mut self.front.provider.world())
    }

    /// Lets something go wrong once: with the next request, or connection, that it concerns and for
    /// which no other fault is waiting.
    ///
    /// Refused connections cannot be counted: that fault begins at once, and this returns when it has
    /// begun.
    pub fn inject(&self, fault: Fault) {
        let Kind::Wire(WireFault::Refuse(millis)) = *fault.kind() else {
            self.front.faults().waiting.push_back(fault);
            return;
        };
        let (done, is_done) = mpsc::channel();
        if self.closings.send(Closing { millis, done }).is_ok() && is_done.recv().is_ok() {
            self.front.faults().fire(fault, None);
        }
    }

    /// The faults that have happened, in order: the latest 10 000. A harness compares them with its plan.
    pub fn faults_fired(&self) -> Vec<Fired> {
        self.front.faults().fired.iter().cloned().collect()
    }

    /// The injected faults that have not happened yet.
    pub fn faults_waiting(&self) -> Vec<Fault> {
        self.front.faults().waiting.iter().cloned().collect()
    }

    /// The requests that were led to another host by a redirect, oldest first. They are answered like
    /// any other, orders included, but [`requests`](Self::requests) has none of them. As many are kept.
    pub fn elsewhere(&self) -> Vec<Received> {
        self.elsewhere.log().all()
    }

    /// Where a reply of the sandbox contradicted the contract, and how: a defect of either. Such a
    /// reply is not sent, but a 500. Looked for in debug builds, where a sandbox that has one
    /// panics when it is dropped.
    pub fn contradictions(&self) -> Vec<String> {
        self.front.provider.state().contradictions.clone()
    }

    /// What the first account has at a host, in EUR.
    pub fn balance(&self, host: Host) -> Decimal {
        self.balance_of(&self.user_id, host).unwrap_or_default()
    }

    /// What a user has at a host, in EUR, if there is such a user.
    pub fn balance_of(&self, user_id: &str, host: Host) -> Option<Decimal> {
        let state = self.front.provider.state();
        state.dataset.accounts.get(user_id).map(|account| account.balance(host))
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        // No test may pass on such a sandbox, whatever it has looked at.
        let found = self.contradictions();
        debug_assert!(found.is_empty() || thread::panicking(), "the sandbox: {found:?}");
    }
}

shown!(Sandbox: url user_id;);

#[cfg(test)]
mod tests;
