//! A statement, the values that it is given, and the rows that it gives: the same for both databases.

use jiff::Timestamp;

/// A statement whose values stand in it as `$1`, `$2`, …; it can be sent again, and by others.
#[derive(Clone, Debug)]
pub(super) struct Statement {
    pub(super) sql: String,
    pub(super) values: Vec<Value>,
    /// Whether nothing of what goes with it is carried out unless it changes something.
    pub(super) must_change: bool,
}

/// PostgreSQL wants to know of what type nothing is.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Text(Option<String>),
    Number(Option<i64>),
}

/// What stands in a column of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    Null,
    Text(String),
    Number(i64),
    /// What no journal has written: bytes, a float, a text that is not UTF-8.
    Other,
}

/// In the order in which the statement names its columns.
pub(super) type Row = Vec<Cell>;

/// Why a column does not hold what it should.
#[derive(Debug, thiserror::Error)]
#[error("it is no {0}")]
pub(super) struct Mismatch(&'static str);

impl Statement {
    pub(super) fn new(sql: impl Into<String>) -> Self {
        Self { sql: sql.into(), values: Vec::new(), must_change: true }
    }

    /// The same, which may change nothing.
    pub(super) fn or_nothing(self) -> Self {
        Self { must_change: false, ..self }
    }

    pub(super) fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }
}

impl Cell {
    pub(super) fn text(self) -> Result<Option<String>, Mismatch> {
        match self {
            Self::Null => Ok(None),
            Self::Text(text) => Ok(Some(text)),
            Self::Number(_) | Self::Other => Err(Mismatch("text")),
        }
    }

    pub(super) fn number(self) -> Result<Option<i64>, Mismatch> {
        match self {
            Self::Null => Ok(None),
            Self::Number(number) => Ok(Some(number)),
            Self::Text(_) | Self::Other => Err(Mismatch("number")),
        }
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(Some(text))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

impl From<Option<&str>> for Value {
    fn from(text: Option<&str>) -> Self {
        Self::Text(text.map(str::to_owned))
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(Some(number))
    }
}

impl From<Option<i64>> for Value {
    fn from(number: Option<i64>) -> Self {
        Self::Number(number)
    }
}

/// A time as the table holds it: of one length, so that texts are in the order of times.
pub(super) fn text_of(time: Timestamp) -> String {
    format!("{time:.6}")
}
