//! The journal with a real database file, and a provider that counts.

#![allow(unreachable_pub, reason = "nothing is outside a test")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, in its helpers too"
)]

mod all; // every order that blocks, found out about in one go
mod batch_amounts; // no amounts, and rows that were left
mod batch_due; // what ends soon
mod batch_refusals; // no for a while, and prices of nothing
mod batches; // many orders under one name, workers that leave, limits
mod bench; // a journal, a client and a server that answers to the byte
mod blocking; // the same without async
mod crashes; // killed at every point of an order, and at any moment
mod durability; // what is on disk, and when; databases that are not fit
mod finding_out; // what became of an unknown order
#[cfg(target_os = "linux")]
mod full; // a disk that is full at every step
mod guards; // one order a reference, one open order a target
mod leaving; // a sender who waits no more
mod postgres; // a server, and one that falls silent
mod processes; // many processes, and processes that die
mod prune; // old orders, and what depends on them
mod reading; // what a list of orders shows, page by page
mod relay; // stops the world at every point of a call
mod renewals; // prices, months, plans and baselines of an unknown renewal
mod replay; // what the model says of what processes did
mod secrets; // canaries in every byte of the file, and in what is shown of it
mod silence; // passes so many messages on, and then nothing more
mod states; // what may follow what
mod until; // a goal instead of an action
mod until_processes; // the same goal of many processes, while reads lag
mod worlds; // random worlds of the sandbox, and what is found out in them
