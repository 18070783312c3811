//! One life: a journal, a provider, senders who die and stand still, and others who look.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use fastrand::Rng;
use jiff::Span;
use oxhost::types::{PleskRenewalOrder, ServerExtensionOrder, SubscriptionId};
use oxhost::{Client, Order, OrderError};
use oxhost_journal::{
    Claimed, Entry, Journal, JournalError, ListOptions, Placed, ReconcileOptions, Renewed,
    Resolution, Sent, State,
};
use serde::Serialize;

use crate::house::House;
use crate::stage::{Doing, Fate, Stage};
use crate::world::{Assumptions, Kind, World};

/// A word that was said of an order.
#[derive(Clone, Debug)]
pub struct Word {
    pub entry: String,
    pub state: State,
    pub by: &'static str,
}

/// What a life leaves behind.
pub struct Record {
    pub world: World,
    pub words: Vec<Word>,
    pub entries: Vec<Entry>,
    /// What was wrong while it lasted.
    pub faults: Vec<String>,
    /// Everything that was returned or stored, to look for secrets in it.
    pub shown: Vec<(String, Vec<u8>)>,
    pub transcript: Vec<String>,
    pub found_out: usize,
    pub undecided: usize,
    pub goals: Vec<Goal>,
    /// Goals that were said to be reached.
    pub already: Vec<Goal>,
}

/// A rule that is spoilt, to show that the judge sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spoilt {
    Nothing,
    /// Every status from 400 on is believed to be a refusal, and answers are shown as they came.
    StatusIsRefusal,
}

#[derive(Clone)]
struct Life {
    stage: Stage,
    house: House,
    url: String,
    spoilt: Spoilt,
    record: Arc<Mutex<Said>>,
}

#[derive(Default)]
struct Said {
    words: Vec<Word>,
    faults: Vec<String>,
    shown: Vec<(String, Vec<u8>)>,
    /// References, each with its order.
    references: Vec<(String, usize, u32)>,
    found_out: usize,
    undecided: usize,
    goals: Vec<Goal>,
    already: Vec<Goal>,
}

/// Who wanted a subscription to last until when.
pub type Goal = (String, String, jiff::civil::Date);

/// Where the file of a life's journal is: in memory, where that can be.
fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

/// Lives the life of a seed.
pub fn live(seed: u64, assumptions: Assumptions, spoilt: Spoilt) -> Record {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    let folder = folder();
    let file = folder.path().join("journal.db");
    let url = format!("sqlite://{}", file.display());
    let mut record = runtime.block_on(async {
        // While it runs, the time does not pass by itself.
        let (end, ended) = std::sync::mpsc::channel::<()>();
        tokio::task::spawn_blocking(move || ended.recv());
        let stage = Stage::new();
        let life = live_on(&stage, seed, assumptions, spoilt, url);
        let record = tokio::select! {
            record = life => record,
            () = stage.pass_time() => unreachable!(),
        };
        drop(end);
        record
    });
    runtime.shutdown_timeout(Duration::from_millis(200));
    for end in ["", "-wal", "-shm"] {
        let name = format!("journal.db{end}");
        if let Ok(bytes) = std::fs::read(folder.path().join(&name)) {
            record.shown.push((name, bytes));
        }
    }
    record
}

async fn live_on(
    stage: &Stage,
    seed: u64,
    assumptions: Assumptions,
    spoilt: Spoilt,
    url: String,
) -> Record {
    let birth = stage.busy();
    let mut rng = Rng::with_seed(seed);
    let world = World::draw(rng.fork(), assumptions);
    let spy = open(stage, &url).await;
    let house = House::open(stage, world, Some(spy.clone())).await;
    stage.tell(house.world(|world| {
        format!(
            "seed {seed}: {:?}, {:?}, balance {}, others: {:?}",
            world.manners, world.targets, world.balance, world.events
        )
    }));
    let life = Life { stage: stage.clone(), house, url, spoilt, record: Arc::default() };
    let mut senders = tokio::task::JoinSet::new();
    for number in 0..[1, 1, 2, 3, 4][rng.usize(0..5)] {
        let (life, rng, busy) = (life.clone(), rng.fork(), stage.busy());
        senders.spawn(async move {
            let _busy = busy;
            life.send_and_look(number, rng).await;
        });
    }
    drop(birth);
    while let Some(ended) = senders.join_next().await {
        if let Err(error) = ended {
            life.fault(format!("a sender panicked: {error}"));
        }
    }
    let _busy = stage.busy();
    life.end(&spy, rng).await
}

async fn open(stage: &Stage, url: &str) -> Journal {
    let wall = stage.clone();
    let journal = Journal::open(url).await.unwrap();
    journal.with_clock(stage.clock()).with_wall_clock(move || wall.wall())
}

impl Life {
    fn fault(&self, fault: String) {
        self.stage.tell(format!("!!! {fault}"));
        self.record.lock().unwrap().faults.push(fault);
    }

    fn show(&self, what: &str, text: String) {
        let mut said = self.record.lock().unwrap();
        said.shown.push((what.to_owned(), text.into_bytes()));
    }

    fn show_entry(&self, entry: &Entry) {
        self.show("entry", format!("{entry:?} {}", serde_json::to_string(entry).unwrap()));
    }

    fn word(&self, entry: &Entry, by: &'static str) {
        self.show_entry(entry);
        self.stage.tell(format!("  {by}: {} is {}", entry.id, entry.state));
        let word = Word { entry: entry.id.clone(), state: entry.state, by };
        self.record.lock().unwrap().words.push(word);
    }

    fn client(&self, agent: &str, key: &str, timeout: Duration) -> Client {
        self.house.patience.lock().unwrap().insert(agent.to_owned(), timeout);
        Client::builder(key)
            .base_url(&self.house.url)
            .user_agent(agent)
            .timeout(timeout)
            .repeat_reads(1, Duration::from_millis(20))
            .build()
            .unwrap()
    }

    fn new_key(&self) -> String {
        self.house.world(|world| {
            let key = world.canary();
            world.keys.push(key.clone());
            key
        })
    }

    /// What one of the senders does, one thing after another.
    async fn send_and_look(&self, number: usize, mut rng: Rng) {
        let mut key = self.new_key();
        let mut journal = open(&self.stage, &self.url).await;
        for step in 0..rng.usize(1..5) {
            let agent = format!("s{number}a{step}");
            let timeout = Duration::from_secs([5, 30, 120, 120][rng.usize(0..4)]);
            let client = self.client(&agent, &key, timeout);
            let fate = Fate {
                dies_at: (rng.u8(0..6) == 0).then(|| rng.u32(1..60)),
                stops_at: (rng.u8(0..5) == 0)
                    .then(|| (rng.u32(1..60), Duration::from_secs([3, 60, 400][rng.usize(0..3)]))),
            };
            if rng.u8(0..6) == 0 {
                journal =
                    journal.with_baseline([None, Some(Duration::from_secs(2))][rng.usize(0..2)]);
            }
            let house = self.house.clone();
            let name = agent.clone();
            let longest = move || {
                let seen = house.seen(&name);
                // Between its intent and the order, a real sender would not come back: its clock is real.
                match seen.orders > 0 || seen.reads_open > 0 {
                    true => Duration::MAX,
                    false => Duration::from_secs(3),
                }
            };
            let died = match rng.u8(0..16) {
                0..=6 => {
                    let doing = self.place(&journal, &client, &agent, rng.fork());
                    Doing::new(&self.stage, fate, longest, doing).await.is_none()
                }
                7..=9 => {
                    let doing = self.renew_until(&journal, &client, &agent, rng.fork());
                    Doing::new(&self.stage, fate, longest, doing).await.is_none()
                }
                10..=12 => {
                    let doing = self.look(&journal, &client, &agent, rng.fork());
                    Doing::new(&self.stage, fate, longest, doing).await.is_none()
                }
                13 => {
                    self.resolve(&journal, rng.bool()).await;
                    false
                }
                14 => {
                    key = self.new_key();
                    self.stage.tell(format!("s{number} has a new key"));
                    false
                }
                _ => {
                    let time = Duration::from_secs(rng.u64(1..400));
                    self.stage.tell(format!("s{number} sleeps for {time:?}"));
                    self.stage.sleep(time).await;
                    false
                }
            };
            if died || rng.u8(0..10) == 0 {
                self.stage.tell(format!(
                    "{agent} {}",
                    if died { "DIES" } else { "opens the journal again" }
                ));
                drop(journal);
                journal = open(&self.stage, &self.url).await;
            }
            if rng.u8(0..3) == 0 {
                self.stage.sleep(Duration::from_secs(rng.u64(0..100))).await;
            }
        }
    }

    /// Draws what is ordered: a target, a number, and perhaps a reference that was used before.
    fn draw_order(&self, rng: &mut Rng) -> (usize, u32, Option<String>) {
        let targets = self.house.world(|world| world.targets.len());
        let (target, count) = (rng.usize(0..targets), rng.u32(1..4));
        let mut said = self.record.lock().unwrap();
        match rng.u8(0..4) {
            0 => (target, count, None),
            1 | 2 if !said.references.is_empty() => {
                let (reference, target, count) =
                    said.references[rng.usize(0..said.references.len())].clone();
                let count = if rng.u8(0..12) == 0 { count + 1 } else { count };
                (target, count, Some(reference))
            }
            _ => {
                let reference = format!("invoice {}", said.references.len());
                said.references.push((reference.clone(), target, count));
                (target, count, Some(reference))
            }
        }
    }

    async fn place(&self, journal: &Journal, client: &Client, agent: &str, mut rng: Rng) {
        let (at, count, reference) = self.draw_order(&mut rng);
        let (target, user) =
            self.house.world(|world| (world.targets[at].clone(), world.user.clone()));
        let reference = reference.as_deref();
        self.stage.tell(format!("{agent} places {count} of {} for {reference:?}", target.id));
        match target.kind {
            Kind::Plesk => {
                let order = PleskRenewalOrder::new(target.id.as_str(), count).unwrap();
                self.place_order(journal, client, agent, order, reference, &mut rng).await;
            }
            Kind::Server => {
                let order =
                    ServerExtensionOrder::new(user.as_str(), target.id.as_str(), count).unwrap();
                self.place_order(journal, client, agent, order, reference, &mut rng).await;
            }
        }
    }

    async fn place_order<O: Order>(
        &self,
        journal: &Journal,
        client: &Client,
        agent: &str,
        order: O,
        reference: Option<&str>,
        rng: &mut Rng,
    ) where
        O::Reply: Serialize,
        O: std::fmt::Debug,
        O::Reply: std::fmt::Debug,
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
                    self.stage.sleep(Duration::from_secs(rng.u64(0..300))).await;
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

    fn placed<T: std::fmt::Debug + Serialize>(&self, placed: &Placed<T>) {
        self.show("placed", format!("{placed:?}"));
        match placed {
            Placed::Sent(sent) => self.sent(sent),
            Placed::Recorded(entry) => self.word(entry, "recorded"),
        }
    }

    fn sent<T: std::fmt::Debug + Serialize>(&self, sent: &Sent<T>) {
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
                    self.show("text", reply.text().to_owned());
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
            self.stage.tell(format!(
                "  sent: {} is {state}, and {} in the journal",
                sent.entry.id, sent.entry.state
            ));
        }
        if let Some(error) = &sent.unwritten {
            self.stage.tell(format!("  sent, but not written: {error}"));
            self.show("unwritten", format!("{error} {error:?}"));
        }
        self.word(&sent.entry, "sent");
        let word = Word { entry: sent.entry.id.clone(), state, by: "result" };
        self.record.lock().unwrap().words.push(word);
    }

    /// An error says that nothing was sent.
    fn nothing_sent(&self, agent: &str, error: &JournalError) {
        self.stage.tell(format!("  {agent}: {error}"));
        self.show("error", format!("{error} {error:?}"));
        let sent = self.house.seen(agent).orders;
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
            .house
            .world(|world| world.targets.iter().find(|target| target.kind == Kind::Plesk).cloned())
        else {
            return;
        };
        let id: SubscriptionId = target.id.parse().unwrap();
        let goal = (target.ends + Span::new().months([1, 2, 2, 4][rng.usize(0..4)])).date();
        let reference = (rng.u8(0..3) == 0).then(|| format!("until {goal}"));
        self.record.lock().unwrap().goals.push((agent.to_owned(), target.id.clone(), goal));
        self.stage.tell(format!("{agent} renews {} until {goal} for {reference:?}", target.id));
        match journal.renew_until(client, &id, goal, reference.as_deref()).await {
            Ok(Renewed::Already(ends)) => {
                self.stage.tell(format!("  {agent}: it ends {ends:?} already"));
                self.record.lock().unwrap().already.push((
                    agent.to_owned(),
                    target.id.clone(),
                    goal,
                ));
                let sent = self.house.seen(agent).orders;
                if sent > 0 {
                    self.fault(format!("{agent} had nothing to order, and ordered {sent}"));
                }
            }
            Ok(Renewed::Ordered(placed)) => self.placed(&placed),
            Err(error) => self.nothing_sent(agent, &error),
        }
    }

    async fn all(&self, journal: &Journal) -> Vec<Entry> {
        let mut entries = Vec::new();
        let options = ListOptions::default();
        let take = |entry: Result<_, _>| match entry {
            Ok(entry) => entries.push(entry),
            Err(error) => self.fault(format!("an order cannot be read: {error}")),
        };
        if let Err(error) = journal.list(&options, take).await {
            self.stage.tell(format!("  the list: {error}"));
        }
        entries
    }

    /// Finds out what became of the orders whose end is not known.
    async fn look(&self, journal: &Journal, client: &Client, agent: &str, mut rng: Rng) {
        let window = [Some(0), Some(2), Some(30), None, None][rng.usize(0..5)];
        self.stage.tell(format!("{agent} looks for {window:?} s"));
        for entry in self.all(journal).await {
            if entry.state.blocks() {
                self.look_at(journal, client, &entry, window).await;
            }
        }
    }

    async fn look_at(
        &self,
        journal: &Journal,
        client: &Client,
        entry: &Entry,
        window: Option<u64>,
    ) {
        let stage = self.stage.clone();
        let mut options = ReconcileOptions::default().pausing(move |time| {
            let stage = stage.clone();
            async move { stage.sleep(time).await }
        });
        if let Some(window) = window {
            options = options.window(Duration::from_secs(window));
        }
        match journal.reconcile(client, &entry.id, &options).await {
            Ok(found) => {
                if let Some(findings) = &found.findings {
                    self.stage.tell(format!("  {:?}", findings.verdict));
                }
                if entry.state.blocks() && !found.state.blocks() {
                    self.record.lock().unwrap().found_out += 1;
                }
                self.word(&found, "found");
            }
            Err(error) => {
                self.stage.tell(format!("  reconcile {}: {error}", entry.id));
                self.show("error", format!("{error} {error:?}"));
            }
        }
    }

    /// A person who knows says what became of the orders.
    async fn resolve(&self, journal: &Journal, must: bool) {
        for entry in self.all(journal).await {
            if !matches!(entry.state, State::Open | State::Unknown) {
                continue;
            }
            let now = self.stage.now();
            let known = self.house.world(|world| {
                let of = |id: &Option<String>| id.as_deref() == Some(entry.id.as_str());
                let posts: Vec<_> = world.posts.iter().filter(|post| of(&post.entry)).collect();
                // He knows only what is over.
                let over = posts.iter().all(|post| post.books_at.is_none_or(|at| at <= now));
                let out = posts.is_empty() && entry.deadlines.answer_by < micros(now);
                let booked = posts.iter().any(|post| post.books_at.is_some());
                (over && (out || !posts.is_empty())).then_some(booked)
            });
            let Some(booked) = known else { continue };
            let word = if booked { Resolution::Ordered } else { Resolution::NotOrdered };
            match journal.resolve(&entry.id, word, "I have looked").await {
                Ok(entry) => self.word(&entry, "resolved"),
                Err(error) => {
                    self.stage.tell(format!("  resolve {}: {error}", entry.id));
                    if must
                        && self.stage.now()
                            > Duration::from_micros(entry.deadlines.answer_by.unsigned_abs())
                    {
                        let odd = !matches!(error, JournalError::InvalidTransition { .. });
                        if odd {
                            self.fault(format!("{} could not be resolved: {error}", entry.id));
                        }
                    }
                }
            }
        }
    }

    /// After all senders: what is still open is looked for, and the rest is told by a person.
    async fn end(self, spy: &Journal, mut rng: Rng) -> Record {
        self.stage.tell("everyone has ended");
        if rng.bool() {
            self.stage.sleep(Duration::from_secs(rng.u64(0..400))).await;
        }
        let client = self.client("end", &self.new_key(), Duration::from_secs(120));
        for entry in self.all(spy).await {
            if entry.state.blocks() {
                self.look_at(spy, &client, &entry, None).await;
            }
        }
        let left = |entries: &[Entry]| entries.iter().filter(|entry| entry.state.blocks()).count();
        let entries = self.all(spy).await;
        let undecided = left(&entries);
        self.stage.sleep(Duration::from_secs(2000)).await;
        self.resolve(spy, true).await;
        let entries = self.all(spy).await;
        for entry in entries.iter().filter(|entry| entry.state.blocks()) {
            self.fault(format!("{} has reached no end: {}", entry.id, entry.state));
        }
        for entry in &entries {
            self.word(entry, "end");
        }
        let world = self.house.world(|world| {
            let next = World::draw(Rng::with_seed(0), world.assumptions);
            std::mem::replace(world, next)
        });
        let mut said = self.record.lock().unwrap();
        said.undecided += undecided;
        Record {
            world,
            words: std::mem::take(&mut said.words),
            entries,
            faults: std::mem::take(&mut said.faults),
            shown: std::mem::take(&mut said.shown),
            transcript: self.stage.transcript(),
            found_out: said.found_out,
            undecided: said.undecided,
            goals: std::mem::take(&mut said.goals),
            already: std::mem::take(&mut said.already),
        }
    }
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}
