//! How an answer reaches its reader: late, in parts, or not at all.

use std::time::Duration;

use crate::answer::Answer;
use crate::world::World;

/// How an answer reaches its reader.
#[derive(Debug)]
pub struct Delivery {
    pub before: Duration,
    /// Where it stops, if not at the end.
    pub cut: Option<Cut>,
    /// Stands still before it ends or closes.
    pub then: Duration,
    pub reset: bool,
    pub framing: Framing,
}

#[derive(Clone, Copy, Debug)]
pub enum Cut {
    Behind(usize),
    BeforeTheLast(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    Length,
    Chunked,
    UntilClosed,
}

pub fn prompt() -> Delivery {
    let none = Duration::ZERO;
    Delivery { before: none, cut: None, then: none, reset: false, framing: Framing::Length }
}

pub fn hostile(
    world: &mut World,
    length: usize,
    patience: Duration,
    may_be_cut_unseen: bool,
) -> Delivery {
    let rng = &mut world.rng;
    let patience = u64::try_from(patience.as_millis()).unwrap();
    let time = |rng: &mut fastrand::Rng| match rng.u8(0..6) {
        0 => Duration::from_millis(rng.u64(0..patience)),
        1 => Duration::from_millis(rng.u64(0..patience * 2)),
        2 => Duration::from_millis(patience),
        _ => Duration::ZERO,
    };
    let framing = [Framing::Length, Framing::Chunked, Framing::UntilClosed][rng.usize(0..3)];
    let before = time(rng);
    let unseen = framing == Framing::UntilClosed;
    let cut = match rng.u8(0..3) {
        0 if unseen && may_be_cut_unseen && length > 1 => {
            // Neither in the head nor before the first byte: that would be another answer.
            Some(Cut::BeforeTheLast(rng.usize(1..length)))
        }
        0 if !unseen => Some(Cut::Behind(rng.usize(0..length + 250))),
        1 => Some(Cut::Behind(0)),
        _ => None,
    };
    let then =
        if cut.is_some() || framing == Framing::UntilClosed { time(rng) } else { Duration::ZERO };
    Delivery { before, cut, then, reset: rng.u8(0..3) == 0 && cut.is_some(), framing }
}

pub fn written(answer: &Answer, framing: Framing) -> Vec<u8> {
    let head = format!("HTTP/1.1 {} Whatever\r\n{}", answer.status, answer.headers);
    let length = answer.body.len();
    let mut bytes = match framing {
        Framing::Length => format!("{head}content-length: {length}\r\n\r\n").into_bytes(),
        Framing::Chunked => format!("{head}transfer-encoding: chunked\r\n\r\n").into_bytes(),
        Framing::UntilClosed => format!("{head}connection: close\r\n\r\n").into_bytes(),
    };
    if framing == Framing::Chunked {
        for chunk in answer.body.chunks(97) {
            bytes.extend(format!("{:x}\r\n", chunk.len()).into_bytes());
            bytes.extend(chunk);
            bytes.extend(b"\r\n");
        }
        bytes.extend(b"0\r\n\r\n");
    } else {
        bytes.extend(&answer.body);
    }
    bytes
}
