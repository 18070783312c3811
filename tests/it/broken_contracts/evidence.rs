//! Faults of what an answer is judged by.

use super::cases::{Case, case};

pub const CASES: &[Case] = &[
    case(
        "a proof that is no field",
        "x-oxhost-proof: [order]",
        "x-oxhost-proof: [ordre]",
        "x-oxhost-proof: [ordre]",
        "`ordre` is not a field of `PleskRenewal`",
    ),
    case(
        "no proof",
        "      x-oxhost-proof: [order]\n",
        "",
        "    post:",
        "nothing in the reply is said to prove",
    ),
    case(
        "an envelope without a name",
        "x-oxhost-envelope: data",
        "x-oxhost-envelope: ''",
        "x-oxhost-envelope: ''",
        "is not a name",
    ),
    case(
        "a proof that proves nothing",
        "x-oxhost-proof: [order]",
        "x-oxhost-proof: [success]",
        "x-oxhost-proof: [success]",
        "proves no order",
    ),
];
