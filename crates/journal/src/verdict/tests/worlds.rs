//! A random world, which knows what was booked and when, and the observations that it shows of that.
//!
//! It is told of no rule of the judge: it books orders of ours and of others, moves what they move, lags
//! and contradicts itself.

mod provider;

use fastrand::Rng;
use jiff::{Span, Timestamp, civil::DateTime, tz::TimeZone};
use oxhost::CivilDateTime;
use oxhost::types::{Payment, PleskRenewalOrder, ServerExtensionOrder};

use crate::order::JournaledOrder;
use crate::snapshot::{Observation, SeenOrder, Snapshot};
use crate::verdict::{Case, Known};
use provider::{Lags, Listing, PLANS, PRICES, SERVER, SERVERS, Scene, look, money, text};

/// The longest that the provider takes to show what it booked, in seconds, within the assumptions.
const LAG: i64 = 180;
/// When the sender of ours is out. It may be paused until then.
const ANSWER_BY: i64 = 130;

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
    /// When, in seconds from the baseline.
    pub(super) at: i64,
    target: usize,
    units: u32,
    scales: bool,
}

#[derive(Debug)]
pub(super) struct World {
    pub(super) order: JournaledOrder,
    pub(super) placed_at: Timestamp,
    pub(super) baseline: Observation,
    pub(super) observations: Vec<Observation>,
    pub(super) known: Known,
    pub(super) booked: Vec<Booked>,
    /// Nobody but us did anything, and nothing is left out of what is shown.
    pub(super) quiet: bool,
    /// The provider books and shows in time.
    pub(super) in_time: bool,
    /// Someone moved the balance without an order.
    pub(super) balance_moved: bool,
    /// The list shows no extensions.
    pub(super) hidden: bool,
    /// Our order can show: a change of plan to another plan, and so on.
    pub(super) shows: bool,
    units: u32,
    /// Ours changes the plan.
    pub(super) scales: bool,
}

impl World {
    pub(super) fn of(seed: u64) -> Self {
        Maker::new(seed).make()
    }

    pub(super) fn case(&self) -> Case<'_> {
        let baseline = Some(&self.baseline);
        Case { order: &self.order, baseline, known: &self.known, placed_at: self.placed_at }
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
    in_time: bool,
    crypto: bool,
    units: u32,
    plan: Option<usize>,
    listing: Listing,
    /// The provider's clock at the baseline, and now in seconds from then.
    start: DateTime,
    now: i64,
    /// By how much daylight saving has set it since.
    set_by: i64,
    scenes: Vec<Scene>,
    booked: Vec<Booked>,
    balance_moved: bool,
    /// Orders of ours that wait for their payment.
    unpaid: bool,
}

impl Maker {
    fn new(seed: u64) -> Self {
        let mut random = Rng::with_seed(seed);
        let is_server = random.u8(..3) > 0;
        let crypto = !is_server && random.u8(..8) == 0;
        // Every day of two years, leap day and ends of months among them.
        let start = DateTime::constant(2025, 1, 1, 10, 0, 0, 0);
        let start = start.checked_sub(Span::new().days(random.i64(0..731))).unwrap();
        let scene = Scene {
            from: i64::MIN,
            orders: Vec::new(),
            expires_at: start.checked_add(Span::new().days(random.i64(0..60))).unwrap(),
            plan: 0,
            prices: [PRICES[0], PRICES[1]],
            balance: 10_000_000,
        };
        let disturbed = random.bool();
        Self {
            is_server,
            crypto,
            carries: random.bool(),
            vague: random.u8(..4) == 0,
            disturbed,
            in_time: random.u8(..5) > 0,
            units: random.u32(1..=12),
            plan: (!is_server && random.u8(..4) == 0).then_some(1),
            listing: Listing::any(&mut random, disturbed),
            start,
            now: 0,
            set_by: 0,
            scenes: vec![scene],
            booked: Vec::new(),
            balance_moved: false,
            unpaid: false,
            random,
        }
    }

    fn make(mut self) -> World {
        self.history();
        self.now = 0;
        let lags = if self.disturbed && self.one_in(5) { self.lags() } else { Lags::default() };
        let before = look(&self.scenes, &self.listing, 0, lags, None, self.is_server);
        // A change of plan cannot show if it is to the plan that there was, or waits for its payment.
        let plan = self.scenes.last().unwrap().plan;
        let shows = self.plan.is_none_or(|new| new != plan && !self.crypto);
        let is_booked = self.random.bool();
        let latest = if self.in_time { ANSWER_BY } else { 3 * ANSWER_BY };
        let booked_at = if self.one_in(3) { self.random.i64(1..latest) } else { 2 };
        let absence_from = ANSWER_BY + LAG;
        let mut looks: Vec<i64> = (0..self.random.usize(..5)).map(|_| 0).collect();
        looks.iter_mut().for_each(|at| *at = self.random.i64(2..absence_from));
        looks.sort_unstable();
        looks.extend([0, 5, 11].map(|late| absence_from + late));
        // What others do, and we, in between.
        let mut events: Vec<(i64, bool)> = vec![(booked_at, true)];
        events.extend((0..4).map(|_| (self.random.i64(0..absence_from + 10), false)));
        events.sort_unstable();
        for (at, is_ours) in events {
            self.now = at;
            match is_ours {
                true if is_booked => self.ours(),
                true => {}
                false => self.deeds(),
            }
        }
        let order = self.order();
        let known = Known { names: self.names_of(Whose::Known), recent: Vec::new() };
        let zone =
            self.random.i64(-12..=14) + if self.one_in(4) { self.random.i64(-20..=20) } else { 0 };
        let placed_at = self.start.checked_sub(Span::new().hours(zone)).unwrap();
        let placed_at = TimeZone::UTC.to_timestamp(placed_at).unwrap();
        let baseline = Observation::new(placed_at, false, Ok(before));
        let case = Case { order: &order, baseline: Some(&baseline), known: &known, placed_at };
        let mut observations = Vec::new();
        for at in looks {
            let late = at >= absence_from;
            let seen = match self.random.u8(..8) {
                0 if self.disturbed && self.random.bool() => Err("it failed".to_owned()),
                0..4 => Ok(self.lags()),
                _ => Ok(Lags::default()),
            };
            let seen = seen.map(|lags| self.seen(at, lags, &case, late));
            observations.push(Observation::new(placed_at, late, seen));
        }
        World {
            placed_at,
            baseline: baseline.clone(),
            observations,
            known: known.clone(),
            quiet: !self.disturbed && !self.vague && self.in_time,
            in_time: self.in_time,
            balance_moved: self.balance_moved,
            hidden: self.listing.hides_extensions,
            shows,
            booked: self.booked,
            units: self.units,
            scales: self.plan.is_some(),
            order: order.clone(),
        }
    }

    fn seen(&mut self, at: i64, lags: Lags, case: &Case<'_>, late: bool) -> Snapshot {
        let mut seen =
            look(&self.scenes, &self.listing, at, lags, Some((case, late)), self.is_server);
        if self.vague && self.one_in(8) {
            match &mut seen {
                Snapshot::Server(seen) => seen.balance = None,
                Snapshot::Subscription(seen) if self.random.bool() => seen.plan = None,
                Snapshot::Subscription(seen) => seen.price = None,
            }
        }
        seen
    }

    fn lags(&mut self) -> Lags {
        let most = if self.in_time { LAG } else { 4 * LAG };
        Lags { orders: self.random.i64(0..=most), state: self.random.i64(0..=most) }
    }

    /// Old orders, extensions by the month among them that are the same as ours.
    fn history(&mut self) {
        let months = if self.is_server && self.random.bool() { self.random.i64(1..=24) } else { 0 };
        for month in (1..=months).rev() {
            for target in 0..SERVERS.len() {
                self.now = -month * 30 * 86_400 + i64::try_from(target).unwrap() * 7;
                if !self.one_in(6) {
                    self.book(Whose::Others, target, self.units, None, "completed");
                }
            }
        }
        let few = self.random.usize(..5);
        for left in (1..=i64::try_from(few).unwrap()).rev() {
            // In a quiet world, so long ago that all shows and none is taken for ours.
            let pause = if self.disturbed { 1800 } else { 3 * 86_400 };
            self.now = -left * pause - self.random.i64(0..600);
            let whose = if self.random.bool() { Whose::Known } else { Whose::Others };
            self.any_order(whose);
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

    fn names_of(&self, whose: Whose) -> Vec<crate::snapshot::ShownText> {
        let theirs = self.booked.iter().filter(|booked| booked.whose == whose);
        // A known order of ours is for the same target, or it would not be asked for.
        theirs.filter(|booked| booked.target == 0).map(|booked| text(&booked.id)).collect()
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
                // Of this target, the journal lets nobody else of us order.
                0..=3 => self.any_order(Whose::Others),
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
                    self.balance_moved = true;
                    self.change(|scene| scene.balance += cents);
                }
                // Daylight saving begins, or ends; not both.
                _ if self.set_by == 0 => self.set_by = if self.random.bool() { 1 } else { -1 },
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
        self.book(whose, target, units, plan, status);
    }

    fn ours(&mut self) {
        let status = if self.crypto { "pending" } else { "completed" };
        self.unpaid = self.crypto;
        self.book(Whose::Ours, 0, self.units, self.plan, status);
    }

    fn pay(&mut self) {
        self.unpaid = false;
        let ours = self.names_of(Whose::Ours);
        let (units, plan, carries) = (self.units, self.plan, self.carries);
        self.change(|scene| {
            for order in &mut scene.orders {
                if order.id.as_ref().is_some_and(|id| ours.contains(id)) {
                    order.status = Some(text("completed"));
                }
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
        let time = Span::new().seconds(self.now + self.set_by * 3600);
        let time = self.start.checked_add(time).unwrap();
        let is_for_itself = whose == Whose::Others && target > 0 && self.one_in(4);
        let kind = text(if is_for_itself { SERVER } else { "renew_server" });
        let vague = self.vague;
        let mut null = || vague && self.random.u8(..6) == 0;
        let seen = SeenOrder {
            number: (!null()).then(|| text(&format!("number of {id}"))),
            server: (self.is_server && !null()).then(|| text(SERVERS[target])),
            kind: (self.is_server && (is_for_itself || !null())).then_some(kind),
            hours: (self.is_server && !null()).then(|| i64::from(units)),
            amount: (!null()).then(|| money(cents)),
            status: (!null()).then(|| text(status)),
            created_at: (!null()).then(|| CivilDateTime::from(time)),
            id: Some(text(&id)),
        };
        let (is_server, carries) = (self.is_server, self.carries);
        self.change(|scene| {
            scene.orders.push(seen);
            if status == "completed" {
                scene.balance -= cents;
                if !is_server {
                    scene.renew(units, plan, carries);
                }
            }
        });
        // What failed was not booked, for whatever it was.
        let target = if status == "failed" { usize::MAX } else { target };
        self.booked.push(Booked { id, whose, at: self.now, target, units, scales });
    }

    fn change(&mut self, change: impl FnOnce(&mut Scene)) {
        let mut scene = self.scenes.last().unwrap().clone();
        scene.from = self.now;
        change(&mut scene);
        self.scenes.push(scene);
    }
}
