//! The lines of a file in whatever charset, and what is no text in them.

use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8};

use super::blocks::{Blocks, Marks, Unread};

/// A line may not be longer, in bytes of UTF-8.
pub(super) const LONGEST: usize = 1024 * 1024;

/// So much is decoded at once.
const DECODED: usize = 64 * 1024;

/// A line without what ends it: a line feed, a carriage return or both.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) number: u64,
    pub(super) text: String,
    pub(super) flaw: Option<Flaw>,
}

/// Why a line cannot be read, and the character, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    NotOfCharset { character: u64, charset: &'static str },
    Nul { character: u64 },
    TooLong,
}

/// The lines of a file.
pub(super) struct Lines<'a> {
    blocks: Blocks<'a>,
    decoder: Decoder,
    block: Vec<u8>,
    /// How much of the block is decoded.
    used: usize,
    decoded: String,
    /// How much of that is in lines.
    taken: usize,
    /// After what is decoded there is something that is not of the charset.
    bad: bool,
    last: bool,
    done: bool,
    after_return: bool,
    number: u64,
    /// A line that was looked at.
    ahead: Option<Line>,
}

impl<'a> Lines<'a> {
    /// A byte order mark counts more than the charset.
    pub(super) fn new(blocks: Blocks<'a>, charset: Option<&'static Encoding>) -> Self {
        Self {
            blocks,
            decoder: charset.unwrap_or(UTF_8).new_decoder(),
            block: Vec::new(),
            used: 0,
            decoded: String::with_capacity(DECODED),
            taken: 0,
            bad: false,
            last: false,
            done: false,
            after_return: false,
            number: 0,
            ahead: None,
        }
    }

    /// The next line that is not blank; it is still to come.
    pub(super) fn first(&mut self) -> Result<Option<&Line>, Unread> {
        while self.ahead.is_none() {
            match self.next()? {
                None => return Ok(None),
                line => self.ahead = line.filter(|line| !line.is_blank()),
            }
        }
        Ok(self.ahead.as_ref())
    }

    pub(super) fn into_marks(self) -> Marks {
        self.blocks.into_marks()
    }

    pub(super) fn next(&mut self) -> Result<Option<Line>, Unread> {
        if let Some(line) = self.ahead.take() {
            return Ok(Some(line));
        }
        let mut line = Line { number: self.number + 1, text: String::new(), flaw: None };
        let mut begun = false;
        loop {
            let rest = self.decoded.get(self.taken..).unwrap_or_default();
            if rest.is_empty() {
                if std::mem::take(&mut self.bad) {
                    let charset = self.decoder.encoding().name();
                    line.bad(charset);
                    begun = true;
                    self.after_return = false;
                } else if self.done {
                    break;
                } else {
                    self.decode()?;
                }
                continue;
            }
            if std::mem::take(&mut self.after_return) && rest.starts_with('\n') {
                self.taken += 1;
                continue;
            }
            begun = true;
            let Some(end) = rest.bytes().position(|byte| byte == b'\n' || byte == b'\r') else {
                line.push(rest);
                self.taken = self.decoded.len();
                continue;
            };
            line.push(rest.get(..end).unwrap_or_default());
            self.after_return = rest.as_bytes().get(end) == Some(&b'\r');
            self.taken += end + 1;
            break;
        }
        self.number += u64::from(begun);
        Ok(begun.then(|| line.ended()))
    }

    fn decode(&mut self) -> Result<(), Unread> {
        self.decoded.clear();
        self.taken = 0;
        if self.used >= self.block.len() && !self.last {
            self.blocks.next(&mut self.block)?;
            self.used = 0;
            self.last = self.block.is_empty();
        }
        let block = self.block.get(self.used..).unwrap_or_default();
        let (result, used) =
            self.decoder.decode_to_string_without_replacement(block, &mut self.decoded, self.last);
        self.used += used;
        match result {
            DecoderResult::InputEmpty => self.done = self.last,
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(..) => self.bad = true,
        }
        Ok(())
    }
}

impl Line {
    fn push(&mut self, text: &str) {
        if self.flaw == Some(Flaw::TooLong) {
            return;
        }
        if self.text.len() + text.len() > LONGEST {
            self.flaw = Some(Flaw::TooLong);
            self.text = String::new();
            return;
        }
        self.text.push_str(text);
    }

    fn bad(&mut self, charset: &'static str) {
        let character = self.text.chars().count() as u64 + 1;
        self.flaw.get_or_insert(Flaw::NotOfCharset { character, charset });
        // What stands behind it keeps its place.
        self.push("\u{fffd}");
    }

    fn ended(mut self) -> Self {
        if self.flaw.is_none()
            && let Some(before) = self.text.split_once('\0').map(|(before, _)| before)
        {
            self.flaw = Some(Flaw::Nul { character: before.chars().count() as u64 + 1 });
        }
        self
    }

    pub(super) fn is_blank(&self) -> bool {
        self.flaw.is_none() && self.text.trim().is_empty()
    }
}

impl Flaw {
    /// The character, where there is one, and what is wrong in words.
    pub(super) fn told(self) -> (Option<u64>, String) {
        match self {
            Self::NotOfCharset { character, charset } => (
                Some(character),
                format!(
                    "there are bytes that are not {charset}: save it as UTF-8, or say what it is, such as --charset windows-1252"
                ),
            ),
            Self::Nul { character } => (
                Some(character),
                "there is a NUL character, which no text has: if it is UTF-16, say --charset utf-16le"
                    .to_owned(),
            ),
            Self::TooLong => {
                (None, "the line is longer than 1 MiB: a row stands on a line of its own".to_owned())
            }
        }
    }
}
