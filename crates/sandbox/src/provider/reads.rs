//! The four reads, two of which are one URL. The replies are the documented ones, in their order.

use serde::Serialize;

use crate::{
    exchange::Reply,
    fields::Fields,
    operation::Read,
    refusal::Refusal,
    seed::{Account, Seed},
};

mod orders;
mod subscription;
mod user;

/// Answers from what there is, or was.
pub(super) fn answer(
    stock: &Seed,
    read: Read,
    user: &str,
    fields: &Fields,
) -> Result<Reply, Refusal> {
    let account = stock.accounts.iter().find(|account| account.user_id == user);
    let account = account.ok_or(Refusal::Broken)?;
    match read {
        Read::PleskSubscription => subscription::answer(stock, account, fields),
        Read::Orders => orders::answer(stock, account, fields),
        Read::User => user::answer(account, fields),
    }
}

/// A field that is null in the documented reply, and whose meaning nobody knows.
#[derive(Serialize)]
struct Null;

/// A user may be read by the user alone.
fn own(account: &Account, user_id: &str) -> Result<(), Refusal> {
    if account.user_id == user_id { Ok(()) } else { Err(Refusal::Unknown("user_id")) }
}
