//! One record of CSV, line by line.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use super::text::Line;

/// Reads a record that may go on for several lines.
pub(super) struct Parser {
    reader: Reader,
    fields: Vec<u8>,
    ends: Vec<usize>,
    /// How much of both is used.
    used: (usize, usize),
}

/// The fields of a record.
pub(super) struct Record {
    fields: Vec<String>,
    /// As it was written.
    raw: String,
}

impl Parser {
    pub(super) fn new(separator: u8) -> Self {
        let reader = ReaderBuilder::new().delimiter(separator).build();
        Self { reader, fields: Vec::new(), ends: vec![0; 16], used: (0, 0) }
    }

    pub(super) fn reset(&mut self) {
        self.reader.reset();
        self.used = (0, 0);
        // A long row is not kept for the others.
        self.fields.truncate(4096);
        self.fields.shrink_to(4096);
    }

    /// Goes on by a line; whether the record ends with it.
    pub(super) fn feed(&mut self, line: &str) -> bool {
        self.part(line.as_bytes()) || self.part(b"\n")
    }

    fn part(&mut self, mut input: &[u8]) -> bool {
        while !input.is_empty() {
            let (used, ended) = self.used;
            let output = self.fields.get_mut(used..).unwrap_or_default();
            let ends = self.ends.get_mut(ended..).unwrap_or_default();
            let (result, read, wrote, fields) = self.reader.read_record(input, output, ends);
            self.used = (used + wrote, ended + fields);
            input = input.get(read..).unwrap_or_default();
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => {
                    self.fields.resize(self.fields.len() * 2 + input.len() + 64, 0);
                }
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::Record | ReadRecordResult::End => return true,
            }
        }
        false
    }

    /// What was read since the last reset, of these lines.
    pub(super) fn record(&self, lines: &[Line]) -> Record {
        let mut begin = 0;
        let ends = self.ends.iter().take(self.used.1);
        let fields = ends.map(|end| {
            let field = self.fields.get(begin..*end).unwrap_or_default();
            begin = *end;
            // It was text before.
            String::from_utf8_lossy(field).into_owned()
        });
        let texts: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
        Record { fields: fields.collect(), raw: texts.join("\n") }
    }
}

impl Record {
    pub(super) fn len(&self) -> usize {
        self.fields.len()
    }

    pub(super) fn fields(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(String::as_str)
    }

    /// The first field, from 0, that does not give what was read if it is written again. What else could
    /// be meant by it is not guessed.
    pub(super) fn misquoted(&self, separator: u8) -> Option<usize> {
        let mut rest = self.raw.as_str();
        for (at, field) in self.fields().enumerate() {
            let behind = if rest.starts_with('"') {
                let quoted = format!("\"{}\"", field.replace('"', "\"\""));
                rest.strip_prefix(quoted.as_str())
            } else {
                rest.strip_prefix(field).filter(|_| !field.contains('"'))
            };
            let last = at + 1 == self.len();
            match behind.and_then(|rest| {
                if last { Some(rest) } else { rest.strip_prefix(char::from(separator)) }
            }) {
                Some(behind) if !last || behind.is_empty() => rest = behind,
                _ => return Some(at),
            }
        }
        None
    }
}
