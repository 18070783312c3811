//! The values of a row, whatever the format, each read by itself.

use std::borrow::Cow;

use jiff::civil::Date;
use oxhost_journal::is_fit_name;

use super::column::{Column, nearest};
use super::problem::{Place, shown};

/// What stands in one place of a row.
#[derive(Debug)]
pub(super) struct Cell<'a> {
    pub(super) value: Value<'a>,
    pub(super) place: Place,
}

#[derive(Debug)]
pub(super) enum Value<'a> {
    Empty,
    Text(Cow<'a, str>),
    /// A number of JSON, as it was written.
    Number(&'a str),
    /// What no column takes.
    Odd(&'static str),
    /// What could not be read, which has been told.
    Told,
}

/// The values of a row. What was found wrong is told at once.
pub(super) struct Cells<'a, 't> {
    cells: [Option<Cell<'a>>; Column::ALL.len()],
    tell: &'t mut dyn FnMut(Place, String),
}

/// A value that was read.
#[derive(Debug)]
pub(super) enum Parsed<T> {
    Empty,
    /// It has been told why.
    Bad,
    Good(T),
}

impl<T> Parsed<T> {
    pub(super) fn good(self) -> Option<T> {
        match self {
            Self::Good(value) => Some(value),
            Self::Empty | Self::Bad => None,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Self::Empty)
    }
}

impl<'a, 't> Cells<'a, 't> {
    pub(super) fn new(tell: &'t mut dyn FnMut(Place, String)) -> Self {
        Self { cells: Default::default(), tell }
    }

    pub(super) fn set(&mut self, column: Column, cell: Cell<'a>) {
        if let Some(place) = self.cells.get_mut(column as usize) {
            *place = Some(cell);
        }
    }

    fn get(&self, column: Column) -> Option<&Cell<'a>> {
        self.cells.get(column as usize)?.as_ref()
    }

    pub(super) fn is_empty(&self, column: Column) -> bool {
        self.get(column).is_none_or(|cell| matches!(cell.value, Value::Empty))
    }

    /// Whether the input has such a column, or the object such a member.
    pub(super) fn has(&self, column: Column) -> bool {
        self.get(column).is_some()
    }

    pub(super) fn place(&self, column: Column) -> Place {
        self.get(column).map_or(Place::Row, |cell| cell.place.clone())
    }

    pub(super) fn tell(&mut self, place: Place, what: String) {
        (self.tell)(place, what);
    }

    pub(super) fn wrong(&mut self, column: Column, what: String) {
        let place = self.place(column);
        // Without a place, the sentence alone says what it is about.
        let what = match place {
            Place::Row => format!("`{}`: {what}", column.name()),
            _ => what,
        };
        self.tell(place, what);
    }

    /// A text, made into something else.
    fn text<T>(
        &mut self,
        column: Column,
        expected: &str,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Parsed<T> {
        let result = match self.get(column).map(|cell| &cell.value) {
            None | Some(Value::Empty) => return Parsed::Empty,
            Some(Value::Told) => return Parsed::Bad,
            Some(Value::Text(text)) => read(text),
            Some(Value::Number(number)) => {
                Err(format!("{} is a number, and it must be {expected}, in quotes", shown(number)))
            }
            Some(Value::Odd(odd)) => Err(format!("it is {odd}, and it must be {expected}")),
        };
        match result {
            Ok(value) => Parsed::Good(value),
            Err(what) => {
                self.wrong(column, what);
                Parsed::Bad
            }
        }
    }

    /// An id or a reference.
    pub(super) fn name(&mut self, column: Column) -> Parsed<String> {
        self.text(column, "a text", |name| {
            if is_fit_name(name) {
                return Ok(name.to_owned());
            }
            let what = if name.trim() == name {
                "has characters that do not show"
            } else {
                "has white space around it"
            };
            Err(format!(
                "{} {what}, and two names that look the same would be two: write it without",
                shown(name)
            ))
        })
    }

    /// One of a few words.
    pub(super) fn word<T: Copy>(&mut self, column: Column, words: &[(&str, T)]) -> Parsed<T> {
        let names: Vec<&str> = words.iter().map(|(name, _)| *name).collect();
        let expected = names.join(" or ");
        self.text(column, &expected, |text| {
            let word = words.iter().find(|(name, _)| *name == text);
            word.map(|(_, word)| *word).ok_or_else(|| {
                format!("{} is not {expected}{}", shown(text), nearest(text, &names))
            })
        })
    }

    pub(super) fn date(&mut self, column: Column) -> Parsed<Date> {
        self.text(column, "a date as YYYY-MM-DD", |text| {
            // A time would be dropped without a word.
            let date = text.parse::<Date>().ok().filter(|date| date.to_string() == text);
            date.ok_or_else(|| {
                format!(
                    "{} is no date: it is written as YYYY-MM-DD, such as 2027-12-31",
                    shown(text)
                )
            })
        })
    }

    pub(super) fn count(&mut self, column: Column) -> Parsed<u32> {
        let digits = match self.get(column).map(|cell| &cell.value) {
            None | Some(Value::Empty) => return Parsed::Empty,
            Some(Value::Told) => return Parsed::Bad,
            Some(Value::Text(text)) => text.as_ref(),
            Some(Value::Number(number)) => number,
            Some(Value::Odd(odd)) => {
                let what = format!("it is {odd}, and it must be a whole number from 1");
                self.wrong(column, what);
                return Parsed::Bad;
            }
        };
        let count = Some(digits).filter(|it| it.bytes().all(|byte| byte.is_ascii_digit()));
        let count = count.and_then(|digits| digits.parse::<u32>().ok());
        match count.filter(|count| *count >= 1 && i32::try_from(*count).is_ok()) {
            Some(count) => Parsed::Good(count),
            None => {
                let what = format!(
                    "{} is no whole number from 1 to {}, in digits alone",
                    shown(digits),
                    i32::MAX
                );
                self.wrong(column, what);
                Parsed::Bad
            }
        }
    }
}
