//! A random world, which knows what was booked, and the readings that it shows of that.
//!
//! It is told of no rule of the judge: it books orders of ours and of others, moves what they move, lags
//! and contradicts itself.

use std::collections::BTreeSet;

use fastrand::Rng;
use jiff::{Span, civil::DateTime};
use oxhost::types::{Payment, PleskRenewalOrder, ServerExtensionOrder};
use oxhost::{CivilDateTime, Money};
use rust_decimal::Decimal;

use crate::order::JournaledOrder;
use crate::reading::{Look, Reading, SeenOrder, ServerReading, SubscriptionReading};

const SERVERS: [&str; 3] = ["ours", "another", "a third"];
const PLANS: [&str; 2] = ["Basic", "Business"];
/// Cents of a month. Primes, so that orders of different months cost differently.
const PRICES: [i64; 4] = [997, 2503, 1009, 1511];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// The order that is to be found out.
    Ours,
    /// One that our journal knows the outcome of.
    Known,
    Others,
}

/// An order that was really booked.
#[derive(Clone, Debug)]
pub(super) struct Booked {
    pub(super) id: String,
    pub(super) whose: Whose,
    target: usize,
    units: u32,
    scales: bool,
}

/// All that the provider has, at one time.
#[derive(Clone)]
struct Scene {
    orders: Vec<SeenOrder>,
    expires_at: DateTime,
    plan: usize,
    prices: [i64; 2],
    balance: i64,
}

#[derive(Debug)]
pub(super) struct World {
    pub(super) order: JournaledOrder,
    pub(super) before: Reading,
    pub(super) looks: Vec<Look>,
    pub(super) known: BTreeSet<String>,
    pub(super) booked: Vec<Booked>,
    /// Nobody but us did anything, and nothing is left out of what is shown.
    pub(super) quiet: bool,
    /// The last reading shows all that there is.
    pub(super) ends_fresh: bool,
    /// Readings of all that there is.
    pub(super) fresh: usize,
    /// Readings that lag, or contradict themselves.
    pub(super) late: usize,
    units: u32,
    /// Ours changes the plan.
    pub(super) scales: bool,
}

impl World {
    pub(super) fn of(seed: u64) -> Self {
        Maker::new(seed).make()
    }

    pub(super) fn is_booked(&self) -> bool {
        self.booked.iter().any(|booked| booked.whose == Whose::Ours)
    }

    /// Whether an order is for the same as ours: nothing that shows could tell them apart. The plan that
    /// was ordered has an id, the one that shows a name.
    pub(super) fn is_like_ours(&self, booked: &Booked) -> bool {
        booked.target == 0 && booked.units == self.units && booked.scales == self.scales
    }

    pub(super) fn is_in_crypto(&self) -> bool {
        matches!(&self.order, JournaledOrder::Renewal(order) if order.type_payment == Payment::Crypto)
    }
}

struct Maker {
    random: Rng,
    is_server: bool,
    /// 31 January and a month is 3 March, not 28 February.
    carries: bool,
    /// Fields may be null.
    vague: bool,
    disturbed: bool,
    crypto: bool,
    units: u32,
    plan: Option<usize>,
    clock: DateTime,
    clock_moved: bool,
    scenes: Vec<Scene>,
    booked: Vec<Booked>,
    /// Orders of ours that wait for their payment.
    unpaid: bool,
}

impl Maker {
    fn new(seed: u64) -> Self {
        let mut random = Rng::with_seed(seed);
        let is_server = random.bool();
        let crypto = !is_server && random.u8(..8) == 0;
        let start = DateTime::constant(2025, 1, 1, 10, 0, 0, 0);
        // Every day of two years, leap day and ends of months among them.
        let clock = start.checked_sub(Span::new().days(random.i64(0..731))).unwrap();
        let scene = Scene {
            orders: Vec::new(),
            expires_at: clock.checked_add(Span::new().days(random.i64(0..60))).unwrap(),
            plan: 0,
            prices: [PRICES[0], PRICES[1]],
            balance: 10_000_000,
        };
        Self {
            is_server,
            crypto,
            carries: random.bool(),
            vague: random.u8(..4) == 0,
            disturbed: random.bool(),
            units: random.u32(1..=12),
            plan: (!is_server && random.u8(..4) == 0).then_some(1),
            clock,
            clock_moved: false,
            scenes: vec![scene],
            booked: Vec::new(),
            unpaid: false,
            random,
        }
    }

    fn make(mut self) -> World {
        for _ in 0..self.random.usize(..5) {
            let whose = if self.random.bool() { Whose::Known } else { Whose::Others };
            self.any_order(whose);
        }
        let lag = if self.disturbed && self.one_in(5) { self.random.usize(1..=2) } else { 0 };
        let Look::Seen(before) = self.look(lag, lag, None) else { unreachable!() };
        let since = match &before {
            // Of what began with nothing, everything shows.
            Reading::Server(seen) => seen.since.or(Some(DateTime::MIN.into())),
            Reading::Subscription(_) => None,
        };
        let readings = self.random.usize(3..=7);
        let is_booked = self.random.bool();
        // A change of plan cannot show if it is to the plan that there was, or waits for its payment.
        let plan = self.scenes.last().unwrap().plan;
        let shows_plan = self.plan.is_none_or(|new| new != plan && !self.crypto);
        // A request may be booked after its sender gave up.
        let booked_at = if self.one_in(4) { self.random.usize(1..readings) } else { 0 };
        let (mut looks, mut fresh, mut late, mut ends_fresh) = (Vec::new(), 0, 0, false);
        for number in 0..readings {
            self.deeds();
            if is_booked && number == booked_at {
                self.ours();
            }
            self.deeds();
            ends_fresh = false;
            // Late in the window the provider has mostly caught up.
            let chance = if number + 1 == readings { 12 } else { 3 };
            looks.push(match self.random.u8(..chance) {
                0 if self.random.bool() => Look::Failed("it failed".to_owned()),
                0 => {
                    late += 1;
                    let (orders, state) = (self.random.usize(..3), self.random.usize(..3));
                    self.look(orders, state, since)
                }
                _ => {
                    (fresh, ends_fresh) = (fresh + 1, true);
                    self.look(0, 0, since)
                }
            });
        }
        World {
            order: self.order(),
            before,
            looks,
            known: self.names_of(Whose::Known),
            quiet: !self.disturbed && !self.vague && shows_plan,
            ends_fresh,
            fresh,
            late,
            booked: self.booked,
            units: self.units,
            scales: self.plan.is_some(),
        }
    }

    fn order(&self) -> JournaledOrder {
        if self.is_server {
            let order = ServerExtensionOrder::new("user", SERVERS[0], self.units).unwrap();
            return JournaledOrder::Extension(order);
        }
        JournaledOrder::Renewal(PleskRenewalOrder {
            new_plan_id: self.plan.map(|plan| PLANS[plan].parse().unwrap()),
            type_payment: if self.crypto { Payment::Crypto } else { Payment::Balance },
            ..PleskRenewalOrder::new("subscription", self.units).unwrap()
        })
    }

    fn names_of(&self, whose: Whose) -> BTreeSet<String> {
        let theirs = self.booked.iter().filter(|booked| booked.whose == whose);
        theirs.map(|booked| booked.id.clone()).collect()
    }

    fn one_in(&mut self, chance: u8) -> bool {
        self.random.u8(..chance) == 0
    }

    /// What others do, where they do anything.
    fn deeds(&mut self) {
        if self.unpaid && self.one_in(3) {
            self.pay();
        }
        while self.disturbed && self.one_in(4) {
            match self.random.u8(..8) {
                0..=3 => {
                    let whose = if self.one_in(4) { Whose::Known } else { Whose::Others };
                    self.any_order(whose);
                }
                4 => {
                    let days = self.random.i64(-40..=40);
                    self.change(|scene| {
                        scene.expires_at =
                            scene.expires_at.checked_add(Span::new().days(days)).unwrap();
                    });
                }
                5 => {
                    let (plan, price) = (self.random.usize(..2), self.random.usize(2..4));
                    self.change(|scene| scene.prices[plan] = PRICES[price]);
                }
                6 => {
                    let cents = self.random.i64(-3000..=3000);
                    self.change(|scene| scene.balance += cents);
                }
                // Daylight saving begins, or ends; not both.
                _ if !self.clock_moved => {
                    self.clock_moved = true;
                    let hours = if self.random.bool() { 1 } else { -1 };
                    self.pass(Span::new().hours(hours));
                }
                _ => {}
            }
        }
    }

    fn any_order(&mut self, whose: Whose) {
        let units = if self.one_in(3) { self.units } else { self.random.u32(1..=12) };
        let target = if self.is_server { self.random.usize(..SERVERS.len()) } else { 0 };
        let scales = !self.is_server && self.one_in(4);
        let plan = scales.then(|| self.random.usize(..PLANS.len()));
        let status = match self.random.u8(..8) {
            0 => "pending",
            1 => "failed",
            _ => "completed",
        };
        let pause = if self.one_in(2) { Span::new().minutes(1) } else { Span::new().hours(30) };
        self.pass(pause);
        self.book(whose, target, units, plan, status);
    }

    fn ours(&mut self) {
        self.pass(Span::new().seconds(1));
        let status = if self.crypto { "pending" } else { "completed" };
        self.unpaid = self.crypto;
        self.book(Whose::Ours, 0, self.units, self.plan, status);
    }

    fn pay(&mut self) {
        self.unpaid = false;
        let ours = self.names_of(Whose::Ours);
        let (units, plan, carries) = (self.units, self.plan, self.carries);
        self.change(|scene| {
            for order in scene.orders.iter_mut().filter(|order| ours.contains(&order.id)) {
                order.status = Some("completed".to_owned());
            }
            scene.renew(units, plan, carries);
        });
    }

    fn book(&mut self, whose: Whose, target: usize, units: u32, plan: Option<usize>, status: &str) {
        let id = format!("order-{}", self.booked.len());
        let scene = self.scenes.last().unwrap();
        let left = plan.unwrap_or(scene.plan);
        let scales = left != scene.plan;
        let mut cents = scene.prices[left] * i64::from(units);
        if self.is_server {
            cents = i64::from(units) * 7;
        } else if plan.is_some() {
            // What a change of plan costs is not documented.
            cents += self.random.i64(-500..500);
        }
        let vague = self.vague;
        let mut null = || vague && self.random.u8(..6) == 0;
        let seen = SeenOrder {
            number: (!null()).then(|| format!("number of {id}")),
            server: (self.is_server && !null()).then(|| SERVERS[target].to_owned()),
            kind: (self.is_server && !null()).then(|| "renew_server".to_owned()),
            hours: (self.is_server && !null()).then(|| i64::from(units)),
            amount: (!null()).then(|| money(cents)),
            status: (!null()).then(|| status.to_owned()),
            created_at: (!null()).then(|| CivilDateTime::from(self.clock)),
            id: id.clone(),
        };
        let (is_server, carries) = (self.is_server, self.carries);
        self.change(|scene| {
            scene.orders.insert(0, seen);
            if status == "completed" {
                scene.balance -= cents;
                if !is_server {
                    scene.renew(units, plan, carries);
                }
            }
        });
        // What failed was not booked, for whatever it was.
        let target = if status == "failed" { usize::MAX } else { target };
        self.booked.push(Booked { id, whose, target, units, scales });
    }

    fn change(&mut self, change: impl FnOnce(&mut Scene)) {
        let mut scene = self.scenes.last().unwrap().clone();
        change(&mut scene);
        self.scenes.push(scene);
    }

    fn pass(&mut self, time: Span) {
        self.clock = self.clock.checked_add(time).unwrap();
    }

    /// What shows: orders and all else, each so many changes late.
    fn look(&mut self, orders: usize, state: usize, since: Option<CivilDateTime>) -> Look {
        let last = self.scenes.len() - 1;
        let late = |lag: usize| self.scenes[last.saturating_sub(lag)].clone();
        let (Scene { orders, .. }, state) = (late(orders), late(state));
        let mut null = || self.vague && self.random.u8(..6) == 0;
        if !self.is_server {
            return Look::Seen(Reading::Subscription(SubscriptionReading {
                expires_at: CivilDateTime::from(state.expires_at),
                plan: (!null()).then(|| PLANS[state.plan].to_owned()),
                price: (!null()).then(|| money(state.prices[state.plan])),
                orders,
            }));
        }
        let newest = orders.iter().filter_map(|order| order.created_at).map(CivilDateTime::civil);
        let two_hours_back =
            newest.max().map(|at| at.checked_sub(Span::new().hours(2)).unwrap()).map(Into::into);
        let since = since.or(two_hours_back);
        let is_late = |order: &SeenOrder| match (order.created_at, since) {
            (Some(at), Some(since)) => at.civil() >= since.civil(),
            _ => true,
        };
        Look::Seen(Reading::Server(ServerReading {
            orders: orders.into_iter().filter(is_late).collect(),
            since,
            whole: !null(),
            balance: (!null()).then(|| money(state.balance)),
        }))
    }
}

impl Scene {
    fn renew(&mut self, months: u32, plan: Option<usize>, carries: bool) {
        let clamped = self.expires_at.checked_add(Span::new().months(months)).unwrap();
        let lost = i64::from(self.expires_at.day()) - i64::from(clamped.day());
        self.expires_at = match carries {
            true => clamped.checked_add(Span::new().days(lost)).unwrap(),
            false => clamped,
        };
        self.plan = plan.unwrap_or(self.plan);
    }
}

fn money(cents: i64) -> Money {
    Money::from(Decimal::new(cents, 2))
}
