//! What was found out of an order.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::snapshot::Observation;
use crate::verdict::Verdict;

/// What was found out of an order, and by what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Findings {
    /// The verdict.
    pub verdict: Verdict,
    /// The observations that it rests on, in their order.
    pub observations: Vec<Observation>,
    /// From when on it can be believed that the order was not placed, by the clock of whoever looked.
    pub absence_from: Option<Timestamp>,
}
