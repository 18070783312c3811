//! One life: a journal, a provider, senders who die and stand still, and others who look.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use fastrand::Rng;
use oxhost::types::{PleskRenewal, SubscriptionId};
use oxhost::{CivilDateTime, Client};
use oxhost_journal::{
    ClaimedUntil, Entry, Journal, JournalError, ListOptions, Placed, ReconcileOptions, State,
};

use crate::provider::Provider;
use crate::simulation::{self, Clocks, Counted, Simulation};
use crate::storage::Storage;
use crate::world::{Assumptions, World};

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
    /// Orders of which a person has said what was wrong, and corrected it.
    pub erred: Vec<Erred>,
}

/// An order of which a person has said what was wrong.
#[derive(Clone, Debug)]
pub struct Erred {
    pub entry: String,
    pub target: String,
    pub reference: Option<String>,
}

/// A rule that is spoilt, to show that the judge sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spoilt {
    Nothing,
    /// Every status from 400 on is believed to be a refusal, and answers are shown as they came.
    StatusIsRefusal,
}

#[derive(Clone)]
pub struct Life {
    pub simulation: Simulation,
    pub provider: Provider,
    pub url: String,
    pub clocks: Machines,
    /// An open journal for most of those who would open it: on a server, that takes long.
    pub opened: Option<Journal>,
    pub spoilt: Spoilt,
    pub record: Arc<Mutex<Said>>,
}

/// What was said in a life so far.
#[derive(Default)]
pub struct Said {
    pub words: Vec<Word>,
    pub faults: Vec<String>,
    pub shown: Vec<(String, Vec<u8>)>,
    /// References, each with its order.
    pub references: Vec<(String, OrderSpec)>,
    pub found_out: usize,
    pub undecided: usize,
    pub goals: Vec<Goal>,
    pub already: Vec<Goal>,
    pub erred: Vec<Erred>,
}

/// Who wanted a subscription to last until when.
pub type Goal = (String, String, jiff::civil::Date);

/// What the clocks of those who share a journal have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Machines {
    /// All.
    One,
    /// The clock that deadlines stand on; wall clocks are up to an hour apart.
    WallsApart,
    /// Nothing: each started at another time, as containers do and a machine after a power cut.
    Apart,
}

impl Machines {
    fn draw(rng: &mut Rng, storage: &Storage) -> Self {
        match rng.u8(0..8) {
            0..=3 => Self::One,
            4..=5 => Self::WallsApart,
            // By a server's clock, nobody is apart.
            _ if storage.has_clock() => Self::WallsApart,
            _ => Self::Apart,
        }
    }

    pub fn clocks(self, rng: &mut Rng) -> Clocks {
        match self {
            Self::One => Clocks::default(),
            Self::WallsApart => Clocks { ahead: 0, wall: [0, 3600, -3600, 600][rng.usize(0..4)] },
            // Where no clock is shared, the wall clock is trusted within the hour.
            Self::Apart => Clocks {
                ahead: [0, 5_000_000, 90_000_000_000][rng.usize(0..3)],
                wall: [0, 0, 900, -900][rng.usize(0..4)],
            },
        }
    }
}

/// What a person's goal comes to.
#[derive(Debug)]
pub enum Renewed {
    Already(CivilDateTime),
    Ordered(Box<Placed<PleskRenewal>>),
}

pub async fn renew_until(
    journal: &Journal,
    client: &Client,
    subscription: &str,
    goal: jiff::civil::Date,
    reference: Option<&str>,
) -> Result<Renewed, JournalError> {
    let id: SubscriptionId = subscription.parse().unwrap();
    match journal.claim_until(client, &id, goal, reference).await? {
        ClaimedUntil::Enough { ends, .. } => Ok(Renewed::Already(ends)),
        ClaimedUntil::Renew(claimed) => {
            claimed.send(client).await.map(|placed| Renewed::Ordered(Box::new(placed)))
        }
    }
}

/// Something that is ordered: a number of months or hours of a target, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderSpec {
    pub target: usize,
    pub count: u32,
    pub crypto: bool,
    /// The plan that a subscription is to have from then on.
    pub plan: Option<usize>,
}

/// Lives the life of a seed.
pub fn live(seed: u64, assumptions: Assumptions, spoilt: Spoilt, storage: &mut Storage) -> Record {
    let url = storage.clear();
    let mut rng = Rng::with_seed(seed);
    let machines = Machines::draw(&mut rng, storage);
    let shared = storage.has_clock();
    let mut record = simulation::play(async |simulation| {
        let birth = simulation.busy();
        let world = World::draw(rng.fork(), assumptions);
        let spy = open(&simulation, &url, Clocks::default()).await;
        let provider = Provider::open(&simulation, world, Some(spy.clone())).await;
        let opened = shared.then(|| spy.clone());
        let (clocks, record) = (machines, Arc::default());
        let life = Life { simulation, provider, url, clocks, opened, spoilt, record };
        life.live_on(seed, rng, &spy, birth).await
    });
    record.shown.extend(storage.bytes());
    record
}

pub async fn open(simulation: &Simulation, url: &str, clocks: Clocks) -> Journal {
    by(simulation, simulation.hold(Journal::open(url)).await.unwrap(), clocks)
}

fn by(simulation: &Simulation, journal: Journal, clocks: Clocks) -> Journal {
    let wall = simulation.clone();
    journal.with_clock(simulation.clock(clocks)).with_wall_clock(move || wall.wall(clocks))
}

impl Life {
    async fn live_on(self, seed: u64, mut rng: Rng, spy: &Journal, birth: Counted) -> Record {
        self.simulation.tell(self.provider.world(|world| {
            format!(
                "seed {seed}: {:?}, {:?}, {:?}, balance {}, others: {:?}",
                self.clocks, world.behaviour, world.targets, world.balance, world.events
            )
        }));
        let mut senders = tokio::task::JoinSet::new();
        for number in 0..[1, 1, 2, 3, 4][rng.usize(0..5)] {
            let (life, rng, busy) = (self.clone(), rng.fork(), self.simulation.busy());
            senders.spawn(async move {
                let _busy = busy;
                life.send_and_look(number, rng).await;
            });
        }
        drop(birth);
        while let Some(ended) = senders.join_next().await {
            if let Err(error) = ended {
                self.fault(format!("a sender panicked: {error}"));
            }
        }
        let _busy = self.simulation.busy();
        self.end(spy, rng).await
    }

    /// The journal as another process opens it, perhaps on another machine.
    pub async fn open(&self, rng: &mut Rng) -> Journal {
        let clocks = self.clocks.clocks(rng);
        match &self.opened {
            Some(journal) if rng.u8(0..8) > 0 => by(&self.simulation, journal.clone(), clocks),
            _ => open(&self.simulation, &self.url, clocks).await,
        }
    }

    pub fn fault(&self, fault: String) {
        self.simulation.tell(format!("!!! {fault}"));
        self.record.lock().unwrap().faults.push(fault);
    }

    pub fn show(&self, what: &str, text: String) {
        let mut said = self.record.lock().unwrap();
        said.shown.push((what.to_owned(), text.into_bytes()));
    }

    pub fn show_entry(&self, entry: &Entry) {
        self.show("entry", format!("{entry:?} {}", serde_json::to_string(entry).unwrap()));
    }

    pub fn word(&self, entry: &Entry, by: &'static str) {
        self.show_entry(entry);
        self.simulation.tell(format!("  {by}: {} is {}", entry.id, entry.state));
        let word = Word { entry: entry.id.clone(), state: entry.state, by };
        self.record.lock().unwrap().words.push(word);
    }

    pub fn client(&self, agent: &str, key: &str, timeout: Duration) -> Client {
        self.provider.patience.lock().unwrap().insert(agent.to_owned(), timeout);
        self.provider.tasks.lock().unwrap().insert(agent.to_owned(), tokio::task::try_id());
        Client::builder(key)
            .base_url(&self.provider.url)
            .user_agent(agent)
            .timeout(timeout)
            .repeat_reads(1, Duration::from_millis(20))
            .build()
            .unwrap()
    }

    pub fn new_key(&self) -> String {
        self.provider.world(|world| {
            let key = world.canary();
            world.keys.push(key.clone());
            key
        })
    }

    pub async fn all(&self, journal: &Journal) -> Vec<Entry> {
        let mut entries = Vec::new();
        let options = ListOptions::default();
        let take = |entry: Result<_, _>| match entry {
            Ok(entry) => entries.push(entry),
            Err(error) => self.fault(format!("an order cannot be read: {error}")),
        };
        if let Err(error) = journal.list(&options, take).await {
            self.simulation.tell(format!("  the list: {error}"));
        }
        entries
    }

    /// Finds out what became of the orders whose end is not known.
    pub async fn look(&self, journal: &Journal, client: &Client, agent: &str, mut rng: Rng) {
        let window = [Some(0), Some(2), Some(30), None, None][rng.usize(0..5)];
        self.simulation.tell(format!("{agent} looks for {window:?} s"));
        for entry in self.all(journal).await {
            if entry.state.blocks() {
                self.look_at(journal, client, &entry, window).await;
            }
        }
    }

    pub async fn look_at(
        &self,
        journal: &Journal,
        client: &Client,
        entry: &Entry,
        window: Option<u64>,
    ) {
        let simulation = self.simulation.clone();
        let mut options = ReconcileOptions::default().pausing(move |time| {
            let simulation = simulation.clone();
            async move { simulation.sleep(time).await }
        });
        if let Some(window) = window {
            options = options.window(Duration::from_secs(window));
        }
        match journal.reconcile(client, &entry.id, &options).await {
            Ok(found) => {
                if let Some(findings) = &found.findings {
                    self.simulation.tell(format!("  {:?}", findings.verdict));
                }
                if entry.state.blocks() && !found.state.blocks() {
                    self.record.lock().unwrap().found_out += 1;
                }
                self.word(&found, "found");
            }
            Err(error) => {
                self.simulation.tell(format!("  reconcile {}: {error}", entry.id));
                self.show("error", format!("{error} {error:?}"));
            }
        }
    }

    /// After all senders: what is still open is looked for, and the rest is told by a person.
    async fn end(&self, spy: &Journal, mut rng: Rng) -> Record {
        self.simulation.tell("everyone has ended");
        if rng.bool() {
            self.simulation.sleep(Duration::from_secs(rng.u64(0..400))).await;
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
        self.simulation.sleep(Duration::from_secs(2000)).await;
        self.resolve(spy, None).await;
        self.correct(spy).await;
        let entries = self.all(spy).await;
        for entry in entries.iter().filter(|entry| entry.state.blocks()) {
            self.fault(format!("{} has reached no end: {}", entry.id, entry.state));
        }
        for entry in &entries {
            self.word(entry, "end");
        }
        let world = self.provider.world(|world| {
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
            transcript: self.simulation.transcript(),
            found_out: said.found_out,
            undecided: said.undecided,
            goals: std::mem::take(&mut said.goals),
            already: std::mem::take(&mut said.already),
            erred: std::mem::take(&mut said.erred),
        }
    }
}
