//! The sum of many runs.

use std::collections::BTreeMap;
use std::fmt;

use oxhost::Outcome;

use super::run::{End, Run};

#[derive(Default)]
pub struct Tally {
    rows: BTreeMap<String, Row>,
    pub runs: usize,
    pub doubles: usize,
    pub wrong: usize,
    /// Connections that never came about, and how many of these orders were called unknown.
    pub unconnected: usize,
    pub unconnected_unknown: usize,
    /// Orders after a connection was closed idle, and how many were called unknown, but never seen.
    pub idle: usize,
    pub idle_unknown: usize,
    /// The same, where the client uses connections again: the server closes them in the very moment.
    pub reused: usize,
    pub reused_unknown: usize,
}

#[derive(Default)]
struct Row {
    words: BTreeMap<Outcome, usize>,
    booked: usize,
    posts: usize,
    doubles: usize,
}

impl Tally {
    pub fn add(&mut self, run: &Run) {
        self.runs += 1;
        for end in &run.ends {
            let row = self.rows.entry(end.name()).or_default();
            *row.words.entry(end.word).or_default() += 1;
            row.booked += end.booked;
            row.posts += end.posts;
            row.doubles += usize::from(end.is_double());
            self.doubles += usize::from(end.is_double());
            self.wrong += usize::from(end.is_wrong());
            if end.is_order() {
                self.add_unseen(end, run.plan.tls, run.plan.reuse);
            }
        }
    }

    fn add_unseen(&mut self, end: &End, tls: bool, reuse: bool) {
        let unknown = usize::from(end.word == Outcome::Unknown && end.posts == 0);
        if end.is_unconnected(tls) {
            self.unconnected += 1;
            self.unconnected_unknown += unknown;
        }
        match end.step.after_idle_close {
            true if reuse => {
                self.reused += 1;
                self.reused_unknown += unknown;
            }
            true => {
                self.idle += 1;
                self.idle_unknown += unknown;
            }
            false => {}
        }
    }

    pub fn met(&self, fault: &impl fmt::Display) -> bool {
        self.rows.contains_key(&fault.to_string())
    }

    pub fn doubled(&self, fault: &impl fmt::Display) -> bool {
        self.rows.get(&fault.to_string()).is_some_and(|row| row.doubles > 0)
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:32}", "fault")?;
        Outcome::ALL.iter().try_for_each(|word| write!(f, "{:>9}", word.as_str()))?;
        writeln!(f, "{:>9}{:>9}{:>9}", "booked", "POSTs", "doubles")?;
        let mut calls = 0;
        for (name, row) in &self.rows {
            write!(f, "{name:32}")?;
            for word in Outcome::ALL {
                let count = row.words.get(&word).copied().unwrap_or_default();
                calls += count;
                write!(f, "{count:>9}")?;
            }
            writeln!(f, "{:>9}{:>9}{:>9}", row.booked, row.posts, row.doubles)?;
        }
        writeln!(f, "{} runs, {calls} calls under {} names", self.runs, self.rows.len())?;
        writeln!(f, "doubles: {}, wrong words: {}", self.doubles, self.wrong)?;
        writeln!(
            f,
            "unknown although never seen: {} of {} without a connection, {} of {} after idle-close, {} of {} where connections are used again",
            self.unconnected_unknown,
            self.unconnected,
            self.idle_unknown,
            self.idle,
            self.reused_unknown,
            self.reused
        )
    }
}
