//! The provider as a state machine: requests in, replies out, no sockets.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::{
    clock::{Ago, Clock, Host},
    contract::{Call, Contract},
    control,
    exchange::{BODY_LIMIT, Received, Reply},
    fault::{Armed, Asked, Kind, Moment, Stage, View, conceal, reshape},
    fields::Fields,
    operation::{Operation, Order},
    refusal::Refusal,
    seed::Seed,
};

mod booking;
mod past;
mod plesk;
mod price;
mod reads;
mod servers;
mod state;
mod world;

pub(crate) use state::State;
pub use world::{Declined, World};

pub(crate) struct Provider {
    contract: &'static Contract,
    clock: Clock,
    state: Mutex<State>,
    armed: Mutex<Armed>,
}

impl Provider {
    pub(crate) fn new(contract: &'static Contract, clock: Clock, seed: Seed) -> Self {
        Self { contract, clock, state: Mutex::new(State::new(seed)), armed: Mutex::default() }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The world, for someone who does not send requests.
    pub(crate) fn world(&self) -> World<'_> {
        // Asked before the lock is taken: the clock is the caller's code.
        let (com, net) = (self.clock.now(Host::Com), self.clock.now(Host::Net));
        World::new(self.state(), com, net)
    }

    pub(crate) fn armed(&self) -> MutexGuard<'_, Armed> {
        self.armed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn operation(&self, method: &str, path: &str) -> Option<Operation> {
        self.contract.call(method, path)?.operation
    }

    /// The reply to a request, and what goes wrong with that reply.
    pub(crate) fn answer(&self, request: &Received) -> (Reply, Option<Kind>) {
        if control::owns(&request.path) {
            return (control::answer(self, request).unwrap_or_else(Reply::from), None);
        }
        let operation = self.operation(&request.method, &request.path);
        let of_customer = self.is_of_customer(request);
        self.state().note(request, operation, of_customer);
        let asked = operation.map(|operation| Asked::of(operation, request.query.as_deref()));
        let taken = asked.and_then(|asked| self.armed().take(Moment::Reply(asked)));
        let Some(taken) = taken else { return (self.reply(request, &Kind::Pass), None) };
        let kind = taken.fault.kind().clone();
        let mut reply = match taken.fault.stage() {
            Stage::Before => self.checked(request, Refusal::Fault.into()),
            _ => self.reply(request, &kind),
        };
        if taken.fault.stage() == Stage::After && reply.status != 200 {
            self.armed().put_back(taken);
            return (reply, None);
        }
        self.armed().fire(taken.fault, operation);
        // Only now: a reply that is to be wrong is not held against the contract.
        match &kind {
            Kind::Shape(shape) => reshape(&mut reply, shape, self.proof(request)),
            Kind::View(view) => conceal(&mut reply, view),
            _ => {}
        }
        (reply, Some(kind))
    }

    fn proof(&self, request: &Received) -> &[String] {
        let call = self.contract.call(&request.method, &request.path);
        call.map(|call| call.proof.as_slice()).unwrap_or_default()
    }

    /// The reply to a request that was led to another host.
    pub(crate) fn answer_elsewhere(&self, request: &Received) -> Reply {
        let of_customer = self.is_of_customer(request);
        self.state().elsewhere.keep(request.clone(), of_customer);
        self.reply(request, &Kind::Pass)
    }

    fn reply(&self, request: &Received, fault: &Kind) -> Reply {
        self.checked(request, self.serve(request, fault).unwrap_or_else(Reply::from))
    }

    /// The reply, unless it contradicts the contract. What is not in the contract is not held to it.
    fn checked(&self, request: &Received, reply: Reply) -> Reply {
        let call = self.contract.call(&request.method, &request.path);
        let Some(found) = call
            .and_then(|call| call.replies.as_ref())
            .and_then(|replies| replies.contradiction(&reply))
        else {
            return reply;
        };
        let found = format!("{} {}: {found}", request.method, request.path);
        self.state().contradict(found.clone());
        Refusal::Contradiction(found).into()
    }

    fn serve(&self, request: &Received, fault: &Kind) -> Result<Reply, Refusal> {
        let Some(call) = self.contract.call(&request.method, &request.path) else {
            let allowed = self.contract.method(&request.path);
            return Err(allowed.map_or(Refusal::NoSuchPath, Refusal::Method));
        };
        // The key comes before anything else of the request: a stranger learns nothing of it.
        let user = self.user_of_key(request)?;
        let fields = fields(call, request)?;
        match call.operation.ok_or(Refusal::NotImitated)? {
            Operation::Order(order) => self.order(order, &user, &fields),
            Operation::Read(read) => {
                // Asked before the lock is taken: the clock is the caller's code.
                let ago = match fault {
                    Kind::View(View::Lag { seconds }) => self.clock.ago(*seconds),
                    _ => Ago::Real(Duration::ZERO),
                };
                let mut state = self.state();
                state.drift(&user, fault);
                reads::answer(&state.seen_through(fault, ago), read, &user, &fields)
            }
        }
    }

    fn order(&self, order: Order, payer: &str, fields: &Fields) -> Result<Reply, Refusal> {
        // Asked before the lock is taken: the clock is the caller's code.
        let now = self.clock.now(order.host());
        let mut state = self.state();
        match order {
            Order::RenewPleskSubscription => plesk::renew(&mut state, payer, fields, now),
            Order::ExtendServerHours => servers::extend(&mut state, payer, fields, now),
        }
    }

    /// Whether it is a request that not everybody could send.
    fn is_of_customer(&self, request: &Received) -> bool {
        self.operation(&request.method, &request.path).is_some()
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
        let account = state.stock.accounts.iter().find(|account| account.key == key);
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
mod tests {
    use super::*;
    use crate::{KEY, SUBSCRIPTION_ID};

    #[test]
    fn a_reply_that_contradicts_the_contract_is_recorded_and_not_sent() {
        let wrong = "Words:\n      type: integer\n";
        let contract = Contract::with("Words:\n      type: string\n", wrong).unwrap();
        let provider =
            Provider::new(Box::leak(Box::new(contract)), Clock::Documented, Seed::documented());
        let body = format!(
            r#"{{"subscription_id": "{SUBSCRIPTION_ID}", "months": 1, "type_payment": "balance"}}"#
        );
        let mut request = Received {
            method: "POST".into(),
            path: "/API/orders/create_order_scale_plesk".into(),
            query: None,
            headers: vec![("x-api-key".into(), KEY.into())],
            body: body.into_bytes(),
        };
        let (reply, _) = provider.answer(&request);
        let found = "POST /API/orders/create_order_scale_plesk: in the body of a 200, /message: ";
        let text = String::from_utf8(reply.body).unwrap();
        assert_eq!(reply.status, 500);
        assert!(text.contains("contradicts its contract") && text.contains(found), "{text}");
        assert_eq!(provider.state().contradictions.len(), 1);
        assert!(provider.state().contradictions[0].starts_with(found));
        assert_eq!(provider.state().ledger.charges.len(), 1);

        // A refusal and a reply for another host are held against it as well.
        request.headers.clear();
        assert_eq!(provider.answer(&request).0.status, 500);
        assert_eq!(provider.answer_elsewhere(&request).status, 500);
        assert_eq!(provider.state().contradictions.len(), 3);
        // And what the contract does not have, is not.
        request.path = "/elsewhere".into();
        assert_eq!(provider.answer(&request).0.status, 404);
        assert_eq!(provider.state().contradictions.len(), 3);
    }
}
