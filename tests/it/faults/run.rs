//! A run of a plan, and what was counted on the server's side.

use std::sync::Arc;
use std::time::Duration;

use oxhost::Outcome;
use oxhost_sandbox::{Charge, Decimal, Fault, Host, Received, Sandbox};
use serde_json::Value;
use tokio::runtime::Runtime;

use super::plan::{Call, Plan, Step, breaks_request};
use crate::clock;

/// For so long no client of ours keeps an idle connection.
const LONGER_THAN_KEPT: Duration = Duration::from_secs(2);

/// Who orders.
pub trait Subject: Sized {
    fn new(sandbox: &Sandbox, reuse: bool) -> Self;

    /// Makes the call of a step, for so many months or hours, and tells how it ended.
    async fn call(&self, bench: &Bench, step: &Step, units: u32) -> Outcome;
}

/// A sandbox, and the time at its client.
pub struct Bench {
    sandbox: Arc<Sandbox>,
}

/// What became of a plan.
pub struct Run {
    pub plan: Plan,
    pub ends: Vec<End>,
    pub fired: Vec<Fault>,
    /// Requests that arrived at another origin.
    pub elsewhere: usize,
}

/// What became of a step.
pub struct End {
    pub step: Step,
    pub word: Outcome,
    /// How often the order went over the wire.
    pub posts: usize,
    /// How often it was charged.
    pub booked: usize,
}

impl Run {
    pub fn of<S: Subject>(plan: Plan, runtime: &Runtime) -> Self {
        // Rich enough that nothing is refused for want of money.
        let builder = Sandbox::builder()
            .balance(Host::Com, Decimal::from(1_000_000))
            .balance(Host::Net, Decimal::from(1_000_000));
        let sandbox = if plan.tls { builder.tls() } else { builder }.start().unwrap();
        let bench = Bench { sandbox: Arc::new(sandbox) };
        let subject = S::new(&bench.sandbox, plan.reuse);
        let words: Vec<_> = runtime.block_on(async {
            let mut words = Vec::new();
            for (step, units) in plan.steps.iter().zip(1..) {
                // A connection has to be made for what happens to it then.
                if step
                    .fault
                    .as_ref()
                    .is_some_and(|fault| fault.to_string().starts_with("connect:"))
                {
                    tokio::time::advance(LONGER_THAN_KEPT).await;
                }
                step.fault.iter().cloned().for_each(|fault| bench.sandbox.inject(fault));
                words.push(subject.call(&bench, step, units).await);
            }
            words
        });
        bench.count(plan, &words)
    }
}

impl Bench {
    /// Waits for a call. The client's clock stands still meanwhile; where the step is one whose time
    /// is up, it leaps to the next timeout once the fault has happened.
    pub async fn meanwhile<T>(&self, step: &Step, call: impl Future<Output = T>) -> T {
        let sandbox = Arc::clone(&self.sandbox);
        let leaps = step.time_is_up && !sandbox.faults_waiting().is_empty();
        let fired = sandbox.faults_fired().len();
        clock::still_until(move || leaps && sandbox.faults_fired().len() > fired, call).await
    }

    /// Each order of a run is for another number of months or hours, by which it is known again.
    fn count(&self, plan: Plan, words: &[Outcome]) -> Run {
        let elsewhere = self.sandbox.elsewhere();
        let requests = [self.sandbox.requests(), elsewhere.clone()].concat();
        let charges = self.sandbox.ledger();
        let end = |((step, units), word): ((&Step, u32), &Outcome)| {
            let unread = step.fault.as_ref().is_some_and(breaks_request);
            let posts = requests.iter().filter(|request| orders(request, step.call, units)).count();
            let booked = charges.iter().filter(|charge| is_for(charge, step.call, units)).count();
            End { step: step.clone(), word: *word, posts: posts + usize::from(unread), booked }
        };
        let ends = plan.steps.iter().zip(1..).zip(words).map(end).collect();
        let fired = self.sandbox.faults_fired().into_iter().map(|fired| fired.fault).collect();
        Run { ends, fired, elsewhere: elsewhere.len(), plan }
    }
}

fn orders(request: &Received, call: Call, units: u32) -> bool {
    let field = match call {
        Call::Renew => "months",
        Call::Extend => "hours",
        Call::Read => return false,
    };
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    request.method == "POST" && body[field] == units
}

fn is_for(charge: &Charge, call: Call, units: u32) -> bool {
    let operation = match call {
        Call::Renew => "renewPleskSubscription",
        Call::Extend => "extendServerHours",
        Call::Read => return false,
    };
    charge.operation == operation && i64::from(charge.units) == i64::from(units)
}
