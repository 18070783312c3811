//! The provider as a state machine: requests in, replies out, no sockets.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::{
    clock::Clock,
    contract::{Call, Contract, Order, Read},
    control,
    exchange::{BODY_LIMIT, Journal, Received, Reply},
    fields::Fields,
    ledger::Ledger,
    query::Query,
    refusal::Refusal,
    seed::Seed,
};

mod booking;
mod plesk;
mod price;
mod reads;
mod servers;

pub(crate) struct Provider {
    contract: Contract,
    clock: Clock,
    state: Mutex<State>,
}

/// All that can change, under one lock.
pub(crate) struct State {
    /// What there is, as it is now.
    pub(crate) stock: Seed,
    pub(crate) ledger: Ledger,
    pub(crate) journal: Journal,
    pub(crate) counts: Counts,
}

/// How many requests came in for each operation, whatever became of them.
pub(crate) type Counts = BTreeMap<&'static str, u64>;

/// For requests that are for no operation.
pub(crate) const OTHER: &str = "other";

impl Provider {
    pub(crate) fn new(contract: Contract, clock: Clock, seed: Seed) -> Self {
        let state = State {
            stock: seed,
            ledger: Ledger::default(),
            journal: Journal::default(),
            counts: Order::ALL
                .map(Order::id)
                .into_iter()
                .chain(Read::ALL.map(Read::id))
                .chain([OTHER])
                .map(|id| (id, 0))
                .collect(),
        };
        Self { contract, clock, state: Mutex::new(state) }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn answer(&self, request: &Received) -> Reply {
        let reply = if control::owns(&request.path) {
            control::answer(self, request)
        } else if let Some(read) = self.contract.read_at(&request.path) {
            self.read(request, read)
        } else {
            self.order(request)
        };
        reply.unwrap_or_else(Reply::from)
    }

    fn order(&self, request: &Received) -> Result<Reply, Refusal> {
        let call = self.contract.call(&request.path);
        self.state().note(request, call.and_then(|call| call.order).map(Order::id));
        let call = call.ok_or(Refusal::NoSuchPath)?;
        if request.method != "POST" {
            return Err(Refusal::Method("POST"));
        }
        // The key comes before anything of the body: a stranger learns nothing of it.
        let payer = self.user_of_key(request)?;
        if request.body.len() > BODY_LIMIT {
            return Err(Refusal::TooLarge);
        }
        if !may_be_json(request, call) {
            return Err(Refusal::MediaType);
        }
        let order = call.order.ok_or(Refusal::NotImitated)?;
        let fields = Fields::read(call, &request.body)?;
        // Asked before the lock is taken: the clock is the caller's code.
        let now = (self.clock)(order.host());
        let mut state = self.state();
        match order {
            Order::RenewPleskSubscription => plesk::renew(&mut state, &payer, &fields, now),
            Order::ExtendServerHours => servers::extend(&mut state, &payer, &fields, now),
        }
    }

    fn read(&self, request: &Received, read: Option<Read>) -> Result<Reply, Refusal> {
        self.state().note(request, read.map(Read::id));
        if request.method != "GET" {
            return Err(Refusal::Method("GET"));
        }
        let reader = self.user_of_key(request)?;
        let query = Query::of(request);
        let state = self.state();
        match read.ok_or(Refusal::NotImitated)? {
            Read::PleskSubscription => reads::subscription(&state, &reader, &query),
            Read::Orders => reads::orders(&state, &reader, &query),
            Read::User => reads::user(&state, &reader, &query),
        }
    }

    /// The user whose key the request carries, once.
    fn user_of_key(&self, request: &Received) -> Result<String, Refusal> {
        let mut keys = request.header(&self.contract.key_header);
        let (Some(key), None) = (keys.next(), keys.next()) else {
            return Err(Refusal::Key);
        };
        let state = self.state();
        let account = state.stock.accounts.iter().find(|account| account.key == key);
        account.map(|account| account.user_id.clone()).ok_or(Refusal::Key)
    }
}

impl State {
    fn note(&mut self, request: &Received, operation: Option<&'static str>) {
        self.journal.remember(request.clone());
        *self.counts.entry(operation.unwrap_or(OTHER)).or_default() += 1;
    }
}

/// Content-Type is optional in the provider's pages, and a sample there sends a wrong one before the
/// right one. Only a request that names other types and never the contract's is refused.
fn may_be_json(request: &Received, call: &Call) -> bool {
    let mut types = request.header("content-type").flat_map(|value| value.split(',')).peekable();
    types.peek().is_none()
        || types.any(|value| {
            let essence = value.split(';').next().unwrap_or_default();
            essence.trim().eq_ignore_ascii_case(&call.media_type)
        })
}
