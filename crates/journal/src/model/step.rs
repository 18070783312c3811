//! What can happen next, and what it does.

use super::judged::{Judged, Look};
use super::replay::transition;
use super::{Action, Booking, Flight, Mutant, Phase, Row, Rules, Sender, Verifier, World};
use crate::clock::Moment;
use crate::entry::Resolution;
use crate::reconcile::is_late;
use crate::state::{Speaker, State};
use crate::verdict::FEWEST_LATE;

impl Rules {
    pub(super) fn possible(&self, world: &World, actions: &mut Vec<Action>) {
        // Nothing happens before the first claim.
        let begun = world.senders[0].phase != Phase::Idle;
        if begun && world.now < self.horizon && self.may_tick(world) {
            actions.push(Action::Tick);
        }
        for (index, sender) in world.senders.iter().enumerate() {
            let acts = match sender.phase {
                Phase::Waiting | Phase::Gone => false,
                // One after the other: which of the two is first does not matter.
                Phase::Idle => index == 0 || (self.second && world.senders[0].phase != Phase::Idle),
                _ => true,
            };
            if acts {
                actions.push(Action::Step(index));
            }
            if matches!(sender.phase, Phase::Claimed | Phase::Read { .. } | Phase::Open { .. }) {
                actions.push(Action::Leave(index));
            }
            if sender.phase == Phase::Waiting {
                let flies = world.flights.iter().any(|flight| flight.row == sender.row);
                if !flies && world.is_booked(sender.row) {
                    actions.push(Action::Answer(index));
                }
                actions.push(Action::Cut(index));
            }
        }
        for flight in 0..world.flights.len() {
            actions.extend([Action::Book(flight), Action::Refuse(flight), Action::Drop(flight)]);
        }
        let hidden = world.bookings.iter().enumerate().filter(|(_, booking)| !booking.shows);
        actions.extend(hidden.map(|(index, _)| Action::Show(index)));
        if self.outsider && world.bookings.iter().all(|booking| booking.row.is_some()) {
            actions.push(Action::Outsider);
        }
        self.verifying(world, actions);
        for (index, row) in world.rows.iter().enumerate() {
            for word in [Resolution::Ordered, Resolution::NotOrdered] {
                let seems = word == Resolution::Ordered || !world.is_booked(index);
                if self.person
                    && seems
                    && self.allows(row, word.state(), Speaker::Person, world.now)
                {
                    actions.push(Action::Resolve(index, word));
                }
            }
        }
    }

    fn verifying(&self, world: &World, actions: &mut Vec<Action>) {
        match &world.verifier {
            Verifier::Idle if !world.verified => {
                let left = world.rows.iter().enumerate().filter(|(_, row)| row.state.blocks());
                actions.extend(left.map(|(index, _)| Action::Verify(index)));
            }
            Verifier::Idle => {}
            Verifier::Looking { row, first_look, looks } => {
                let late = self.is_late(world, *row, *first_look);
                let of_kind = looks.iter().filter(|look| look.late == late).count();
                // More early looks than one say no more than one.
                if of_kind < if late { FEWEST_LATE } else { 1 } {
                    actions.push(Action::Look);
                }
            }
            Verifier::Releasing(_) | Verifier::Concluded { .. } => {
                actions.push(Action::Conclude);
            }
        }
    }

    /// Time waits for what the provider does in less than so much of it.
    fn may_tick(&self, world: &World) -> bool {
        let next = world.now + 1;
        world.flights.iter().all(|flight| next <= flight.since + self.books_within)
            && world.bookings.iter().all(|it| it.shows || next < it.at + self.shows_within)
    }

    /// Whether the journal writes a state after the one that is there.
    fn allows(&self, row: &Row, to: State, by: Speaker, now: u8) -> bool {
        let early = match row.state {
            State::Unknown => Mutant::ResolvesUnknownAtOnce,
            State::Confirmed => Mutant::CorrectsAtOnce,
            _ => Mutant::ResolvesWhileUnderWay,
        };
        let is_out = Self::sender_is_out(row, now) || self.is(early);
        transition(Some(row.state), to, by)
            .is_some_and(|condition| condition.holds(is_out, row.by == Speaker::Person))
    }

    fn is_late(&self, world: &World, row: usize, first_look: u8) -> bool {
        let from = self.absence_from(&world.rows[row], first_look);
        let now = self.moment(world.now);
        match self.is(Mutant::LateIsEarly) {
            true => is_late(&Moment { micros: from.micros, ..now.clone() }, &now),
            false => is_late(&now, &from),
        }
    }

    /// Kept only where something depends on it.
    fn first_look(&self, now: u8) -> u8 {
        if self.other_clock || self.is(Mutant::WindowOnly) { now } else { 0 }
    }

    pub(super) fn act(&self, world: &mut World, action: Action) {
        match action {
            Action::Tick => world.now += 1,
            Action::Step(index) => self.send(world, index),
            Action::Book(index) => {
                let flight = world.flights.remove(index);
                world.book(Some(flight.row));
            }
            Action::Refuse(index) => {
                let flight = world.flights.remove(index);
                world.tell(flight.row, State::Refused);
            }
            Action::Drop(index) => drop(world.flights.remove(index)),
            Action::Answer(index) => world.tell(world.senders[index].row, State::Accepted),
            Action::Cut(index) => world.tell(world.senders[index].row, State::Unknown),
            Action::Show(index) => {
                let Booking { row, .. } = world.bookings[index];
                // When it was booked matters no more: states that differ in nothing else are one.
                world.bookings[index] = Booking { row, at: 0, shows: true };
            }
            Action::Outsider => world.book(None),
            Action::Verify(row) => {
                world.verified = true;
                world.verifier = match world.rows[row].state {
                    State::Claimed => Verifier::Releasing(row),
                    _ => Verifier::Looking {
                        row,
                        first_look: self.first_look(world.now),
                        looks: Vec::new(),
                    },
                };
            }
            Action::Look => self.look(world),
            Action::Conclude => self.conclude(world),
            Action::Leave(index) => {
                let Sender { phase, row } = world.senders[index];
                world.senders[index].phase = match phase {
                    // Its intent is written.
                    Phase::Open { .. } => Phase::Ended(State::NotSent),
                    _ => {
                        self.write(world, row, State::NotSent, Speaker::Reconcile, false);
                        Phase::Gone
                    }
                };
            }
            Action::Resolve(row, word) => {
                self.write(world, row, word.state(), Speaker::Person, false);
            }
        }
    }

    fn send(&self, world: &mut World, index: usize) {
        let (now, Sender { phase, row }) = (world.now, world.senders[index]);
        let next = match phase {
            Phase::Idle => match self.claim(world) {
                true => {
                    world.senders[index].row = world.rows.len() - 1;
                    Phase::Claimed
                }
                // It may ask again.
                false => Phase::Idle,
            },
            Phase::Claimed => {
                world.rows[row].baseline = world.shown();
                Phase::Read { started: now }
            }
            Phase::Read { started } => {
                let unguarded = self.is(Mutant::IntentWithoutState);
                let started =
                    if self.is(Mutant::CountsFromAfterIntent) { u8::MAX } else { started };
                match self.write(world, row, State::Open, Speaker::Sender, unguarded) {
                    true => {
                        let timeout = if self.is(Mutant::NoTimeout) { 0 } else { self.timeout };
                        world.rows[row].answer_by = now + self.grace + timeout;
                        Phase::Open { started }
                    }
                    false => Phase::Gone,
                }
            }
            // Its clock is read only now.
            Phase::Open { started: u8::MAX } => Phase::Open { started: now },
            Phase::Open { started } => {
                if now <= started + self.grace || self.is(Mutant::SkipsDeadline) {
                    world.flights.push(Flight { row, since: now });
                    Phase::Waiting
                } else {
                    Phase::Ended(State::NotSent)
                }
            }
            Phase::Ended(state) => {
                self.write(world, row, state, Speaker::Sender, false);
                Phase::Gone
            }
            Phase::Waiting | Phase::Gone => phase,
        };
        world.senders[index].phase = next;
    }

    fn claim(&self, world: &mut World) -> bool {
        let row = Row {
            state: State::Claimed,
            by: Speaker::Sender,
            claimed_at: if self.other_clock { world.now } else { 0 },
            answer_by: world.now + self.grace + self.timeout,
            baseline: 0,
            said_no: false,
            late_word: false,
            unheard: false,
            lost_reference: false,
            corrected: false,
        };
        if transition(None, row.state, row.by).is_none() {
            return false;
        }
        world.rows.push(row);
        let index = world.rows.len() - 1;
        let taken = self.target_is_taken(world, index) || self.reference_is_taken(world, index);
        if taken {
            world.rows.pop();
        }
        !taken
    }

    /// Whether the unique index on targets refuses the row.
    fn target_is_taken(&self, world: &World, index: usize) -> bool {
        let blocks = |row: &Row| match row.state {
            State::Unknown => !self.is(Mutant::UnknownDoesNotBlock),
            state => state.blocks(),
        };
        !self.is(Mutant::NoTargetIndex) && Self::is_taken(world, index, blocks)
    }

    /// Whether the one on references does.
    fn reference_is_taken(&self, world: &World, index: usize) -> bool {
        let named = |row: &Row| {
            let is_no = matches!(row.state, State::Refused | State::NotSent | State::NotOrdered);
            !is_no && !row.lost_reference
        };
        self.same_reference
            && !self.is(Mutant::NoReferenceIndex)
            && Self::is_taken(world, index, named)
    }

    fn is_taken(world: &World, index: usize, holds: impl Fn(&Row) -> bool) -> bool {
        let mut others = world.rows.iter().enumerate().filter(|(other, _)| *other != index);
        holds(&world.rows[index]) && others.any(|(_, row)| holds(row))
    }

    /// Writes a state, if the one that is there allows it and the indexes do.
    fn write(
        &self,
        world: &mut World,
        index: usize,
        to: State,
        by: Speaker,
        unguarded: bool,
    ) -> bool {
        let before = world.rows[index].clone();
        if !unguarded && !self.allows(&before, to, by, world.now) {
            return false;
        }
        let row = &mut world.rows[index];
        row.late_word =
            by == Speaker::Sender && matches!(before.state, State::Confirmed | State::NotOrdered);
        row.corrected |= (before.by, by) == (Speaker::Person, Speaker::Person);
        (row.state, row.by) = (to, by);
        // Where nothing depends on it any more, states that differ in nothing else are one.
        let may_go_on = to == State::NotOrdered || (to, by) == (State::Confirmed, Speaker::Person);
        if !to.blocks() && !may_go_on {
            row.answer_by = 0;
        }
        row.said_no |= matches!(to, State::Refused | State::NotSent | State::NotOrdered);
        let late = world.rows[index].late_word;
        // A late word is written all the same, without its reference.
        if late && self.reference_is_taken(world, index) {
            world.rows[index].lost_reference = true;
        }
        // But nowhere is there room for a second order that blocks: then its sender alone is told.
        if self.target_is_taken(world, index) || (!late && self.reference_is_taken(world, index)) {
            world.rows[index] = Row { unheard: late, ..before };
            return false;
        }
        // What was read before it is not believed after it.
        if late && to == State::Unknown && !self.is(Mutant::ConcludesFromBefore) {
            world.verifier = match world.verifier {
                Verifier::Looking { row, .. } | Verifier::Concluded { row, .. } if row == index => {
                    Verifier::Idle
                }
                _ => world.verifier.clone(),
            };
        }
        true
    }

    fn look(&self, world: &mut World) {
        let Verifier::Looking { row, first_look, mut looks } = world.verifier.clone() else {
            return;
        };
        let late = self.is_late(world, row, first_look);
        looks.push(Look { late, shown: world.shown() });
        let judged = Judged {
            extends: self.extends,
            baseline: world.rows[row].baseline,
            known: world.known_beside(row),
            looks: looks.clone(),
        };
        world.verifier = match judged.verdict() {
            verdict if verdict != Some(true) && self.is(Mutant::VerifyResends) => {
                world.flights.push(Flight { row, since: world.now });
                Verifier::Idle
            }
            None => Verifier::Looking { row, first_look, looks },
            Some(placed) => Verifier::Concluded { row, placed },
        };
    }

    fn conclude(&self, world: &mut World) {
        let (row, next, unguarded) = match world.verifier {
            Verifier::Releasing(row) => (row, State::NotSent, self.is(Mutant::ReleaseWithoutState)),
            Verifier::Concluded { row, placed: true } => (row, State::Confirmed, false),
            Verifier::Concluded { row, placed: false } => (row, State::NotOrdered, false),
            Verifier::Idle | Verifier::Looking { .. } => return,
        };
        world.verifier = Verifier::Idle;
        // What was found out of an order that had no end is no word against its end.
        let had_none = matches!(world.rows[row].state, State::Open | State::Unknown);
        if had_none || next == State::NotSent {
            self.write(world, row, next, Speaker::Reconcile, unguarded);
        }
    }
}

impl World {
    fn book(&mut self, row: Option<usize>) {
        self.bookings.push(Booking { row, at: self.now, shows: false });
    }

    /// Tells the sender of an order how its call ended, if it still waits.
    fn tell(&mut self, row: usize, ended: State) {
        let waits = |it: &&mut Sender| it.row == row && it.phase == Phase::Waiting;
        if let Some(sender) = self.senders.iter_mut().find(waits) {
            sender.phase = Phase::Ended(ended);
        }
    }

    fn shown(&self) -> u8 {
        let shown = self.bookings.iter().enumerate().filter(|(_, booking)| booking.shows);
        shown.fold(0, |mask, (bit, _)| mask | 1 << bit)
    }

    /// Bookings of other orders of ours, as far as the journal knows them.
    fn known_beside(&self, row: usize) -> u8 {
        let is_known = |booking: &Booking| {
            booking.row.is_some_and(|other| {
                let state = self.rows[other].state;
                other != row && matches!(state, State::Accepted | State::Confirmed)
            })
        };
        let known = self.bookings.iter().enumerate().filter(|(_, booking)| is_known(booking));
        known.fold(0, |mask, (bit, _)| mask | 1 << bit)
    }
}
