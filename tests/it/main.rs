//! The library on the wire. Truth is counted on the server's side.

#![allow(unreachable_pub, reason = "nothing is outside a test")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, in its helpers too"
)]

mod blocking; // the same calls without async
mod bounds; // no call lasts, and no reply is held, beyond what was said
mod broken_contracts; // every fault of a contract stops the build, with its line
mod checkout; // a copy of the repository, to edit and build
mod clock; // the client's time, which a test lets go
mod configuration; // what a client refuses to be built with
mod connections; // used again only at once, whatever becomes of them
mod contract; // generated types against the contract, requests against it, its surface pinned
mod deadline; // past it, an order is not sent
mod documented; // the provider's own examples, through a socket, into every typed field
mod evidence; // which body proves what: orders, yes and no, and what cannot be read whole
mod faults; // anything goes wrong, drawn from a seed; what was booked tells whether the client lied
mod outcomes; // which status, and which way of not answering, proves what
mod planning; // which renewal a date needs
mod properties; // no mutated answer panics, or loses an order
mod provider; // who is asked: two URLs of one provider are one name
mod proxies; // none but the one that was asked for, and that one sees nothing
mod reads; // the reads that prove an order, and their repetition
mod records; // what is stored of an order reads back
mod regeneration; // the contract changes, the client has changed
mod secrets; // canaries in everything that is shown
mod shipped; // a build without the generator, and of no other contract
mod shown; // what of a reply is shown, rule by rule
mod tls; // a handshake that fails sends nothing
mod transport; // at most one request, to one host, with one key
mod warnings; // an order that is another one than was ordered
