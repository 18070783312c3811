//! What is wrong with an input, and where.

use std::fmt;

use crate::printable::escaped;

/// So much of a text is shown.
const SHOWN: usize = 60;

/// What is wrong with an input, and where.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    /// The line on which the row begins, from 1.
    pub(crate) line: u64,
    pub(crate) place: Place,
    /// What happened and what is expected, in words.
    pub(crate) what: String,
}

/// Where in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Nowhere in particular.
    Row,
    /// The field of a CSV row, from 1, and the name of its column if it has one that is known.
    Field { number: u64, name: Option<&'static str> },
    /// The character of the line, from 1, and the name of the member, where it concerns one.
    Character { number: u64, name: Option<String> },
}

impl Problem {
    pub(super) fn new(line: u64, place: Place, what: impl Into<String>) -> Self {
        Self { line, place, what: what.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        let name = match &self.place {
            Place::Row => None,
            Place::Field { number, name } => {
                write!(f, ", column {number}")?;
                *name
            }
            Place::Character { number, name } => {
                write!(f, ", character {number}")?;
                name.as_deref()
            }
        };
        if let Some(name) = name {
            write!(f, " ({name})")?;
        }
        write!(f, ": {}", self.what)
    }
}

/// A text of the input, short and with what does not show in it written out.
pub(super) fn shown(text: &str) -> String {
    let end = text.char_indices().nth(SHOWN).map(|(end, _)| end);
    let cut = end.and_then(|end| text.get(..end));
    let dots = if cut.is_some() { "…" } else { "" };
    format!("`{}{dots}`", escaped(cut.unwrap_or(text)).replace('\n', "\\n"))
}
