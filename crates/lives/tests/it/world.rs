//! What the provider has booked, and what of it can be seen when.

use std::collections::VecDeque;
use std::time::Duration;

use fastrand::Rng;
use jiff::civil::{DateTime, date};
use jiff::{Span, ToSpan};

use crate::answer::Answer;
use crate::behaviour::Behaviour;

/// What a life assumes of its provider. Beyond these, anything goes.
#[derive(Clone, Copy, Debug)]
pub struct Assumptions {
    /// An order is booked before its sender stops waiting for the answer.
    pub books_in_time: bool,
    /// The longest time after a booking in which a read may not show it.
    pub lag: Duration,
}

impl Assumptions {
    pub const KEPT: Self = Self { books_in_time: true, lag: Duration::from_secs(180) };
    pub const BROKEN: Self = Self { books_in_time: false, lag: Duration::from_secs(900) };
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Plesk,
    Server,
}

/// What can be paid for.
#[derive(Clone, Debug)]
pub struct Target {
    pub kind: Kind,
    pub id: String,
    /// Cents for a month, or for 720 hours.
    pub price: i64,
    /// When it ended before the life began.
    pub ends: DateTime,
}

/// Something that the provider lists as an order.
#[derive(Clone, Debug)]
pub struct Booking {
    pub id: String,
    pub number: String,
    pub target: String,
    pub kind: Kind,
    pub count: u32,
    pub cents: i64,
    pub at: Duration,
    /// What was really bought; not so for an order that failed.
    pub charged: bool,
    /// The request that it came of; none for what others ordered.
    pub post: Option<usize>,
    /// From when on each read shows it.
    pub shows: [Duration; 3],
    /// Its state from the first to the last, with the time of the change.
    pub status: (&'static str, Duration, &'static str),
    pub type_name: &'static str,
    /// The plan from then on: its place in `PLANS`.
    pub plan: Option<usize>,
    /// To be paid in crypto; nothing is handed over before that.
    pub crypto: bool,
    pub paid_at: Option<Duration>,
}

/// What a read shows.
#[derive(Clone, Copy)]
pub enum Surface {
    Expiry,
    Orders,
    Balance,
}

/// A request for an order, as it came.
#[derive(Clone, Debug)]
pub struct Post {
    pub at: Duration,
    pub agent: String,
    pub target: String,
    pub count: u32,
    pub books_at: Option<Duration>,
    pub said: String,
    /// The journal's order that it was sent for.
    pub entry: Option<String>,
    /// By when the journal wanted it handed over.
    pub send_by: Option<Duration>,
    /// When the thing ended then, without what others have ordered.
    pub ended_then: Option<DateTime>,
}

#[derive(Clone, Debug)]
pub enum Event {
    Book(Box<Booking>),
    /// The order of this id is paid, which waited for it.
    Paid(String),
    Move(i64),
    Price(usize, i64),
    /// The provider's clock goes back by an hour.
    ClockBack,
}

/// The provider's books.
pub struct World {
    pub rng: Rng,
    pub assumptions: Assumptions,
    pub behaviour: Behaviour,
    pub user: String,
    pub balance: i64,
    pub targets: Vec<Target>,
    pub bookings: Vec<Booking>,
    pub posts: Vec<Post>,
    pub events: Vec<(Duration, Event)>,
    /// What no one may see again.
    pub canaries: Vec<String>,
    pub keys: Vec<String>,
    pub clock_back: bool,
    /// When nobody can connect: after how long, and for how long.
    pub outages: Vec<(Duration, Duration)>,
    pub reads: usize,
    /// What comes of the next orders, instead of what is drawn: whether they are booked, and the answer.
    pub script: VecDeque<(bool, Answer)>,
    /// What moved the balance besides orders.
    pub moves: Vec<i64>,
    numbers: u32,
}

impl World {
    pub fn draw(mut rng: Rng, assumptions: Assumptions) -> Self {
        let behaviour = Behaviour::draw(&mut rng, assumptions);
        let life = rng.u32(..);
        let mut targets = Vec::new();
        for at in 0..[1, 1, 2, 3][rng.usize(0..4)] {
            let kind = if rng.bool() { Kind::Plesk } else { Kind::Server };
            let prefix = if kind == Kind::Plesk { "sub" } else { "server" };
            let day = [1, 15, 28, 30, 31][rng.usize(0..5)];
            targets.push(Target {
                kind,
                id: format!("{prefix}{at}-{life:08x}-8901"),
                // An hour costs a cent at least.
                price: [999, 1299, 1299, 5475, 399][rng.usize(0..5)],
                ends: date(2025, [10, 12, 12][rng.usize(0..3)], day).at(10, 0, 0, 0),
            });
        }
        let mut world = Self {
            behaviour,
            assumptions,
            user: format!("user-{life:08x}-4567"),
            balance: rng.i64(0..500_000),
            targets,
            bookings: Vec::new(),
            posts: Vec::new(),
            events: Vec::new(),
            canaries: Vec::new(),
            keys: Vec::new(),
            clock_back: false,
            outages: Vec::new(),
            reads: 0,
            script: VecDeque::new(),
            moves: Vec::new(),
            numbers: 0,
            rng,
        };
        world.add_history();
        world.add_others();
        world.add_outages();
        world
    }

    /// Orders from before the life.
    fn add_history(&mut self) {
        for _ in 0..[0, 0, 2, 7, 25][self.rng.usize(0..5)] {
            let at = self.rng.usize(0..self.targets.len());
            let target = self.targets[at].clone();
            let mut old = self.booking(&target, 1, Duration::ZERO, None);
            old.shows = [Duration::ZERO; 3];
            old.type_name = match self.rng.u8(0..3) {
                0 => old.type_name,
                1 => "dedicated_server",
                _ => "new_server",
            };
            if old.type_name != self.behaviour.type_name && self.rng.bool() {
                old.target = format!("server-of-old-{}", self.rng.u8(..));
            }
            // Its effect is in the expiry already.
            old.charged = false;
            self.bookings.push(old);
        }
    }

    /// What others do during the life.
    fn add_others(&mut self) {
        let rng_time = |rng: &mut Rng| Duration::from_millis(rng.u64(0..900_000));
        for _ in 0..[0, 0, 0, 1, 3][self.rng.usize(0..5)] {
            let time = rng_time(&mut self.rng);
            let at = self.rng.usize(0..self.targets.len());
            let event = match self.rng.u8(0..10) {
                // Someone orders the same or another number, for the same or for another thing.
                0..=4 => {
                    let mut target = self.targets[at].clone();
                    let count = self.rng.u32(1..4);
                    if self.rng.bool() {
                        target.id.push_str("-other");
                    }
                    Event::Book(Box::new(self.booking(&target, count, time, None)))
                }
                5 | 6 => Event::Move(self.rng.i64(-3000..3000)),
                7 | 8 => Event::Price(at, [999, 399, 2997][self.rng.usize(0..3)]),
                _ => Event::ClockBack,
            };
            self.events.push((time, event));
        }
    }

    fn add_outages(&mut self) {
        for _ in 0..[0, 0, 0, 2][self.rng.usize(0..4)] {
            let [after, time] = [self.rng.u64(1..60), self.rng.u64(1..60)].map(Duration::from_secs);
            self.outages.push((after, time));
        }
    }

    pub fn number(&mut self) -> u32 {
        self.numbers += 1;
        self.numbers
    }

    /// A text that no one may see again.
    pub fn canary(&mut self) -> String {
        let letters: String = (0..28).map(|_| self.rng.alphanumeric()).collect();
        let canary = format!("cnry{letters}");
        self.canaries.push(canary.clone());
        canary
    }

    pub fn cents(&self, target: &Target, count: u32) -> i64 {
        match target.kind {
            Kind::Plesk => target.price * i64::from(count),
            Kind::Server => (target.price * i64::from(count) + 360) / 720,
        }
    }

    pub fn booking(
        &mut self,
        target: &Target,
        count: u32,
        at: Duration,
        post: Option<usize>,
    ) -> Booking {
        let number = self.number();
        let lag = self.behaviour.longest_lag.as_millis().max(1);
        let mut late = || at + Duration::from_millis(self.rng.u64(0..u64::try_from(lag).unwrap()));
        let shows = [late(), late(), late()];
        let status = match self.rng.u8(0..8) {
            0 => ("pending", at + Duration::from_secs(self.rng.u64(0..400)), "completed"),
            1 => (["active", "paid", "Completed", ""][self.rng.usize(0..4)], at, ""),
            _ => ("completed", at, "completed"),
        };
        let status = if status.2.is_empty() { (status.0, at, status.0) } else { status };
        let random: u32 = self.rng.u32(..);
        Booking {
            id: format!("{random:08x}-c8cd-11f0-8cdf-{number:012}"),
            number: match target.kind {
                Kind::Plesk => format!("PLK_RENEW_20251009_{:06}", 123_000 + number),
                Kind::Server => format!("CLOUD_20251009{number:06}_{random:04X}"),
            },
            target: target.id.clone(),
            kind: target.kind,
            count,
            cents: self.cents(target, count),
            at,
            charged: true,
            post,
            shows,
            status,
            type_name: self.behaviour.type_name,
            plan: None,
            crypto: false,
            paid_at: None,
        }
    }

    pub fn target(&self, id: &str) -> Option<Target> {
        self.targets.iter().find(|target| target.id == id).cloned()
    }

    /// Lets happen what is due.
    pub fn catch_up(&mut self, now: Duration) {
        self.events.sort_by_key(|(at, _)| *at);
        while self.events.first().is_some_and(|(at, _)| *at <= now) {
            let (at, event) = self.events.remove(0);
            match event {
                Event::Book(booking) => {
                    self.change_plan(&booking);
                    self.bookings.push(*booking);
                }
                Event::Paid(id) => {
                    if let Some(booking) = self.bookings.iter_mut().find(|it| it.id == id) {
                        booking.charged = true;
                        booking.status = ("completed", at, "completed");
                        booking.paid_at = Some(at);
                        let paid = booking.clone();
                        self.change_plan(&paid);
                    }
                }
                Event::Move(cents) => {
                    self.balance += cents;
                    self.moves.push(cents);
                }
                Event::Price(at, price) => self.targets[at].price = price,
                Event::ClockBack => self.clock_back = true,
            }
        }
    }

    /// The provider's civil time at a moment.
    pub fn civil(&self, at: Duration) -> DateTime {
        let hours = if self.clock_back { 1 } else { 2 };
        let birth = date(2025, 10, 9).at(8, 53, 20, 0);
        birth + hours.hours() + Span::new().seconds(i64::try_from(at.as_secs()).unwrap())
    }

    fn is_shown(&mut self, shows: Duration, at: Duration, now: Duration) -> bool {
        now >= shows || (self.behaviour.flaps && now >= at && self.rng.bool())
    }

    /// The orders that a read shows now.
    pub fn shown(&mut self, surface: Surface, now: Duration) -> Vec<Booking> {
        let all = self.bookings.clone();
        let surface = match surface {
            Surface::Expiry => 0,
            Surface::Orders => 1,
            Surface::Balance => 2,
        };
        all.into_iter()
            .filter(|booking| self.is_shown(booking.shows[surface], booking.at, now))
            .collect()
    }

    /// When something ends, without what others have done a moment ago.
    pub fn ended(&self, target: &Target, now: Duration) -> DateTime {
        let long_ago = |at: Duration| at + Duration::from_secs(400) < now;
        let of_ours = |it: &&Booking| match it.paid_at {
            Some(paid) => long_ago(paid),
            None => it.post.is_some() || long_ago(it.at),
        };
        self.ends(target, self.bookings.iter().filter(of_ours))
    }

    /// When something ends after these orders.
    pub fn ends<'a>(&self, target: &Target, booked: impl Iterator<Item = &'a Booking>) -> DateTime {
        let mut ends = target.ends;
        for booking in booked.filter(|it| it.charged && it.target == target.id) {
            let count = i64::from(booking.count);
            ends = match target.kind {
                Kind::Server => ends + count.hours(),
                Kind::Plesk if self.behaviour.overflows => {
                    // As PHP counts: the 31st of a month with 30 days is the next 1st.
                    let first = ends.with().day(1).build().unwrap() + count.months();
                    first + i64::from(ends.day() - 1).days()
                }
                Kind::Plesk => ends + count.months(),
            };
        }
        ends
    }

    pub fn civil_text(at: DateTime) -> String {
        at.strftime("%Y-%m-%d %H:%M:%S").to_string()
    }

    pub fn money(cents: i64) -> String {
        let sign = if cents < 0 { "-" } else { "" };
        format!("{sign}{}.{:02}", cents.abs() / 100, cents.abs() % 100)
    }
}
