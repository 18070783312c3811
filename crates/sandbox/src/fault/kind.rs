//! The kinds of faults.

use super::{
    Shape,
    Stage::{self, After, Before, Connect, Read},
    View,
};

/// What goes wrong. Times are in milliseconds; what is held is held until the client goes away or the
/// sandbox stops.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Connections are refused for a time, from now on: nobody listens.
    Refuse {
        /// For how long.
        millis: u32,
    },
    /// The connection is accepted, and closed at once.
    Close,
    /// The connection is accepted, and reset at once.
    Reset,
    /// The connection is accepted, but no TLS handshake comes about.
    #[cfg(feature = "tls")]
    TlsStall,
    /// The connection has a certificate that has expired.
    #[cfg(feature = "tls")]
    TlsExpired,
    /// The connection has a certificate for another name.
    #[cfg(feature = "tls")]
    TlsName,
    /// No answer; the connection stays.
    Hold,
    /// The connection is closed when so much of the request has been read.
    CloseRequest {
        /// How many bytes; at most the whole request.
        bytes: u32,
    },
    /// The connection is reset when so much of the request has been read.
    ResetRequest {
        /// How many bytes; at most the whole request.
        bytes: u32,
    },
    /// The connection is closed when so much of the reply has been sent.
    CloseReply(At),
    /// The connection is reset when so much of the reply has been sent.
    ResetReply(At),
    /// So much of the reply is sent; then nothing more can come, but the connection is still read.
    HalfClose(At),
    /// So much of the reply is sent, and nothing more comes.
    Stall(At),
    /// `content-length` says more or less than there is. Then the connection is closed.
    Length {
        /// How much more; less, if negative. Not 0.
        off: i32,
    },
    /// No length at all, and half of the body: the close that ends it looks like any other.
    Unframed,
    /// The size of the second chunk is not a number.
    BadChunk,
    /// The last chunk does not come.
    CutChunk,
    /// Status 200 without a body.
    Empty,
    /// Status 200 with a page for people.
    Html,
    /// A PHP warning stands before the JSON.
    Warning,
    /// Status 200 with `success: false`.
    Failure,
    /// Any status.
    Status {
        /// From 200 to 599.
        status: u16,
        /// What comes with it.
        page: Page,
        /// `Retry-After`, in seconds.
        retry_after: Option<u32>,
    },
    /// A redirect of the same path and query.
    Redirect {
        /// 301, 302, 303, 307 or 308.
        status: u16,
        /// Where to.
        to: To,
    },
    /// An interim answer comes before the reply.
    Interim {
        /// From 100 to 199.
        status: u16,
    },
    /// The reply comes late.
    Late {
        /// How late.
        millis: u32,
    },
    /// The reply comes byte by byte.
    Drip {
        /// Between two bytes.
        millis: u32,
    },
    /// The reply is compressed, whether that was asked for or not.
    Gzip,
    /// The reply's JSON is followed by white space without end.
    HugeBody {
        /// Length of the body.
        bytes: u32,
    },
    /// The reply's head is very long.
    HugeHead {
        /// Length of what is added to it.
        bytes: u32,
    },
    /// The reply is whole, and promises a connection that is closed a while later.
    IdleClose {
        /// How much later.
        millis: u32,
    },
    /// Nothing goes wrong: lets a request through, for the next fault to meet a later one.
    Pass,
    /// The read shows what was there before the last orders, whoever placed them.
    Stale {
        /// How many orders, from 1 to 64.
        orders: u8,
    },
    /// The read contradicts itself, or the next.
    Contradict(Contradiction),
    /// The reply is good JSON of another shape.
    Shape(Shape),
    /// The read shows something else.
    View(View),
}

/// A place in a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum At {
    /// After so many bytes; at most the whole reply.
    Byte(u32),
    /// In the middle of the head.
    Head,
    /// In the middle of the body.
    Body,
}

/// What comes with a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Page {
    /// JSON, with `success: false`.
    Json,
    /// A page for people, like that of a web server or proxy.
    Html,
    /// Nothing.
    Empty,
}

/// Where a redirect leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum To {
    /// Back to the sandbox: who follows sends the request again.
    Same,
    /// To another host name and port, where an order is taken too:
    /// [`Sandbox::elsewhere`](crate::Sandbox::elsewhere).
    Other,
    /// To the same host in plain HTTP, on another port: [`Sandbox::elsewhere`](crate::Sandbox::elsewhere)
    /// again.
    Plain,
    /// To a port where nobody listens.
    Dead,
}

/// How a read contradicts itself, about the last order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Contradiction {
    /// The order shows, but what it moved (expiry, balance) has not moved.
    OrderAlone,
    /// What the order moved has moved, but the order does not show.
    StateAlone,
}

/// Most orders that a stale read can lag behind.
const MOST_STALE: u8 = 64;

impl Kind {
    /// Says what is wrong with this kind at this stage, if anything is.
    pub(super) fn check(&self, stage: Stage) -> Result<(), &'static str> {
        if !self.stages().contains(&stage) {
            return Err("this kind of fault does not happen at this stage");
        }
        let in_range = match self {
            Self::Length { off } => *off != 0,
            Self::Status { status, .. } => (200..=599).contains(status),
            Self::Redirect { status, .. } => matches!(status, 301 | 302 | 303 | 307 | 308),
            Self::Interim { status } => (100..=199).contains(status),
            Self::Stale { orders } => (1..=MOST_STALE).contains(orders),
            Self::Shape(shape) => shape.in_range(),
            Self::View(view) => view.in_range(),
            _ => true,
        };
        if in_range { Ok(()) } else { Err("a number or a name of this fault is out of range") }
    }

    /// The stages at which it can happen.
    pub(super) fn stages(&self) -> &'static [Stage] {
        match self {
            Self::Refuse { .. } | Self::Close | Self::Reset => &[Connect],
            #[cfg(feature = "tls")]
            Self::TlsStall | Self::TlsExpired | Self::TlsName => &[Connect],
            Self::Hold => &[Connect, Before, After, Read],
            // Half a request cannot have been booked.
            Self::CloseRequest { .. } | Self::ResetRequest { .. } => &[Before, Read],
            // A good reply needs an order that was taken.
            Self::IdleClose { .. } | Self::Pass => &[After, Read],
            Self::Stale { .. } | Self::Contradict(_) | Self::View(_) => &[Read],
            Self::Shape(shape) if shape.needs_order() => &[After],
            _ => &[Before, After, Read],
        }
    }

    /// Whether it is about TLS.
    pub(super) fn needs_tls(&self) -> bool {
        match self {
            #[cfg(feature = "tls")]
            Self::TlsStall | Self::TlsExpired | Self::TlsName => true,
            _ => false,
        }
    }

    /// How many bytes of the request are read, if it is the request that breaks.
    pub(crate) fn request_bytes(&self) -> Option<u32> {
        match self {
            Self::CloseRequest { bytes } | Self::ResetRequest { bytes } => Some(*bytes),
            _ => None,
        }
    }
}
