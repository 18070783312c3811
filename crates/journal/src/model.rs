//! A model of the life of an order, over the functions that decide it: the transitions of
//! [`State`](crate::State), the deadlines, and the judge.
//!
//! Two senders want the same, a verifier looks after what is left, a person may settle it, someone else may
//! order the same, and the provider books late and shows late. Everyone may be paused before every step,
//! for as long as there is time; one that died is one that is never continued. Time runs in ticks. What a
//! mutant spoils is listed in [`Mutant`].
//!
//! What it establishes, for every order of steps: if the provider books within `B` of the hand-over and
//! shows within `S` of the booking, then no reference is booked twice, and nothing that was booked was ever
//! said not to be, exactly as long as absence is believed from `send_by + timeout + lag` at the earliest and
//! `timeout + lag >= B + S`. A sender that is stopped for longer finds its deadline past.
//!
//! A person may err, and correct himself, but says *not ordered* only of what does not show, and is not
//! heard before `answer_by`.

mod judged;
#[path = "../tests/it/replay.rs"]
mod replay;
mod step;

use std::time::Duration;

use stateright::{Model, Property};

use crate::clock::{Deadlines, Moment, micros};
use crate::entry::Resolution;
use crate::state::{Speaker, State};
use judged::Look;

/// What is assumed, and what the journal allows for it, in ticks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    /// How long after its intent a sender may hand its request over.
    grace: u8,
    /// How long it waits for the answer.
    timeout: u8,
    /// How long absence is not believed after that.
    lag: u8,
    /// The provider books until so long after the request was handed over.
    books_within: u8,
    /// It shows what it booked before so much time has passed.
    shows_within: u8,
    /// Time ends here.
    horizon: u8,
    /// Someone else may order the same.
    outsider: bool,
    /// A person may settle what is left.
    person: bool,
    /// There is a second sender.
    second: bool,
    /// Both senders have the same reference.
    same_reference: bool,
    /// The verifier is on a machine with another clock.
    other_clock: bool,
    /// The order extends a server.
    extends: bool,
    mutant: Option<Mutant>,
}

/// One fault in the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mutant {
    /// The index on targets is not there.
    NoTargetIndex,
    /// It does not count unknown orders.
    UnknownDoesNotBlock,
    /// The index on references is not there.
    NoReferenceIndex,
    /// The intent is written whatever the state is.
    IntentWithoutState,
    /// A claim is taken back whatever the state is.
    ReleaseWithoutState,
    /// The sender does not look at its deadline.
    SkipsDeadline,
    /// It counts from after the intent was written, not before.
    CountsFromAfterIntent,
    /// Absence is believed as soon as the sender is out.
    NoLag,
    /// The sender counts as out as soon as it can send no more.
    NoTimeout,
    /// Absence is believed when a window ends, whenever it began.
    WindowOnly,
    /// The comparison with `absence_from` is the other way round.
    LateIsEarly,
    /// A deadline of another clock is compared as if it were one's own.
    MixesClocks,
    /// Whoever verifies sends again what does not show.
    VerifyResends,
    /// A person's word is taken while the order may be under way.
    ResolvesWhileUnderWay,
    /// And so is his word on an unknown order.
    ResolvesUnknownAtOnce,
    /// And so is his correction of what he said before.
    CorrectsAtOnce,
    /// What was read before a late "unknown" is believed after it.
    ConcludesFromBefore,
}

/// What a sender does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Phase {
    /// Claims.
    Idle,
    /// Reads the baseline and its clock.
    Claimed,
    /// Writes its intent.
    Read { started: u8 },
    /// Hands its request over.
    Open { started: u8 },
    /// Waits for the answer.
    Waiting,
    /// Writes down how it ended.
    Ended(State),
    /// Nothing.
    Gone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Sender {
    phase: Phase,
    row: usize,
}

/// An order in the journal.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Row {
    state: State,
    /// Who said so.
    by: Speaker,
    claimed_at: u8,
    answer_by: u8,
    /// Which bookings showed before it.
    baseline: u8,
    /// Someone was told that it was not sent, refused, or not ordered.
    said_no: bool,
    /// The sender's word came after another's.
    late_word: bool,
    /// So did it, and a newer order holds the target.
    unheard: bool,
    /// A newer order has its reference.
    lost_reference: bool,
    /// A person's word came after a person's.
    corrected: bool,
}

/// A request on its way, since then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Flight {
    row: usize,
    since: u8,
}

/// What the provider booked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Booking {
    /// For which of our orders; none is someone else's.
    row: Option<usize>,
    at: u8,
    shows: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Verifier {
    Idle,
    /// It has seen that an order is only claimed.
    Releasing(usize),
    Looking {
        row: usize,
        first_look: u8,
        looks: Vec<Look>,
    },
    Concluded {
        row: usize,
        placed: bool,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct World {
    now: u8,
    senders: [Sender; 2],
    rows: Vec<Row>,
    flights: Vec<Flight>,
    bookings: Vec<Booking>,
    verifier: Verifier,
    /// The verifier has begun.
    verified: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Tick,
    /// The sender's next step.
    Step(usize),
    Book(usize),
    /// The request comes to nothing, and its sender is told so or not.
    Refuse(usize),
    Drop(usize),
    /// The sender of a booked request gets its answer.
    Answer(usize),
    /// The sender loses its connection or waits no more, whatever becomes of the request.
    Cut(usize),
    /// The sender leaves before it hands its request over.
    Leave(usize),
    Show(usize),
    Outsider,
    Verify(usize),
    Look,
    Conclude,
    Resolve(usize, Resolution),
}

impl Rules {
    fn is(&self, mutant: Mutant) -> bool {
        self.mutant == Some(mutant)
    }

    fn moment(&self, tick: u8) -> Moment {
        // Another clock began long before.
        match self.other_clock {
            true => Moment { clock: "other".to_owned(), micros: i64::from(tick) + 1000 },
            false => Moment { clock: "ours".to_owned(), micros: i64::from(tick) },
        }
    }

    fn deadlines(&self, row: &Row) -> Deadlines {
        let clock =
            if self.is(Mutant::MixesClocks) { self.moment(0).clock } else { "ours".to_owned() };
        Deadlines {
            clock,
            claimed_at: i64::from(row.claimed_at),
            send_by: None,
            answer_by: i64::from(row.answer_by),
            ended_at: None,
            first_look: None,
        }
    }

    /// As [`Deadlines::absence_from`], with a lag of so many ticks.
    fn absence_from(&self, row: &Row, first_look: u8) -> Moment {
        let first = self.moment(first_look);
        let lag = Duration::from_micros(u64::from(self.lag));
        let out = match self.mutant {
            Some(Mutant::WindowOnly) => first.micros,
            _ => self.deadlines(row).sender_is_out_from(&first),
        };
        let lag = if self.is(Mutant::NoLag) { 0 } else { micros(lag) };
        Moment { micros: out.saturating_add(lag), ..first }
    }

    /// Whether a person's word on an open order is taken: a tick later, for what happens at `answer_by`
    /// must have happened.
    fn sender_is_out(row: &Row, now: u8) -> bool {
        now > row.answer_by
    }
}

impl World {
    fn is_booked(&self, row: usize) -> bool {
        self.bookings.iter().any(|booking| booking.row == Some(row))
    }

    fn blocking(&self) -> usize {
        self.rows.iter().filter(|row| row.state.blocks()).count()
    }

    /// Whether there is someone whose word the journal takes, now or after a wait.
    fn has_a_way_out(row: &Row) -> bool {
        let may = |next: State, by| row.state.may_become(next, by).is_some();
        match row.state {
            State::Claimed => may(State::NotSent, Speaker::Reconcile),
            State::Open | State::Unknown => [State::Confirmed, State::NotOrdered]
                .into_iter()
                .all(|next| may(next, Speaker::Person) && may(next, Speaker::Reconcile)),
            _ => true,
        }
    }
}

/// What must hold in every state.
pub(crate) const NO_DOUBLE: &str = "one reference is never booked twice";
pub(crate) const NO_FALSE_NO: &str = "what is booked was never said not to be";
pub(crate) const ONE_BLOCKS: &str = "one order at most blocks a target";
pub(crate) const NO_FALSE_YES: &str =
    "what is confirmed was booked, by us or for the same by others";
pub(crate) const WAY_OUT: &str = "every order can reach an end or a person";

impl Model for Rules {
    type State = World;
    type Action = Action;

    fn init_states(&self) -> Vec<World> {
        let idle = Sender { phase: Phase::Idle, row: 0 };
        vec![World {
            now: 0,
            senders: [idle; 2],
            rows: Vec::new(),
            flights: Vec::new(),
            bookings: Vec::new(),
            verifier: Verifier::Idle,
            verified: false,
        }]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Action>) {
        self.possible(world, actions);
    }

    fn next_state(&self, world: &World, action: Action) -> Option<World> {
        let mut next = world.clone();
        self.act(&mut next, action);
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(NO_DOUBLE, |rules: &Self, world: &World| {
                let ours = world.bookings.iter().filter(|booking| booking.row.is_some()).count();
                !rules.same_reference || ours <= 1
            }),
            Property::always(NO_FALSE_NO, |_, world: &World| {
                let said_no = |(index, row): (usize, &Row)| row.said_no && world.is_booked(index);
                !world.rows.iter().enumerate().any(said_no)
            }),
            Property::always(ONE_BLOCKS, |_, world: &World| world.blocking() <= 1),
            Property::always(NO_FALSE_YES, |_, world: &World| {
                let is_it = |index: usize| {
                    let of = |booking: &Booking| booking.row.is_none_or(|row| row == index);
                    world.bookings.iter().any(of)
                };
                let yes = |row: &Row| match row.state {
                    State::Confirmed => row.by != Speaker::Person,
                    state => state == State::Accepted,
                };
                world.rows.iter().enumerate().all(|(index, row)| !yes(row) || is_it(index))
            }),
            Property::always(WAY_OUT, |_, world: &World| {
                world.rows.iter().all(World::has_a_way_out)
            }),
            Property::sometimes("a late word is recorded", |_, world: &World| {
                world.rows.iter().any(|row| row.late_word)
            }),
            Property::sometimes("a late unknown is recorded", |_, world: &World| {
                world.rows.iter().any(|row| row.late_word && row.state == State::Unknown)
            }),
            Property::sometimes(
                "a late unknown finds its target taken",
                |rules: &Self, world: &World| {
                    !rules.second || world.rows.iter().any(|row| row.unheard)
                },
            ),
            Property::sometimes("a pause past send_by leads to not sent", |_, world: &World| {
                world
                    .rows
                    .iter()
                    .any(|row| row.state == State::NotSent && row.by == Speaker::Sender)
            }),
            Property::sometimes("absence is proved", |_, world: &World| {
                let is_it =
                    |row: &Row| row.state == State::NotOrdered && row.by == Speaker::Reconcile;
                world.rows.iter().any(is_it)
            }),
            Property::sometimes("an order is confirmed", |_, world: &World| {
                let is_it =
                    |row: &Row| row.state == State::Confirmed && row.by == Speaker::Reconcile;
                world.rows.iter().any(is_it)
            }),
            Property::sometimes("a claim is taken back", |_, world: &World| {
                let is_it = |row: &Row| row.state == State::NotSent && row.by == Speaker::Reconcile;
                world.rows.iter().any(is_it)
            }),
            Property::sometimes("a person corrects himself", |rules: &Self, world: &World| {
                !rules.person || world.rows.iter().any(|row| row.corrected)
            }),
            Property::sometimes("a second try is booked after a no", |_, world: &World| {
                world.rows.len() == 2 && world.is_booked(1)
            }),
        ]
    }
}

mod tests;
