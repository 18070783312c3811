//! Judges a life by what the provider has booked, and by nothing else.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Span;
use oxhost_journal::State;

use crate::life::{Erred, Record, Word};
use crate::world::{Booking, Kind, Post};

/// What was wrong in a life: its class, and the particulars.
#[derive(Clone, Debug)]
pub struct Fault {
    pub class: String,
    pub detail: String,
}

/// What all lives together have shown.
#[derive(Default)]
pub struct Table {
    pub lives: usize,
    pub void: usize,
    pub reads: usize,
    pub posts: usize,
    pub booked: usize,
    pub others: usize,
    /// Of the orders that ended so, how many were booked and how many not.
    pub ends: BTreeMap<&'static str, (usize, usize)>,
    /// The sender's own words.
    pub words: BTreeMap<&'static str, (usize, usize)>,
    pub found_out: usize,
    pub undecided: usize,
    pub faults: BTreeMap<String, Vec<u64>>,
}

impl Table {
    /// Adds what other lives have shown.
    pub fn add(&mut self, other: Self) {
        self.lives += other.lives;
        self.void += other.void;
        self.reads += other.reads;
        self.posts += other.posts;
        self.booked += other.booked;
        self.others += other.others;
        self.found_out += other.found_out;
        self.undecided += other.undecided;
        for (rows, others) in [(&mut self.ends, other.ends), (&mut self.words, other.words)] {
            for (word, (booked, not)) in others {
                let row = rows.entry(word).or_default();
                *row = (row.0 + booked, row.1 + not);
            }
        }
        for (class, seeds) in other.faults {
            self.faults.entry(class).or_default().extend(seeds);
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} lives ({} void), {} reads, {} orders sent, {} booked, {} by others; {} found out, {} undecided",
            self.lives,
            self.void,
            self.reads,
            self.posts,
            self.booked,
            self.others,
            self.found_out,
            self.undecided
        )?;
        writeln!(f, "{:<22}{:>10}{:>12}", "word", "booked", "not booked")?;
        for (name, rows) in [("result", &self.words), ("in the end", &self.ends)] {
            for (word, (booked, not)) in rows {
                writeln!(f, "{name:<11}{word:<11}{booked:>10}{not:>12}")?;
            }
        }
        for (class, seeds) in &self.faults {
            let some: Vec<_> = seeds.iter().take(5).collect();
            writeln!(f, "FAULT in {:>5} lives: {class}, such as {some:?}", seeds.len())?;
        }
        Ok(())
    }
}

fn count(rows: &mut BTreeMap<&'static str, (usize, usize)>, state: State, booked: bool) {
    let row = rows.entry(state.as_str()).or_default();
    if booked { row.0 += 1 } else { row.1 += 1 }
}

/// The bookings of an order.
fn booked<'a>(record: &'a Record, entry: &str) -> Vec<&'a Post> {
    let ours = |post: &&Post| post.entry.as_deref() == Some(entry);
    record.world.posts.iter().filter(ours).filter(|post| post.books_at.is_some()).collect()
}

/// Whether a request was handed over after the journal's deadline, or a database was given up, which only
/// the injected time can do: it may pass while a server works.
fn is_void(record: &Record) -> bool {
    let given_up = |line: &String| line.contains("its database did not answer within");
    record.transcript.iter().any(given_up)
        || record.world.posts.iter().any(|post| post.send_by.is_some_and(|by| by < post.at))
}

pub fn judge(seed: u64, record: &Record, table: &mut Table) -> Vec<Fault> {
    table.lives += 1;
    if is_void(record) {
        table.void += 1;
        return Vec::new();
    }
    let world = &record.world;
    table.reads += world.reads;
    table.posts += world.posts.len();
    table.booked += world.posts.iter().filter(|post| post.books_at.is_some()).count();
    table.others += world.bookings.iter().filter(|it| it.post.is_none() && it.charged).count();
    table.found_out += record.found_out;
    table.undecided += record.undecided;
    let mut faults = Vec::new();
    let mut fault = |class: String, detail: String| faults.push(Fault { class, detail });

    for word in &record.words {
        let booked = booked(record, &word.entry).len();
        if word.by == "result" {
            count(&mut table.words, word.state, booked > 0);
        }
        if word.by == "end" {
            count(&mut table.ends, word.state, booked > 0);
        }
        let wrong = match word.state {
            State::Accepted | State::Confirmed => booked != 1,
            State::Refused | State::NotSent | State::NotOrdered => booked != 0,
            _ => false,
        };
        if wrong && word.by != "resolved" && !is_of_error(record, word) {
            let class = class_of(record, &word.entry, word.state, booked);
            fault(
                class,
                format!(
                    "{} was {} by {}, and booked {booked} times",
                    word.entry, word.state, word.by
                ),
            );
        }
    }
    let mut by_entry: BTreeMap<&str, usize> = BTreeMap::new();
    for post in &world.posts {
        match &post.entry {
            Some(entry) => *by_entry.entry(entry).or_default() += 1,
            None => fault("sent without a claim".to_owned(), format!("{post:?}")),
        }
    }
    for (entry, sent) in by_entry {
        if sent > 1 {
            fault("sent twice".to_owned(), format!("{entry} was sent {sent} times"));
        }
    }
    let mut references: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in &record.entries {
        if let Some(reference) = &entry.reference {
            *references.entry(reference).or_default() += booked(record, &entry.id).len();
        }
    }
    let erred = |is: &dyn Fn(&Erred) -> bool| record.erred.iter().any(is);
    for (reference, booked) in references {
        if booked > 1 && !erred(&|it| it.reference.as_deref() == Some(reference)) {
            fault("two bookings for a reference".to_owned(), format!("{reference}: {booked}"));
        }
    }
    for (agent, target, goal) in &record.goals {
        if erred(&|it| it.target == *target) {
            continue;
        }
        let posts =
            world.posts.iter().filter(|post| post.agent == *agent && post.target == *target);
        for post in posts {
            if post.ended_then.is_some_and(|ends| ends.date() >= *goal) {
                let late = format!("{agent} wanted {goal}, and it ended {:?}", post.ended_then);
                fault("renewed although it lasted".to_owned(), late);
            }
            // A day that a month has not counts as its last.
            let fewer = Span::new().months(i64::from(post.count) - 1);
            if let Some(ends) = post.ended_then.map(|ends| ends + fewer)
                && ends.date() >= *goal
            {
                let more = format!("{agent} wanted {goal}, and {ends} would do: {post:?}");
                fault("renewed by too much".to_owned(), more);
            }
        }
    }
    for (agent, target, goal) in &record.already {
        if erred(&|it| it.target == *target) {
            continue;
        }
        let thing = world.target(target).unwrap();
        let ends = world.ends(&thing, world.bookings.iter());
        if ends.date() < *goal {
            fault("said to last, and does not".to_owned(), format!("{agent}: {goal}, {ends}"));
        }
    }
    for said in &record.faults {
        fault("a fault while it lasted".to_owned(), said.clone());
    }
    for (what, canary) in leaks(record) {
        fault(format!("leaked in {what}"), canary);
    }
    let mut classes: Vec<String> = faults.iter().map(|fault| fault.class.clone()).collect();
    classes.sort();
    classes.dedup();
    for class in classes {
        table.faults.entry(class).or_default().push(seed);
    }
    faults
}

/// Whether a word may be wrong because a person was: what he said of an order, until he corrected it, and
/// what was inferred of others of its target.
fn is_of_error(record: &Record, word: &Word) -> bool {
    if !matches!(word.state, State::Confirmed | State::NotOrdered) {
        return false;
    }
    if record.erred.iter().any(|it| it.entry == word.entry) {
        return word.by != "end";
    }
    let target = record.entries.iter().find(|it| it.id == word.entry).map(|it| &it.target);
    record.erred.iter().any(|it| Some(&it.target) == target)
}

/// What kind of a wrong word it is, so that those which no client could see through stand apart.
fn class_of(record: &Record, entry: &str, state: State, booked: usize) -> String {
    let world = &record.world;
    let of = |post: &&Post| post.entry.as_deref() == Some(entry);
    let Some(post) = world.posts.iter().find(of) else {
        let ours = record.entries.iter().find(|it| it.id == entry);
        let count = |name| ours.and_then(|it| it.parameters.get(name)?.as_u64());
        let count = count("hours").or(count("months"));
        let twin = world.bookings.iter().any(|it| {
            let same = ours.is_some_and(|ours| ours.target == it.target);
            same && it.charged && it.post.is_none() && count == Some(it.count.into())
        });
        let confirmed = state == State::Confirmed;
        let beyond = if confirmed && twin { " [twin of another's]" } else { "" };
        return format!("{state}, never sent{beyond}");
    };
    let same_thing = |it: &&Booking| it.target == post.target && it.charged;
    let others = || world.bookings.iter().filter(same_thing).filter(|it| it.post.is_none());
    let mut class = format!("{state}, booked {booked}");
    if state == State::Confirmed {
        let number = world.posts.iter().position(|it| it.entry.as_deref() == Some(entry));
        let ghost =
            world.bookings.iter().find(|it| it.post.is_some() && it.post == number && !it.charged);
        // What was there before, and did not show, is another's too.
        let is_twin = |it: &&Booking| it.target == post.target && it.count == post.count;
        if world.bookings.iter().filter(is_twin).any(|it| it.post.is_none()) {
            class.push_str(" [twin of another's]");
        } else if let Some(ghost) = ghost {
            class.push_str(&format!(" [listed {} then {}]", ghost.status.0, ghost.status.2));
        } else if others().next().is_some() {
            class.push_str(" [another's of another number]");
        }
    }
    if state == State::NotOrdered {
        let behaviour = &world.behaviour;
        let listed = match world.target(&post.target).map(|target| target.kind) {
            Some(Kind::Plesk) => format!("renewals listed: {}", behaviour.lists_renewals),
            _ => format!("extensions listed: {}", behaviour.lists_extensions),
        };
        let number = world.posts.iter().position(|it| it.entry.as_deref() == Some(entry));
        let free =
            world.bookings.iter().any(|it| it.post.is_some() && it.post == number && it.cents == 0);
        if free {
            class.push_str(" [costs nothing]");
        }
        if !world.moves.is_empty() {
            class.push_str(" [balance moved]");
        }
        if others().next().is_some() {
            class.push_str(" [others ordered]");
        }
        class.push_str(&format!(
            " [{listed}, page ignored: {}, capped: {}, no server: {}]",
            behaviour.page_is_ignored,
            behaviour.most_listed != usize::MAX,
            behaviour.lists_null_server
        ));
    }
    if matches!(state, State::Refused | State::Accepted | State::NotSent) {
        let said: String = post.said.chars().take(400).collect();
        let kind: Vec<_> = said.split(' ').take(3).collect();
        class.push_str(&format!(" [{}]", kind.join(" ")));
    }
    class
}

/// Secrets in what was shown or stored.
fn leaks(record: &Record) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    let keys = &record.world.keys;
    for (what, bytes) in &record.shown {
        let text = String::from_utf8_lossy(bytes);
        let mut needles = vec!["cnry", "\\u0063\\u006e\\u0072\\u0079"];
        for key in keys {
            needles.extend([&key[8..20], &key[20..32]]);
        }
        for needle in needles {
            if let Some(at) = text.find(needle)
                && !found.iter().any(|(known, _)| known == what)
            {
                let from = (0..=at.saturating_sub(200)).rev().find(|at| text.is_char_boundary(*at));
                let near: String = text[from.unwrap_or(0)..].chars().take(300).collect();
                found.push((what.clone(), near));
            }
        }
    }
    found
}
