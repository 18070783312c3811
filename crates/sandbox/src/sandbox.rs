//! A sandbox that runs.

use std::{
    fmt, io,
    net::TcpListener,
    sync::{Arc, mpsc},
    thread::{self, JoinHandle},
};

use rust_decimal::Decimal;
use tokio::{runtime, sync::oneshot};

use crate::{
    builder::Builder, clock::Host, contract::Contract, exchange::Received, http, ledger::Charge,
    provider::Provider,
};

/// An imitation of the provider that listens on a socket. Dropping it stops it.
///
/// It runs on a thread of its own, and so serves blocking programs and asynchronous ones alike.
pub struct Sandbox {
    url: String,
    key: String,
    user_id: String,
    provider: Arc<Provider>,
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

    pub(crate) fn launch(builder: Builder) -> io::Result<Self> {
        let Builder { address, seed, clock } = builder;
        let invalid = |fault| io::Error::new(io::ErrorKind::InvalidInput, fault);
        seed.check().map_err(invalid)?;
        let account = seed.accounts.first().ok_or_else(|| invalid("a seed needs an account"))?;
        let (key, user_id) = (account.key.clone(), account.user_id.clone());

        let listener = TcpListener::bind(address)?;
        let url = format!("http://{}", listener.local_addr()?);
        let provider = Arc::new(Provider::new(Contract::read()?, clock, seed));
        let (stop, stopped) = oneshot::channel();
        let (started, starting) = mpsc::channel();
        let served = Arc::clone(&provider);
        let thread = thread::Builder::new()
            .name("oxhost-sandbox".into())
            .spawn(move || run(listener, served, &started, stopped))?;
        starting.recv().map_err(io::Error::other)??;
        Ok(Self { url, key, user_id, provider, stop: Some(stop), thread: Some(thread) })
    }

    /// Where it listens, such as `http://127.0.0.1:40123`. It stands for both hosts.
    pub fn url(&self) -> &str {
        &self.url
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
        self.provider.state().ledger.charges.clone()
    }

    /// Orders that wait for a crypto payment. Nothing was charged for them: `amount` is what would
    /// be.
    pub fn pending(&self) -> Vec<Charge> {
        self.provider.state().ledger.pending.clone()
    }

    /// The requests that came in, oldest first, whatever became of them: the latest 10 000, without
    /// those to `/sandbox`.
    pub fn requests(&self) -> Vec<Received> {
        self.provider.state().journal.all()
    }

    /// What the first account has at a host, in EUR.
    pub fn balance(&self, host: Host) -> Decimal {
        self.balance_of(&self.user_id, host).unwrap_or_default()
    }

    /// What a user has at a host, in EUR, if there is such a user.
    pub fn balance_of(&self, user_id: &str, host: Host) -> Option<Decimal> {
        let state = self.provider.state();
        let account = state.stock.accounts.iter().find(|account| account.user_id == user_id)?;
        Some(account.balance(host))
    }
}

/// The thread: tells whether it could start, then serves until it is stopped.
fn run(
    listener: TcpListener,
    provider: Arc<Provider>,
    started: &mpsc::Sender<io::Result<()>>,
    stopped: oneshot::Receiver<()>,
) {
    let runtime = match runtime::Builder::new_current_thread().enable_io().enable_time().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            let _ = started.send(Err(error));
            return;
        }
    };
    let entered = runtime.enter();
    let listener = match http::listen(listener) {
        Ok(listener) => listener,
        Err(error) => {
            let _ = started.send(Err(error));
            return;
        }
    };
    drop(entered);
    drop(runtime.spawn(http::serve(listener, provider)));
    let _ = started.send(Ok(()));
    // Sent or dropped, either means: stop.
    let _ = runtime.block_on(stopped);
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox")
            .field("url", &self.url)
            .field("user_id", &self.user_id)
            .finish_non_exhaustive()
    }
}
