//! The provider as a state machine: requests in, replies out, no sockets.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::{
    clock::Clock,
    contract::{Call, Contract, Order},
    control,
    exchange::{BODY_LIMIT, Journal, Received, Reply},
    fields::Fields,
    ledger::Ledger,
    refusal::Refusal,
    seed::Seed,
};

mod booking;
mod plesk;
mod price;
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

/// How many requests came in, whatever became of them.
#[derive(Default)]
pub(crate) struct Counts {
    pub(crate) plesk: u64,
    pub(crate) servers: u64,
    pub(crate) other: u64,
}

impl Provider {
    pub(crate) fn new(contract: Contract, clock: Clock, seed: Seed) -> Self {
        let state = State {
            stock: seed,
            ledger: Ledger::default(),
            journal: Journal::default(),
            counts: Counts::default(),
        };
        Self { contract, clock, state: Mutex::new(state) }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn answer(&self, request: &Received) -> Reply {
        let reply = if control::owns(&request.path) {
            control::answer(self, request)
        } else {
            self.order(request)
        };
        reply.unwrap_or_else(Reply::from)
    }

    fn order(&self, request: &Received) -> Result<Reply, Refusal> {
        let call = self.contract.call(&request.path);
        self.state().note(request, call.and_then(|call| call.order));
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
    fn note(&mut self, request: &Received, order: Option<Order>) {
        self.journal.remember(request.clone());
        *match order {
            Some(Order::RenewPleskSubscription) => &mut self.counts.plesk,
            Some(Order::ExtendServerHours) => &mut self.counts.servers,
            None => &mut self.counts.other,
        } += 1;
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
