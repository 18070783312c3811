//! Faults as text: `STAGE:KIND`, where a kind is `name`, `name@place` or `name=value`.

use std::{fmt, str::FromStr};

use super::{At, Contradiction, Fault, Kind, NoSuchFault, Page, Shape, Stage, To, View};

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // These are reads' alone, and say so themselves.
        if matches!(self.kind, Kind::Stale { .. } | Kind::Contradict(_) | Kind::View(_)) {
            return self.kind.fmt(f);
        }
        write!(f, "{}:{}", self.stage, self.kind)
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "connect",
            Self::Before => "before",
            Self::After => "after",
            Self::Read => "read",
        })
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refuse { millis } => write!(f, "refuse={millis}"),
            Self::Close => f.write_str("close"),
            Self::Reset => f.write_str("reset"),
            #[cfg(feature = "tls")]
            Self::TlsStall => f.write_str("tls-stall"),
            #[cfg(feature = "tls")]
            Self::TlsExpired => f.write_str("tls-expired"),
            #[cfg(feature = "tls")]
            Self::TlsName => f.write_str("tls-name"),
            Self::Hold => f.write_str("hold"),
            Self::CloseRequest { bytes } => write!(f, "close-request@{bytes}"),
            Self::ResetRequest { bytes } => write!(f, "reset-request@{bytes}"),
            Self::CloseReply(at) => write!(f, "close-reply@{at}"),
            Self::ResetReply(at) => write!(f, "reset-reply@{at}"),
            Self::HalfClose(at) => write!(f, "half-close@{at}"),
            Self::Stall(at) => write!(f, "stall@{at}"),
            Self::Length { off } => write!(f, "length={off:+}"),
            Self::Unframed => f.write_str("unframed"),
            Self::BadChunk => f.write_str("bad-chunk"),
            Self::CutChunk => f.write_str("cut-chunk"),
            Self::Empty => f.write_str("empty"),
            Self::Html => f.write_str("html"),
            Self::Warning => f.write_str("php-warning"),
            Self::Failure => f.write_str("success-false"),
            Self::Status { status, page, retry_after } => {
                write!(f, "status={status}{page}")?;
                retry_after.map_or(Ok(()), |seconds| write!(f, "+retry-after={seconds}"))
            }
            Self::Redirect { status, to } => write!(f, "redirect={status}+{to}"),
            Self::Interim { status } => write!(f, "interim={status}"),
            Self::Late { millis } => write!(f, "late={millis}"),
            Self::Drip { millis } => write!(f, "drip={millis}"),
            Self::Gzip => f.write_str("gzip"),
            Self::HugeBody { bytes } => write!(f, "huge-body={bytes}"),
            Self::HugeHead { bytes } => write!(f, "huge-head={bytes}"),
            Self::IdleClose { millis } => write!(f, "idle-close={millis}"),
            Self::Pass => f.write_str("pass"),
            Self::Stale { orders } => write!(f, "stale={orders}"),
            Self::Contradict(Contradiction::OrderAlone) => f.write_str("contradict=order"),
            Self::Contradict(Contradiction::StateAlone) => f.write_str("contradict=state"),
            Self::Shape(shape) => shape.fmt(f),
            Self::View(view) => view.fmt(f),
        }
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Byte(byte) => byte.fmt(f),
            Self::Head => f.write_str("head"),
            Self::Body => f.write_str("body"),
        }
    }
}

impl fmt::Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Json => "",
            Self::Html => "+html",
            Self::Empty => "+empty",
        })
    }
}

impl fmt::Display for To {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Same => "same",
            Self::Other => "other",
            Self::Plain => "plain",
            Self::Dead => "dead",
        })
    }
}

impl FromStr for Fault {
    type Err = NoSuchFault;

    fn from_str(text: &str) -> Result<Self, NoSuchFault> {
        let unknown = || NoSuchFault(format!("there is no fault {text:?}"));
        let (stage, kind) = match text.split_once(':') {
            Some((stage, kind)) => (Some(self::stage(stage).ok_or_else(unknown)?), kind),
            None => (None, text),
        };
        let kind = self::kind(kind).ok_or_else(unknown)?;
        let stage = match (stage, kind.stages()) {
            (Some(stage), _) | (None, &[stage]) => stage,
            (None, _) => {
                return Err(NoSuchFault(format!("{text:?} needs a stage, such as after:{text}")));
            }
        };
        Self::new(stage, kind).map_err(|reason| NoSuchFault(format!("{text:?}: {reason}")))
    }
}

fn stage(name: &str) -> Option<Stage> {
    let stages = [Stage::Connect, Stage::Before, Stage::After, Stage::Read];
    stages.into_iter().find(|stage| stage.to_string() == name)
}

fn kind(text: &str) -> Option<Kind> {
    let shape = || Shape::parse(text).map(Kind::Shape);
    let view = || View::parse(text).map(Kind::View);
    socket(text).or_else(shape).or_else(view)
}

/// Those that are neither a shape nor a view.
fn socket(text: &str) -> Option<Kind> {
    let (rest, value) = match text.split_once('=') {
        Some((rest, value)) => (rest, Some(value)),
        None => (text, None),
    };
    let (name, place) = match rest.split_once('@') {
        Some((name, place)) => (name, Some(place)),
        None => (rest, None),
    };
    match (place, value) {
        (None, None) => plain(name),
        (Some(place), None) => placed(name, place),
        (None, Some(value)) => valued(name, value),
        (Some(_), Some(_)) => None,
    }
}

/// Some kinds can do without their number.
fn plain(name: &str) -> Option<Kind> {
    Some(match name {
        "refuse" => Kind::Refuse { millis: 1000 },
        "close" => Kind::Close,
        "reset" => Kind::Reset,
        #[cfg(feature = "tls")]
        "tls-stall" => Kind::TlsStall,
        #[cfg(feature = "tls")]
        "tls-expired" => Kind::TlsExpired,
        #[cfg(feature = "tls")]
        "tls-name" => Kind::TlsName,
        "hold" => Kind::Hold,
        "unframed" => Kind::Unframed,
        "bad-chunk" => Kind::BadChunk,
        "cut-chunk" => Kind::CutChunk,
        "empty" => Kind::Empty,
        "html" => Kind::Html,
        "php-warning" => Kind::Warning,
        "success-false" => Kind::Failure,
        "late" => Kind::Late { millis: 1000 },
        "drip" => Kind::Drip { millis: 100 },
        "gzip" => Kind::Gzip,
        "huge-body" => Kind::HugeBody { bytes: 100_000_000 },
        "huge-head" => Kind::HugeHead { bytes: 1_000_000 },
        "idle-close" => Kind::IdleClose { millis: 0 },
        "pass" => Kind::Pass,
        _ => return None,
    })
}

fn placed(name: &str, place: &str) -> Option<Kind> {
    let at = || match place {
        "head" => Some(At::Head),
        "body" => Some(At::Body),
        byte => number(byte).map(At::Byte),
    };
    Some(match name {
        "close-request" => Kind::CloseRequest { bytes: number(place)? },
        "reset-request" => Kind::ResetRequest { bytes: number(place)? },
        "close-reply" => Kind::CloseReply(at()?),
        "reset-reply" => Kind::ResetReply(at()?),
        "half-close" => Kind::HalfClose(at()?),
        "stall" => Kind::Stall(at()?),
        _ => return None,
    })
}

fn valued(name: &str, value: &str) -> Option<Kind> {
    Some(match name {
        "refuse" => Kind::Refuse { millis: number(value)? },
        "length" => Kind::Length { off: value.parse().ok()? },
        "status" => status(value)?,
        "redirect" => {
            let (status, to) = value.split_once('+')?;
            let places = [To::Same, To::Other, To::Plain, To::Dead];
            let to = places.into_iter().find(|place| place.to_string() == to)?;
            Kind::Redirect { status: number(status)?, to }
        }
        "interim" => Kind::Interim { status: number(value)? },
        "late" => Kind::Late { millis: number(value)? },
        "drip" => Kind::Drip { millis: number(value)? },
        "huge-body" => Kind::HugeBody { bytes: number(value)? },
        "huge-head" => Kind::HugeHead { bytes: number(value)? },
        "idle-close" => Kind::IdleClose { millis: number(value)? },
        "stale" => Kind::Stale { orders: number(value)? },
        "contradict" => Kind::Contradict(match value {
            "order" => Contradiction::OrderAlone,
            "state" => Contradiction::StateAlone,
            _ => return None,
        }),
        _ => return None,
    })
}

fn status(value: &str) -> Option<Kind> {
    let (value, retry_after) = match value.split_once("+retry-after=") {
        Some((value, seconds)) => (value, Some(number(seconds)?)),
        None => (value, None),
    };
    let (status, page) = match value.split_once('+') {
        None => (value, Page::Json),
        Some((status, "html")) => (status, Page::Html),
        Some((status, "empty")) => (status, Page::Empty),
        Some(_) => return None,
    };
    Some(Kind::Status { status: number(status)?, page, retry_after })
}

/// A number of digits alone: the standard library takes a plus sign too.
pub(super) fn number<N: FromStr>(text: &str) -> Option<N> {
    if text.starts_with('+') { None } else { text.parse().ok() }
}

/// Whether a text can be a name within a fault.
pub(super) fn is_word(text: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    (1..=64).contains(&text.len()) && text.bytes().all(letter)
}
