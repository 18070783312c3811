//! How the provider of a life is.

use std::time::Duration;

use fastrand::Rng;

use crate::shape::Distortion;
use crate::world::Assumptions;

/// In which order a list comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    NewestFirst,
    OldestFirst,
    ById,
}

/// What comes behind the last page of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behind {
    Nothing,
    LastAgain,
    NotFound,
    Refusal,
    Null,
}

/// How the provider of a life is.
#[derive(Clone, Debug)]
pub struct Behaviour {
    pub orders: Distortion,
    pub reads: Distortion,
    /// Of a hundred orders, so many are booked.
    pub books: u32,
    /// Of a hundred answers, so many are what the documentation shows.
    pub documented: u32,
    /// Of a hundred reads, so many fail.
    pub read_fails: u32,
    pub longest_lag: Duration,
    pub flaps: bool,
    pub lists_extensions: bool,
    pub lists_renewals: bool,
    /// Whether orders show that wait for their payment.
    pub lists_crypto: bool,
    pub page_size: usize,
    pub page_is_ignored: bool,
    pub most_listed: usize,
    pub sort: Sort,
    pub behind: Behind,
    pub type_name: &'static str,
    pub overflows: bool,
    pub balance_is_null: bool,
    pub lists_null_server: bool,
}

impl Behaviour {
    pub fn draw(rng: &mut Rng, assumptions: Assumptions) -> Self {
        let odd = [0, 0, 3, 10, 30];
        let fails = [0, 0, 0, 5, 20, 50];
        let lags = [0, 0, 5, 60, assumptions.lag.as_secs(), assumptions.lag.as_secs()];
        let sorts = [Sort::NewestFirst, Sort::NewestFirst, Sort::OldestFirst, Sort::ById];
        let behinds = [
            Behind::Nothing,
            Behind::Nothing,
            Behind::LastAgain,
            Behind::NotFound,
            Behind::Refusal,
            Behind::Null,
        ];
        let of = |rng: &mut Rng, list: &[u32]| list[rng.usize(0..list.len())];
        Self {
            orders: Distortion { odd: odd[rng.usize(0..5)], lossy: rng.bool() },
            reads: Distortion { odd: odd[rng.usize(0..5)], lossy: rng.u8(0..3) == 0 },
            books: of(rng, &[20, 50, 50, 80]),
            documented: of(rng, &[0, 10, 40, 80]),
            read_fails: of(rng, &fails),
            longest_lag: Duration::from_secs(lags[rng.usize(0..6)]),
            flaps: rng.bool(),
            lists_extensions: rng.u8(0..3) > 0,
            lists_renewals: rng.u8(0..4) > 0,
            lists_crypto: rng.u8(0..4) > 0,
            page_size: [1, 2, 3, 5, 10, 20, 100][rng.usize(0..7)],
            page_is_ignored: rng.u8(0..12) == 0,
            most_listed: if rng.u8(0..12) == 0 { rng.usize(1..12) } else { usize::MAX },
            sort: sorts[rng.usize(0..4)],
            behind: behinds[rng.usize(0..6)],
            type_name: [
                "renew_server",
                "renew_server",
                "renew_server",
                "extend",
                "RENEW_SERVER",
                "dedicated_server",
            ][rng.usize(0..6)],
            overflows: rng.bool(),
            balance_is_null: rng.u8(0..8) == 0,
            lists_null_server: rng.u8(0..12) == 0,
        }
    }
}
