//! What a sender does: orders, renews until a date, looks, dies and stands still.

use std::time::Duration;

use fastrand::Rng;
use jiff::Span;
use oxhost::types::{Payment, PleskRenewalOrder, ServerExtensionOrder};
use oxhost::{Client, Order, OrderError, OrderReply};
use oxhost_journal::{Claimed, Journal, JournalError, Placed, Sent, State};
use serde::Serialize;

use crate::life::{Life, OrderSpec, Renewed, Spoilt, Word, renew_until};
use crate::plans::PLANS;
use crate::simulation::{Doing, Fate};
use crate::world::Kind;

impl Life {
    /// What one of the senders does, one thing after another.
    pub async fn send_and_look(&self, number: usize, mut rng: Rng) {
        let mut key = self.new_key();
        let mut journal = self.open(&mut rng).await;
        for step in 0..rng.usize(1..5) {
            let agent = format!("s{number}a{step}");
            let timeout = Duration::from_secs([5, 30, 120, 120][rng.usize(0..4)]);
            let client = self.client(&agent, &key, timeout);
            let fate = Fate {
                dies_at: (rng.u8(0..6) == 0).then(|| rng.u32(1..60)),
                stops_at: (rng.u8(0..5) == 0).then(|| {
                    (rng.u32(1..60), Duration::from_secs([3, 60, 400, 900][rng.usize(0..4)]))
                }),
            };
            if rng.u8(0..6) == 0 {
                journal =
                    journal.with_baseline([None, Some(Duration::from_secs(2))][rng.usize(0..2)]);
            }
            let provider = self.provider.clone();
            let name = agent.clone();
            let longest = move || {
                let seen = provider.seen(&name);
                // Between its intent and the order, a real sender would not come back: its clock is real.
                match seen.orders > 0 || seen.reads_open > 0 {
                    true => Duration::MAX,
                    false => Duration::from_secs(3),
                }
            };
            let died = match rng.u8(0..16) {
                0..=6 => {
                    let doing = self.place(&journal, &client, &agent, rng.fork());
                    Doing::new(&self.simulation, fate, longest, doing).await.is_none()
                }
                7..=9 => {
                    let doing = self.renew_until(&journal, &client, &agent, rng.fork());
                    Doing::new(&self.simulation, fate, longest, doing).await.is_none()
                }
                10..=12 => {
                    let doing = self.look(&journal, &client, &agent, rng.fork());
                    Doing::new(&self.simulation, fate, longest, doing).await.is_none()
                }
                13 => {
                    self.resolve(&journal, Some(rng.fork())).await;
                    false
                }
                14 => {
                    key = self.new_key();
                    self.simulation.tell(format!("s{number} has a new key"));
                    false
                }
                _ => {
                    let time = Duration::from_secs(rng.u64(1..400));
                    self.simulation.tell(format!("s{number} sleeps for {time:?}"));
                    self.simulation.sleep(time).await;
                    false
                }
            };
            if died || rng.u8(0..10) == 0 {
                self.simulation.tell(format!(
                    "{agent} {}",
                    if died { "DIES" } else { "opens the journal again" }
                ));
                drop(journal);
                journal = self.open(&mut rng).await;
            }
            if rng.u8(0..3) == 0 {
                self.simulation.sleep(Duration::from_secs(rng.u64(0..100))).await;
            }
        }
    }

    /// Draws what is ordered, and perhaps a reference that was used before.
    fn draw_order(&self, rng: &mut Rng) -> (OrderSpec, Option<String>) {
        let targets = self.provider.world(|world| world.targets.len());
        let spec = OrderSpec {
            target: rng.usize(0..targets),
            count: rng.u32(1..4),
            crypto: rng.u8(0..8) == 0,
            plan: (rng.u8(0..6) == 0).then(|| rng.usize(0..PLANS.len())),
        };
        let mut said = self.record.lock().unwrap();
        match rng.u8(0..4) {
            0 => (spec, None),
            1 | 2 if !said.references.is_empty() => {
                let (reference, mut spec) =
                    said.references[rng.usize(0..said.references.len())].clone();
                spec.count += u32::from(rng.u8(0..12) == 0);
                (spec, Some(reference))
            }
            _ => {
                let reference = format!("invoice {}", said.references.len());
                said.references.push((reference.clone(), spec.clone()));
                (spec, Some(reference))
            }
        }
    }

    async fn place(&self, journal: &Journal, client: &Client, agent: &str, mut rng: Rng) {
        let (spec, reference) = self.draw_order(&mut rng);
        let (target, user) =
            self.provider.world(|world| (world.targets[spec.target].clone(), world.user.clone()));
        let reference = reference.as_deref();
        self.simulation.tell(format!("{agent} places {spec:?} of {} for {reference:?}", target.id));
        match target.kind {
            Kind::Plesk => {
                let payment = if spec.crypto { Payment::Crypto } else { Payment::Balance };
                let order = PleskRenewalOrder {
                    new_plan_id: spec.plan.map(|plan| PLANS[plan].0.parse().unwrap()),
                    type_payment: payment,
                    ..PleskRenewalOrder::new(target.id.as_str(), spec.count).unwrap()
                };
                self.place_order(journal, client, agent, order, reference, &mut rng).await;
            }
            Kind::Server => {
                let (user, server) = (user.as_str(), target.id.as_str());
                let order = ServerExtensionOrder::new(user, server, spec.count).unwrap();
                self.place_order(journal, client, agent, order, reference, &mut rng).await;
            }
        }
    }

    async fn place_order<O>(
        &self,
        journal: &Journal,
        client: &Client,
        agent: &str,
        order: O,
        reference: Option<&str>,
        rng: &mut Rng,
    ) where
        O: Order + std::fmt::Debug,
        O::Reply: Serialize + std::fmt::Debug,
    {
        if rng.bool() {
            let placed = journal.place(client, order, reference).await;
            match placed {
                Ok(placed) => self.placed(&placed),
                Err(error) => self.nothing_sent(agent, &error),
            }
            return;
        }
        match journal.claim(client, order, reference).await {
            Ok(Claimed::Recorded(entry)) => self.word(&entry, "recorded"),
            Ok(Claimed::Ours(claim)) => {
                self.show("claim", format!("{claim:?}"));
                if rng.u8(0..4) == 0 {
                    self.simulation.sleep(Duration::from_secs(rng.u64(0..300))).await;
                }
                if rng.u8(0..10) == 0 {
                    match claim.release("no longer wanted").await {
                        Ok(entry) => self.word(&entry, "released"),
                        Err(error) => self.nothing_sent(agent, &error),
                    }
                    return;
                }
                match claim.send(client).await {
                    Ok(sent) => self.sent(&sent),
                    Err(error) => self.nothing_sent(agent, &error),
                }
            }
            Err(error) => self.nothing_sent(agent, &error),
        }
    }

    fn placed<T: std::fmt::Debug + Serialize + OrderReply>(&self, placed: &Placed<T>) {
        self.show("placed", format!("{placed:?}"));
        match placed {
            Placed::Sent(sent) => self.sent(sent),
            Placed::Recorded(entry) => self.word(entry, "recorded"),
        }
    }

    fn sent<T: std::fmt::Debug + Serialize + OrderReply>(&self, sent: &Sent<T>) {
        self.show("sent", format!("{sent:?}"));
        let state = match &sent.result {
            Ok(accepted) => {
                let receipt = serde_json::to_string(accepted.receipt()).unwrap();
                let view = serde_json::to_string(&**accepted).unwrap();
                self.show("accepted", format!("{accepted:?} {receipt} {view} {:?}", &**accepted));
                for warning in accepted.warnings() {
                    self.show("warning", format!("{warning} {warning:?}"));
                }
                State::Accepted
            }
            Err(error) => {
                let failure = error.failure();
                let record = serde_json::to_string(&failure.record()).unwrap();
                self.show(
                    "failure",
                    format!("{error} {error:?} {failure} {record} {:?}", failure.record()),
                );
                let spoilt = self.spoilt == Spoilt::StatusIsRefusal
                    && failure.status().is_some_and(|status| status.as_u16() >= 400);
                if let Some(reply) =
                    failure.reply().filter(|_| self.spoilt == Spoilt::StatusIsRefusal)
                {
                    self.show("text", reply.text().into_owned());
                }
                match error {
                    _ if spoilt => State::Refused,
                    OrderError::Refused(_) => State::Refused,
                    OrderError::NotSent(_) => State::NotSent,
                    OrderError::Unknown(_) => State::Unknown,
                }
            }
        };
        if sent.entry.state != state && self.spoilt == Spoilt::Nothing {
            // What others found out may stand in its place.
            self.simulation.tell(format!(
                "  sent: {} is {state}, and {} in the journal",
                sent.entry.id, sent.entry.state
            ));
        }
        if let Some(error) = &sent.unwritten {
            self.simulation.tell(format!("  sent, but not written: {error}"));
            self.show("unwritten", format!("{error} {error:?}"));
        }
        self.word(&sent.entry, "sent");
        let word = Word { entry: sent.entry.id.clone(), state, by: "result" };
        self.record.lock().unwrap().words.push(word);
    }

    /// An error says that nothing was sent.
    fn nothing_sent(&self, agent: &str, error: &JournalError) {
        self.simulation.tell(format!("  {agent}: {error}"));
        self.show("error", format!("{error} {error:?}"));
        let sent = self.provider.seen(agent).orders;
        if sent > 0 {
            self.fault(format!(
                "{agent} was told that nothing was sent ({error}), and {sent} were"
            ));
        }
        if matches!(error, JournalError::Corrupt(_) | JournalError::NotAJournal(_)) {
            self.fault(format!("{agent}: {error}"));
        }
    }

    async fn renew_until(&self, journal: &Journal, client: &Client, agent: &str, mut rng: Rng) {
        let Some(target) = self
            .provider
            .world(|world| world.targets.iter().find(|target| target.kind == Kind::Plesk).cloned())
        else {
            return;
        };
        let goal = (target.ends + Span::new().months([1, 2, 2, 4][rng.usize(0..4)])).date();
        let reference = (rng.u8(0..3) == 0).then(|| format!("until {goal}"));
        self.record.lock().unwrap().goals.push((agent.to_owned(), target.id.clone(), goal));
        self.simulation
            .tell(format!("{agent} renews {} until {goal} for {reference:?}", target.id));
        match renew_until(journal, client, &target.id, goal, reference.as_deref()).await {
            Ok(Renewed::Already(ends)) => {
                self.simulation.tell(format!("  {agent}: it ends {ends:?} already"));
                self.record.lock().unwrap().already.push((
                    agent.to_owned(),
                    target.id.clone(),
                    goal,
                ));
                let sent = self.provider.seen(agent).orders;
                if sent > 0 {
                    self.fault(format!("{agent} had nothing to order, and ordered {sent}"));
                }
            }
            Ok(Renewed::Ordered(placed)) => {
                if let Placed::Recorded(entry) = &*placed
                    && matches!(entry.state, State::Accepted | State::Confirmed)
                {
                    let reached = (agent.to_owned(), target.id.clone(), goal);
                    self.record.lock().unwrap().already.push(reached);
                }
                self.placed(&placed);
            }
            Err(error) => self.nothing_sent(agent, &error),
        }
    }
}
