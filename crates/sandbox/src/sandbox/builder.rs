//! How a sandbox is set up.

use std::{
    fmt, io,
    net::{Ipv4Addr, SocketAddr},
};

use jiff::civil::DateTime;
use rust_decimal::Decimal;

use super::Sandbox;
use crate::{
    clock::{Clock, Host},
    fault::Fault,
    seed::Seed,
    service::Page,
};

/// Sets up a [`Sandbox`]. Untouched, it is the one of [`Sandbox::start`].
pub struct Builder {
    pub(super) address: SocketAddr,
    pub(super) seed: Seed,
    pub(super) clock: Clock,
    pub(super) faults: Vec<Fault>,
    pub(super) page: Option<Page>,
    #[cfg(feature = "tls")]
    pub(super) tls: bool,
}

impl Builder {
    pub(super) fn new() -> Self {
        Self {
            address: (Ipv4Addr::LOCALHOST, 0).into(),
            seed: Seed::documented(),
            clock: Clock::Documented,
            faults: Vec::new(),
            page: None,
            #[cfg(feature = "tls")]
            tls: false,
        }
    }

    /// Where to listen, instead of a free port of 127.0.0.1.
    #[must_use]
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// What there is at the provider, instead of [`Seed::documented`].
    #[must_use]
    pub fn seed(mut self, seed: Seed) -> Self {
        self.seed = seed;
        self
    }

    /// Balance of the first account at a host, in EUR.
    #[must_use]
    pub fn balance(mut self, host: Host, balance: Decimal) -> Self {
        if let Some(account) = self.seed.accounts.first_mut() {
            *account.balance_mut(host) = balance;
        }
        self
    }

    /// Tells the civil time at a host, instead of standing still at the moments of the documented
    /// replies: 2025-03-20 12:00:00 at [`Host::Com`], 2025-11-24 01:32:36 at [`Host::Net`].
    #[must_use]
    pub fn clock(mut self, now: impl Fn(Host) -> DateTime + Send + Sync + 'static) -> Self {
        self.clock = Clock::Given(Box::new(now));
        self
    }

    /// What goes wrong with every request that it concerns, for which no fault of
    /// [`Sandbox::inject`] is waiting. Of several, the first that concerns a request happens. A port
    /// that refuses connections does so once, from the start.
    #[must_use]
    pub fn fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// Answers `GET /` with a page for people, made for the key of the first account. It counts as no
    /// request, and meets `connect` faults alone.
    #[must_use]
    pub fn page(
        mut self,
        page: impl Fn(&str) -> io::Result<String> + Send + Sync + 'static,
    ) -> Self {
        self.page = Some(Box::new(page));
        self
    }

    /// Speaks TLS, with a certificate whose root is [`Sandbox::root_certificate`]. Where redirects
    /// lead, there is none.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn tls(mut self) -> Self {
        self.tls = true;
        self
    }

    /// Starts the sandbox.
    ///
    /// # Errors
    ///
    /// If the address cannot be listened on, the thread cannot be started, or the seed contradicts
    /// itself ([`io::ErrorKind::InvalidInput`]).
    pub fn start(self) -> io::Result<Sandbox> {
        Sandbox::launch(self)
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("address", &self.address)
            .field("seed", &self.seed)
            .field("faults", &self.faults)
            .finish_non_exhaustive()
    }
}
