//! One fault of every kind.

use rust_decimal::Decimal;

use super::{At, Contradiction, Fault, Kind, Page, Shape, Stage, To, View, shape, view};

impl Fault {
    /// Every kind of fault at every stage at which it can happen, with ordinary numbers; of the kinds
    /// with a place, a status or a target, several. For a harness to draw from.
    pub fn samples() -> Vec<Self> {
        let stages = [Stage::Connect, Stage::Before, Stage::After, Stage::Read];
        let of_kind = |kind: Kind| {
            stages.into_iter().filter_map(move |stage| Self::new(stage, kind.clone()).ok())
        };
        kinds().into_iter().flat_map(of_kind).collect()
    }
}

fn kinds() -> Vec<Kind> {
    let mut kinds = vec![
        Kind::Refuse { millis: 200 },
        Kind::Close,
        Kind::Reset,
        #[cfg(feature = "tls")]
        Kind::TlsStall,
        #[cfg(feature = "tls")]
        Kind::TlsExpired,
        #[cfg(feature = "tls")]
        Kind::TlsName,
        Kind::Hold,
        Kind::Length { off: 7 },
        Kind::Length { off: -7 },
        Kind::Unframed,
        Kind::BadChunk,
        Kind::CutChunk,
        Kind::Empty,
        Kind::Html,
        Kind::Warning,
        Kind::Failure,
        Kind::Status { status: 429, page: Page::Json, retry_after: Some(1) },
        Kind::Late { millis: 200 },
        Kind::Drip { millis: 10 },
        Kind::Gzip,
        Kind::HugeBody { bytes: 100_000_000 },
        Kind::HugeHead { bytes: 1_000_000 },
        Kind::IdleClose { millis: 0 },
        Kind::Pass,
        Kind::Stale { orders: 1 },
        Kind::Contradict(Contradiction::OrderAlone),
        Kind::Contradict(Contradiction::StateAlone),
    ];
    for bytes in [0, 1, 40, 1_000_000] {
        kinds.extend([Kind::CloseRequest { bytes }, Kind::ResetRequest { bytes }]);
    }
    for at in [At::Byte(0), At::Byte(12), At::Head, At::Body] {
        kinds.extend([Kind::CloseReply(at), Kind::ResetReply(at)]);
        kinds.extend([Kind::HalfClose(at), Kind::Stall(at)]);
    }
    for status in [204, 304] {
        kinds.push(Kind::Status { status, page: Page::Empty, retry_after: None });
    }
    for status in [400, 402, 403, 404, 408, 409, 422, 425, 429, 499, 500, 502, 503, 504] {
        for page in [Page::Json, Page::Html, Page::Empty] {
            kinds.push(Kind::Status { status, page, retry_after: None });
        }
    }
    for status in [301, 302, 303, 307, 308] {
        for to in [To::Same, To::Other, To::Plain, To::Dead] {
            kinds.push(Kind::Redirect { status, to });
        }
    }
    kinds.extend([100, 102, 103].map(|status| Kind::Interim { status }));
    kinds.extend(shapes().into_iter().map(Kind::Shape));
    kinds.extend(views().into_iter().map(Kind::View));
    kinds
}

fn shapes() -> Vec<Shape> {
    let mut shapes: Vec<_> = shape::PLAIN.iter().map(|(_, shape)| shape.clone()).collect();
    shapes.extend([1, 2, 200].map(|depth| Shape::Envelopes { depth }));
    for name in ["success", "order", "order_id"] {
        for first in [false, true] {
            shapes.push(Shape::Repeat { name: name.into(), first });
        }
    }
    shapes.extend(["failed", "refunded"].map(|word| Shape::OrderStatus { word: word.into() }));
    shapes
}

fn views() -> Vec<View> {
    let mut views: Vec<_> = view::PLAIN.iter().map(|(_, view)| view.clone()).collect();
    views.push(View::Lag { seconds: 60 });
    views.extend(["renew_server", view::ALL].map(|kind| View::Hide { kind: kind.into() }));
    views.extend([2, -2].map(|cents| View::BalanceMoves { by: Decimal::new(cents, 2) }));
    views.extend([View::PageError { page: 1 }, View::PageError { page: 2 }]);
    views.extend([View::PageMissing { page: 1 }, View::PageMissing { page: 2 }]);
    views
}
