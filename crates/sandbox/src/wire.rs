//! How values are written in the provider's JSON: money without floats, times without zones.

use jiff::civil::DateTime;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Serialize, Serializer, ser::Error};
use serde_json::value::RawValue;

/// Rounds to cents, half away from zero.
pub(crate) fn cents(amount: Decimal) -> Decimal {
    amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}

/// Money as a string with two decimals: `"60.04"`.
pub(crate) fn money<S: Serializer>(amount: &Decimal, out: S) -> Result<S::Ok, S::Error> {
    out.collect_str(&format_args!("{amount:.2}"))
}

/// Money as a JSON number: `0.02`, digit for digit.
pub(crate) fn number<S: Serializer>(amount: &Decimal, out: S) -> Result<S::Ok, S::Error> {
    RawValue::from_string(amount.normalize().to_string()).map_err(S::Error::custom)?.serialize(out)
}

/// A civil time as the provider writes it: `"2025-07-01 10:00:00"`.
pub(crate) fn civil<S: Serializer>(time: &DateTime, out: S) -> Result<S::Ok, S::Error> {
    out.collect_str(&time.strftime("%Y-%m-%d %H:%M:%S"))
}
