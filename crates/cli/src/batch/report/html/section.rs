//! Rows that ended alike, which wait in a file for their place on the page.

use std::io::{self, Seek, Write};

use askama::Template;
use oxhost_journal::RowState;
use tempfile::SpooledTempFile;

use super::super::line::Line;
use super::money::eur;
use super::write;

/// What is kept of a section before it goes to a file.
const IN_MEMORY: usize = 1 << 20;

/// Rows that ended alike, in the order of the page.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Group {
    Refused,
    Unknown,
    NotSent,
    Left,
    Accepted,
    NothingToDo,
}

impl Group {
    pub(super) const ALL: [Self; 6] = [
        Self::Refused,
        Self::Unknown,
        Self::NotSent,
        Self::Left,
        Self::Accepted,
        Self::NothingToDo,
    ];

    pub(super) fn of(state: RowState) -> Self {
        match state {
            RowState::Refused => Self::Refused,
            RowState::Unknown => Self::Unknown,
            RowState::NotSent => Self::NotSent,
            RowState::Accepted => Self::Accepted,
            RowState::Skipped => Self::NothingToDo,
            // Waiting or taken: it has not ended.
            _ => Self::Left,
        }
    }

    pub(super) fn id(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Unknown => "unknown",
            Self::NotSent => "not-sent",
            Self::Left => "left",
            Self::Accepted => "accepted",
            Self::NothingToDo => "nothing-to-do",
        }
    }

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Refused => "Refused",
            Self::Unknown => "Unknown",
            Self::NotSent => "Not sent",
            Self::Left => "Left",
            Self::Accepted => "Accepted",
            Self::NothingToDo => "Nothing to do",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Refused => {
                "The provider said no, and nothing was charged. These are not sent again: put right what it reports, and order them in another batch."
            }
            Self::Unknown => {
                "These MAY have been ordered and charged: do NOT order them again. What the batch does not find out, a look at each may tell."
            }
            Self::NotSent => "Nothing was charged.",
            Self::Left => "These have not ended. Nothing was sent of those that are waiting.",
            Self::Accepted => "The provider took these orders.",
            Self::NothingToDo => "These last long enough, or were left out. Nothing was charged.",
        }
    }

    /// Whether the batch goes on with these.
    fn goes_on(self) -> bool {
        matches!(self, Self::Unknown | Self::NotSent | Self::Left)
    }

    /// So many rows are shown. A browser bears some ten thousands, and a person wants those that failed.
    fn most(self) -> u64 {
        match self {
            Self::Accepted | Self::NothingToDo => 1_000,
            Self::Refused | Self::Unknown | Self::NotSent | Self::Left => 10_000,
        }
    }
}

/// The rows of a group.
pub(super) struct Section {
    pub(super) group: Group,
    pub(super) count: u64,
    rows: SpooledTempFile,
}

#[derive(Template)]
#[template(path = "report/section.html")]
struct Start<'a> {
    group: Group,
    count: u64,
    resume: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "report/row.html")]
struct Row<'a> {
    line: &'a Line,
    state: Option<&'static str>,
    command: Option<String>,
}

#[derive(Template)]
#[template(path = "report/accepted.html")]
struct Accepted<'a> {
    line: &'a Line,
    amount: Option<String>,
    order: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "report/section_end.html")]
struct End<'a> {
    group: Group,
    batch: &'a str,
    more: u64,
}

impl Section {
    pub(super) fn new(group: Group) -> Self {
        Self { group, count: 0, rows: SpooledTempFile::new(IN_MEMORY) }
    }

    pub(super) fn take(&mut self, line: &Line) -> io::Result<()> {
        self.count += 1;
        if self.count > self.group.most() {
            return Ok(());
        }
        if self.group == Group::Accepted {
            let order = line.order_number.as_deref().or(line.order_id.as_deref());
            let amount = line.amount.map(|it| eur(it.amount()));
            return write(&mut self.rows, &Accepted { line, amount, order });
        }
        let state = match line.state {
            RowState::Waiting => Some("waiting"),
            RowState::Taken => Some("under way"),
            _ => None,
        };
        // The provider's no stands in the journal with all that was said.
        let show = line.journal_id.as_ref().filter(|_| self.group == Group::Refused);
        let show = show.map(|id| format!("oxhost orders show {id}"));
        write(&mut self.rows, &Row { line, state, command: line.next.clone().or(show) })
    }

    /// Writes all of it, if there is any.
    pub(super) fn end(mut self, batch: &str, to: &mut impl Write) -> io::Result<()> {
        let (group, count) = (self.group, self.count);
        if count == 0 {
            return Ok(());
        }
        let resume = group.goes_on().then_some(batch);
        write(to, &Start { group, count, resume })?;
        self.rows.rewind()?;
        io::copy(&mut self.rows, to)?;
        write(to, &End { group, batch, more: count.saturating_sub(group.most()) })
    }
}
