//! The bytes of a file, twice: the second time they must be those of the first.

use std::fs::File;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Read};

/// So much is read at once, and is given on when it is known to be what it was before.
const BLOCK: usize = 64 * 1024;

/// What tells the blocks of a file from others.
#[derive(Default, Debug)]
pub(super) struct Marks {
    key: RandomState,
    marks: Vec<u64>,
}

/// Why there are no more bytes.
#[derive(Debug)]
pub(super) enum Unread {
    System(io::Error),
    /// The file is not what it was.
    Changed,
}

/// Reads a file in blocks from where it stands.
#[derive(Debug)]
pub(super) struct Blocks<'a> {
    file: &'a File,
    /// Those of the first reading.
    expected: Option<&'a Marks>,
    read: Marks,
}

impl<'a> Blocks<'a> {
    pub(super) fn first(file: &'a File) -> Self {
        Self { file, expected: None, read: Marks::default() }
    }

    pub(super) fn again(file: &'a File, expected: &'a Marks) -> Self {
        let read = Marks { key: expected.key.clone(), marks: Vec::new() };
        Self { file, expected: Some(expected), read }
    }

    /// The next block; an empty one is the end.
    pub(super) fn next(&mut self, block: &mut Vec<u8>) -> Result<(), Unread> {
        block.clear();
        block.reserve(BLOCK);
        self.file.take(BLOCK as u64).read_to_end(block).map_err(Unread::System)?;
        let mark = self.read.key.hash_one(&block);
        let at = self.read.marks.len();
        if self.expected.is_some_and(|expected| expected.marks.get(at) != Some(&mark)) {
            return Err(Unread::Changed);
        }
        self.read.marks.push(mark);
        Ok(())
    }

    pub(super) fn into_marks(self) -> Marks {
        self.read
    }
}
