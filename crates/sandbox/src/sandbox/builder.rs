//! How a sandbox is set up.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener},
    sync::{Arc, mpsc},
    thread,
    time::Instant,
};

use jiff::civil::DateTime;
use rust_decimal::Decimal;
use tokio::{
    runtime,
    sync::{mpsc::unbounded_channel, oneshot},
};

use super::Sandbox;
use crate::{
    clock::{Clock, Host},
    contract::Contract,
    fault::{Fault, Kind, Places, To, WireFault},
    listener::{bound, serve},
    provider::Provider,
    seed::Seed,
    service::{OwnPaths, Page, Service},
    shown::shown,
    stream::Tls,
};

/// Sets up a [`Sandbox`]. Untouched, it is the one of [`Sandbox::start`].
pub struct Builder {
    address: SocketAddr,
    seed: Seed,
    clock: Clock,
    faults: Vec<Fault>,
    page: Option<Page>,
    #[cfg(feature = "tls")]
    tls: bool,
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

    /// Starts at the moments of the documented replies, and goes on from there.
    #[must_use]
    pub fn moving_clock(self) -> Self {
        let begun = Instant::now();
        self.clock(move |host| Clock::Documented.now(host).saturating_add(begun.elapsed()))
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
        let invalid = |fault| io::Error::new(io::ErrorKind::InvalidInput, fault);
        let account = self.seed.checked().map_err(invalid)?;
        let (key, user_id) = (account.key.clone(), account.user_id.clone());

        let here = TcpListener::bind(self.address)?;
        let reached = reached(here.local_addr()?);
        #[cfg(feature = "tls")]
        let tls = self.tls.then(|| Tls::new(reached)).transpose().map_err(io::Error::other)?;
        #[cfg(not(feature = "tls"))]
        let tls = None::<Tls>;
        let url = format!("{}://{reached}", if tls.is_some() { "https" } else { "http" });
        let away = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = away.local_addr()?.port();
        let dead = bound((Ipv4Addr::LOCALHOST, 0).into())?;
        let places = Places::from([
            (To::Same, url.clone()),
            (To::Other, format!("http://localhost:{port}")),
            (To::Plain, format!("http://{}:{port}", Ipv4Addr::LOCALHOST)),
            (To::Dead, format!("http://{}", dead.local_addr()?)),
        ]);
        let provider = Arc::new(Provider::new(Contract::shared()?, self.clock, self.seed));
        let own_paths = OwnPaths { page: self.page };
        let front = Service::new(Arc::clone(&provider), tls, places, Some(own_paths));
        // Where redirects lead: another host of the same provider, which takes orders, too.
        let elsewhere = Service::new(provider, None, Places::default(), None);
        let (front, elsewhere) = (Arc::new(front), Arc::new(elsewhere));
        let (closings, closed) = unbounded_channel();
        let (stop, stopped) = oneshot::channel();
        // Before there is a runtime, which must not be dropped where the caller has one.
        let (hand_over, handed_over) = mpsc::channel::<runtime::Runtime>();
        let run = move || handed_over.recv().map(|runtime| runtime.block_on(stopped));
        let thread = thread::Builder::new().name("oxhost-sandbox".into()).spawn(|| drop(run()))?;
        let runtime = runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
        let served = {
            let _within = runtime.enter();
            serve(here, Arc::clone(&front), closed)
                .and_then(|()| serve(away, Arc::clone(&elsewhere), unbounded_channel().1))
        };
        // It comes to an end there even so, for nobody will stop it.
        let _ = hand_over.send(runtime);
        served?;

        let (stop, thread) = (Some(stop), Some(thread));
        let sandbox =
            Sandbox { url, key, user_id, front, elsewhere, closings, _dead: dead, stop, thread };
        for fault in self.faults {
            match fault.kind() {
                Kind::Wire(WireFault::Refuse(_)) => sandbox.inject(fault),
                _ => sandbox.front.faults().standing.push(fault),
            }
        }
        Ok(sandbox)
    }
}

/// Of all addresses, `0.0.0.0` or `[::]`, the one that can be sent to, and in the clear.
fn reached(mut address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    address
}

shown!(Builder: address seed faults;);
