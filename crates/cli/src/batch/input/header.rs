//! The header of CSV.

use super::column::Column;
use super::problem::{Place, Problem, shown};
use super::record::{Parser, Record};
use super::text::Line;

/// A header may not have more columns.
const MOST: usize = 100;

const SEPARATORS: [(u8, &str); 4] =
    [(b',', "a comma"), (b';', "a semicolon"), (b'\t', "a tab"), (b'|', "a bar")];

/// The header of CSV.
pub(super) struct Header {
    pub(super) separator: u8,
    /// Of the rows, too.
    pub(super) parser: Parser,
    pub(super) columns: Vec<Column>,
}

impl Header {
    /// None if rows cannot be read by it, which is told.
    pub(super) fn read(line: &Line, tell: &mut dyn FnMut(Problem)) -> Option<Self> {
        let mut wrong = |place: Place, what: String| tell(Problem::new(line.number, place, what));
        if let Some(flaw) = line.flaw {
            let (character, what) = flaw.told();
            let place =
                character.map_or(Place::Row, |number| Place::Character { number, name: None });
            wrong(place, what);
            return None;
        }
        let read = |separator| {
            let mut parser = Parser::new(separator);
            let ended = parser.feed(&line.text);
            let record = ended.then(|| parser.record(std::slice::from_ref(line)))?;
            Some((separator, parser, record))
        };
        // The one that makes the most of the columns' names, or at least the most fields; else the first.
        let fit = |record: &Record| {
            (record.fields().filter(|name| Column::find(name).is_some()).count(), record.len())
        };
        let separators = SEPARATORS.iter().map(|(separator, _)| *separator).rev();
        let separators = separators.filter(|it| *it == b',' || line.text.contains(char::from(*it)));
        let records = separators.filter_map(read);
        let Some((separator, parser, record)) = records.max_by_key(|(.., record)| fit(record))
        else {
            wrong(Place::Row, "a quote in the header is never closed: the first line is a header, such as kind,target,months".to_owned());
            return None;
        };
        if record.len() > MOST {
            wrong(
                Place::Row,
                format!(
                    "the header has {} columns: is this a CSV with a header, such as kind,target,months?",
                    record.len()
                ),
            );
            return None;
        }
        if let Some(at) = record.misquoted(separator) {
            let place = Place::Field { number: at as u64 + 1, name: None };
            wrong(place, "a quote of the header stands inside of a field".to_owned());
            return None;
        }
        let mut columns = Vec::new();
        let mut sound = true;
        for (at, name) in record.fields().enumerate() {
            let place = |name| Place::Field { number: at as u64 + 1, name };
            match Column::find(name) {
                Some(column) if columns.contains(&column) => {
                    sound = false;
                    let what = "the column is there twice: one of them is enough";
                    wrong(place(Some(column.name())), what.to_owned());
                }
                Some(column) => columns.push(column),
                None if name.trim().is_empty() => {
                    sound = false;
                    wrong(
                        place(None),
                        "the column has no name: take it out, or name it".to_owned(),
                    );
                }
                None => {
                    sound = false;
                    wrong(place(None), format!("the column {}", Column::unknown(name)));
                }
            }
        }
        for column in [Column::Kind, Column::Target] {
            if !columns.contains(&column) {
                sound = false;
                let what = format!(
                    "the column `{}` is missing, which every row needs; the header is {}",
                    column.name(),
                    shown(&line.text)
                );
                wrong(Place::Row, what);
            }
        }
        sound.then_some(Self { separator, parser, columns })
    }

    /// The place of a field, from 0.
    pub(super) fn place(&self, at: usize) -> Place {
        let name = self.columns.get(at).map(|column| column.name());
        Place::Field { number: at as u64 + 1, name }
    }

    pub(super) fn separator_name(&self) -> &'static str {
        let found = SEPARATORS.iter().find(|(separator, _)| *separator == self.separator);
        found.map_or("a separator", |(_, name)| *name)
    }
}
