//! A page for people, in one file that asks for nothing: what failed first, and the money a day.
//!
//! The rows are read once, so that all figures are of the same moment, and wait for their place in files.

mod chart;
mod money;
mod section;

use std::io::{self, Write};

use askama::Template;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use jiff::tz::Offset;
use oxhost::Money;
use rust_decimal::Decimal;
use sha2::{Digest, Sha256};

use super::line::Line;
use crate::batch::quoted;
use crate::printable::lines;
use money::{Spent, eur};
use section::{Group, Section};

const STYLE: &str = include_str!("../../../templates/report/style.css");

/// What is known of a batch so far.
pub(super) struct Page {
    name: String,
    limit: Option<Money>,
    sections: [Section; Group::ALL.len()],
    spent: Spent,
    reserved: Decimal,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
}

/// What stands above the rows. The figures of the chart are of our own making.
#[derive(Template)]
#[template(path = "report/head.html")]
struct Head<'a> {
    name: &'a str,
    style: &'a str,
    hash: String,
    rows: u64,
    time: Option<(String, String)>,
    groups: Vec<(Group, u64)>,
    start: Option<Group>,
    charged: String,
    reserved: Option<String>,
    limit: Option<String>,
    left: Option<String>,
    unpriced: u64,
    spent: &'a Spent,
    chart: Option<String>,
}

#[derive(Template)]
#[template(path = "report/tail.html")]
struct Tail<'a> {
    name: &'a str,
}

impl Page {
    pub(super) fn new(name: &str, limit: Option<Money>) -> Self {
        Self {
            name: name.to_owned(),
            limit,
            sections: Group::ALL.map(Section::new),
            spent: Spent::default(),
            reserved: Decimal::ZERO,
            first: None,
            last: None,
        }
    }

    pub(super) fn take(&mut self, line: &Line) -> io::Result<()> {
        self.spent.add(line);
        self.reserved += line.reserved.map(|it| it.amount()).unwrap_or_default();
        self.first = self.first.into_iter().chain(line.written).min();
        self.last = self.last.into_iter().chain(line.changed).max();
        let group = Group::of(line.state);
        match self.sections.iter_mut().find(|section| section.group == group) {
            Some(section) => section.take(line),
            None => Ok(()),
        }
    }

    pub(super) fn end(self, to: &mut impl Write) -> io::Result<()> {
        write(to, &self.head()?)?;
        let name = quoted(&self.name);
        for section in self.sections {
            section.end(&name, to)?;
        }
        write(to, &Tail { name: &name })
    }

    fn head(&self) -> io::Result<Head<'_>> {
        let groups: Vec<_> = self.sections.iter().map(|it| (it.group, it.count)).collect();
        let charged = self.spent.all();
        let left = self.limit.map(|limit| limit.amount() - charged - self.reserved);
        Ok(Head {
            name: &self.name,
            style: STYLE,
            hash: BASE64_STANDARD.encode(Sha256::digest(STYLE)),
            rows: groups.iter().map(|(_, count)| count).sum(),
            time: self.first.zip(self.last).map(|(first, last)| (utc(first), utc(last))),
            start: groups.iter().find(|(_, count)| *count > 0).map(|(group, _)| *group),
            groups,
            charged: eur(charged),
            reserved: Some(self.reserved).filter(|it| !it.is_zero()).map(eur),
            limit: self.limit.map(|it| eur(it.amount())),
            left: left.map(|it| eur(it.max(Decimal::ZERO))),
            unpriced: self.spent.unpriced,
            chart: chart::svg(&self.spent)?,
            spent: &self.spent,
        })
    }
}

fn utc(time: Timestamp) -> String {
    Offset::UTC.to_datetime(time).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// All of the page comes by here: what is put into a template is escaped, and what steers is blanked.
fn write(to: &mut impl Write, part: &impl Template) -> io::Result<()> {
    writeln!(to, "{}", lines(&part.render().map_err(io::Error::other)?))
}

#[cfg(test)]
mod tests;
