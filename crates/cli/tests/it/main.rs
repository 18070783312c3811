//! The command `oxhost`, run as it is installed. What was charged is counted on the server's side.

#![allow(unreachable_pub, reason = "nothing is outside a test")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, in its helpers too"
)]

mod archive; // orders of a time, as lines and in files
mod batch; // many orders from a file
mod batch_limits; // what a batch is held to
mod command; // runs the binary, for people and for machines
mod configuration; // exit code 3, and where key and URL come from
mod display; // control characters, colours, readers that leave
mod dry_run; // what is shown is what would be sent, and nothing is
#[cfg(target_os = "linux")]
mod full; // a journal on a full disk
mod journal; // the journal's file, aged, damaged and locked
mod list; // many orders, damaged ones among them
mod manual; // help, version, contract, completions
mod orders; // exit code 8: what is remembered, kept from happening, found out
mod outcomes; // exit codes 0, 4, 5 and 6
mod page; // a batch as a page for a browser
mod prune; // old orders are let go, and no reference with them
mod raw_reply; // the answer as it was received
mod report; // the JSON object, field by field
mod sandbox; // --sandbox, and `oxhost sandbox` for other programs
mod secrets; // canaries in everything that is printed
mod until; // a goal instead of an action
mod usage; // exit code 2, in every spelling of `-o json`
mod verify_all; // every order that blocks, in one go

#[cfg(unix)]
mod interruption; // exit code 130, while the answer is out
#[cfg(unix)]
mod late; // a sender that is stopped until others have spoken
#[cfg(unix)]
mod question; // what is asked on a terminal, and what the answers do
#[cfg(unix)]
mod spec;
mod terminal; // a pseudo-terminal with the command on it
