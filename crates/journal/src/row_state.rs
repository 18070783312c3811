//! The states of a row of a batch.

use serde::Serialize;

use crate::state::unknown;

/// Where a row of a batch stands.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", parse_err_ty = String, parse_err_fn = unknown)]
#[non_exhaustive]
pub enum RowState {
    /// Nothing was sent for it.
    Waiting,
    /// Its order is under way, or was when its worker was lost.
    Taken,
    /// Its order MAY have been placed.
    Unknown,
    /// Its order was placed and charged.
    Accepted,
    /// The provider said no. Nothing was charged.
    Refused,
    /// Its order was not sent, or was found not to have been placed. Nothing was charged.
    NotSent,
    /// There was nothing to order: it lasts long enough, or was left out.
    Skipped,
}

impl RowState {
    /// Every state.
    pub const ALL: &[Self] = <Self as strum::VariantArray>::VARIANTS;

    /// As the journal writes it.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}
