//! CSV with a header, whatever stands between its fields.

use std::borrow::Cow;
use std::collections::VecDeque;

use super::blocks::Unread;
use super::cells::{Cell, Cells, Value};
use super::header::Header;
use super::problem::{Place, Problem};
use super::record::Record;
use super::row::Row;
use super::text::{Flaw, LONGEST, Line, Lines};

/// A row may not go on for more lines.
const MOST_LINES: usize = 1000;

/// The rows below a header.
pub(super) struct Csv {
    header: Header,
    /// Lines that were read in search of the end of a quote.
    again: VecDeque<Line>,
    /// A quote was never closed: since then no row goes on for another line.
    single: bool,
}

impl Csv {
    /// Reads the header; none, if it cannot be used, which has been told.
    pub(super) fn begin(
        lines: &mut Lines,
        tell: &mut dyn FnMut(Problem),
    ) -> Result<Option<Self>, Unread> {
        while let Some(line) = lines.next()? {
            if line.is_blank() {
                continue;
            }
            let header = Header::read(&line, tell);
            return Ok(header.map(|header| Self { header, again: VecDeque::new(), single: false }));
        }
        Ok(None)
    }

    /// The next row; none is the end.
    pub(super) fn next(
        &mut self,
        lines: &mut Lines,
        tell: &mut dyn FnMut(Problem),
    ) -> Result<Option<Row>, Unread> {
        loop {
            let Some(first) = self.line(lines)? else { return Ok(None) };
            if first.is_blank() {
                continue;
            }
            let nothing = Row { line: first.number, reference: None, order: None };
            let Some((record, flawed)) = self.record(first, lines, tell)? else {
                return Ok(Some(nothing));
            };
            if flawed {
                return Ok(Some(nothing));
            }
            let columns = self.header.columns.len();
            let number = nothing.line;
            if record.len() != columns {
                let what = format!(
                    "the row has {} fields, and the header has {columns}: a field that holds {} stands in quotes",
                    record.len(),
                    self.header.separator_name()
                );
                tell(Problem::new(number, Place::Row, what));
                return Ok(Some(nothing));
            }
            if record.fields().all(str::is_empty) {
                continue;
            }
            if let Some(field) = record.misquoted(self.header.separator) {
                let what = "a quote stands inside the field, or something behind its closing quote: write the field in quotes, and each quote in it twice";
                tell(Problem::new(number, self.header.place(field), what));
                return Ok(Some(nothing));
            }
            let mut told = |place: Place, what: String| tell(Problem::new(number, place, what));
            let mut cells = Cells::new(&mut told);
            for (at, (column, field)) in self.header.columns.iter().zip(record.fields()).enumerate()
            {
                let place = self.header.place(at);
                let value = match field {
                    "" => Value::Empty,
                    field => Value::Text(Cow::Borrowed(field)),
                };
                cells.set(*column, Cell { value, place });
            }
            return Ok(Some(Row::read(number, cells)));
        }
    }

    fn line(&mut self, lines: &mut Lines) -> Result<Option<Line>, Unread> {
        match self.again.pop_front() {
            Some(line) => Ok(Some(line)),
            None => lines.next(),
        }
    }

    /// The record that begins with a line, and whether something in it is no text. None, if it has no end.
    fn record(
        &mut self,
        first: Line,
        lines: &mut Lines,
        tell: &mut dyn FnMut(Problem),
    ) -> Result<Option<(Record, bool)>, Unread> {
        let begin = first.number;
        let mut flawed = false;
        let mut length = 0;
        let mut read: Vec<Line> = Vec::new();
        let mut next = Some(first);
        self.header.parser.reset();
        while let Some(line) = next {
            if let Some(flaw) = line.flaw {
                flawed = true;
                // Where in the row, can be said of its first line.
                let (character, what) = flaw.told();
                let place =
                    character.map_or(Place::Row, |number| Place::Character { number, name: None });
                tell(Problem::new(line.number, place, what));
                if flaw == Flaw::TooLong {
                    return Ok(None);
                }
            }
            length += line.text.len() + 1;
            let ended = length <= LONGEST && self.header.parser.feed(&line.text);
            read.push(line);
            if ended {
                return Ok(Some((self.header.parser.record(&read), flawed)));
            }
            if self.single || length > LONGEST || read.len() >= MOST_LINES {
                break;
            }
            next = self.line(lines)?;
        }
        let what = "a quote is opened in this row and never closed: close it, and write a quote that belongs to the text twice";
        tell(Problem::new(begin, Place::Row, what));
        self.single = true;
        // They may have a flaw that is told already.
        let rest = read.into_iter().skip(1);
        let rest = rest.map(|line| Line { flaw: None, ..line });
        self.again.extend(rest);
        Ok(None)
    }
}
