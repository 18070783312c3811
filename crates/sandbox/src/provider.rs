//! The provider as a state machine: requests in, answers out, no sockets.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::{
    clock::{Clock, Host},
    contract::{Call, Contract},
    exchange::{Answer, BODY_LIMIT, Received, answer, sent},
    fields::Fields,
    operation::Operation,
    refusal::Refusal,
    seed::Seed,
};

mod booking;
mod dataset;
mod orders;
mod reads;
mod state;
mod world;

pub(crate) use dataset::Dataset;
pub(crate) use state::State;
pub use world::{Declined, World};

/// What a read by a user is to see in place of what there is.
pub(crate) type View<'a> = dyn Fn(&mut State, &str) -> Dataset + 'a;

pub(crate) struct Provider {
    pub(crate) contract: &'static Contract,
    pub(crate) clock: Clock,
    state: Mutex<State>,
}

impl Provider {
    pub(crate) fn new(contract: &'static Contract, clock: Clock, seed: Seed) -> Self {
        Self { contract, clock, state: Mutex::new(State::new(seed.into())) }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The world, for someone who does not send requests.
    pub(crate) fn world(&self) -> World<'_> {
        // Asked before the lock is taken: the clock is the caller's code.
        let [com, net] = [Host::Com, Host::Net].map(|host| self.clock.now(host));
        World { state: self.state(), com, net }
    }

    /// Answers a request.
    pub(crate) fn answer(&self, request: &Received, view: Option<&View<'_>>) -> Answer {
        self.checked(request, self.serve(request, view).unwrap_or_else(Answer::from))
    }

    /// Declines an order for no reason of its own.
    pub(crate) fn decline(&self, request: &Received) -> Answer {
        self.checked(request, Refusal::Fault.into())
    }

    /// The answer, unless it contradicts the contract. What is not in the contract is not held to it.
    fn checked(&self, request: &Received, answer: Answer) -> Answer {
        let call = self.contract.call(&request.method, &request.path);
        let Some(replies) = call.and_then(|call| call.replies.as_ref()) else { return answer };
        let Some(found) = replies.contradiction(&sent(answer.clone())) else { return answer };
        let found = format!("{} {}: {found}", request.method, request.path);
        self.state().contradict(found.clone());
        Refusal::Contradiction(found).into()
    }

    fn serve(&self, request: &Received, view: Option<&View<'_>>) -> Result<Answer, Refusal> {
        let Some(call) = self.contract.call(&request.method, &request.path) else {
            let allowed = self.contract.method(&request.path);
            return Err(allowed.map_or(Refusal::NoSuchPath, Refusal::Method));
        };
        // The key comes before anything else of the request: a stranger learns nothing of it.
        let user = self.user_of_key(request)?;
        let fields = fields(call, request)?;
        let operation = call.operation.ok_or(Refusal::NotImitated)?;
        let body = if operation.is_order() {
            // Asked before the lock is taken: the clock is the caller's code.
            let now = self.clock.now(operation.host());
            let renews = operation == Operation::RenewPleskSubscription;
            let order = if renews { orders::renew } else { orders::extend };
            order(&mut self.state(), &user, &fields, now)
        } else {
            let mut state = self.state();
            let seen = view.map(|view| view(&mut state, &user));
            reads::answer(seen.as_ref().unwrap_or(&state.dataset), operation, &user, &fields)
        };
        Ok(answer(200, body?))
    }

    /// Whether it is a request that not everybody could send.
    pub(crate) fn is_of_customer(&self, request: &Received) -> bool {
        self.contract
            .call(&request.method, &request.path)
            .is_some_and(|call| call.operation.is_some())
            && request.body.len() <= BODY_LIMIT
            && self.user_of_key(request).is_ok()
    }

    /// The user whose key the request carries, once.
    fn user_of_key(&self, request: &Received) -> Result<String, Refusal> {
        let mut keys = request.header(&self.contract.key_header);
        let (Some(key), None) = (keys.next(), keys.next()) else {
            return Err(Refusal::Key);
        };
        let state = self.state();
        let account = state.dataset.accounts.values().find(|account| account.key == key);
        account.map(|account| account.user_id.clone()).ok_or(Refusal::Key)
    }
}

fn fields(call: &Call, request: &Received) -> Result<Fields, Refusal> {
    let Some(media_type) = &call.media_type else {
        return Fields::of_query(call, request.query.as_deref().unwrap_or_default());
    };
    if request.body.len() > BODY_LIMIT {
        return Err(Refusal::TooLarge);
    }
    if !may_be(media_type, request) {
        return Err(Refusal::MediaType);
    }
    Fields::of_body(call, &request.body)
}

/// Content-Type is optional in the provider's pages, and a sample there sends a wrong one before the
/// right one. Only a request that names other types and never the contract's is refused.
fn may_be(media_type: &str, request: &Received) -> bool {
    let mut types = request.header("content-type").flat_map(|value| value.split(',')).peekable();
    types.peek().is_none()
        || types.any(|value| {
            let essence = value.split(';').next().unwrap_or_default();
            essence.trim().eq_ignore_ascii_case(media_type)
        })
}

#[cfg(test)]
mod tests;
