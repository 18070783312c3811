//! How a sandbox is set up.

use std::{
    fmt, io,
    net::{Ipv4Addr, SocketAddr},
};

use jiff::civil::DateTime;
use rust_decimal::Decimal;

use crate::{
    Sandbox,
    clock::{self, Clock, Host},
    seed::Seed,
};

/// Sets up a [`Sandbox`]. Untouched, it is the one of [`Sandbox::start`].
pub struct Builder {
    pub(crate) address: SocketAddr,
    pub(crate) seed: Seed,
    pub(crate) clock: Clock,
}

impl Builder {
    pub(crate) fn new() -> Self {
        Self {
            address: (Ipv4Addr::LOCALHOST, 0).into(),
            seed: Seed::documented(),
            clock: Box::new(clock::documented),
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
        self.clock = Box::new(now);
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
            .finish_non_exhaustive()
    }
}
