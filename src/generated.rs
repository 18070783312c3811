//! The client that progenitor generates from `openapi.yaml`. Not edited by hand.
//!
//! It is safe to use as it is: key, host, transport rules and redaction apply to every call made
//! through it. `Ok` means *accepted*. A refusal with a JSON body is `Error::ErrorResponse`;
//! everything else is `Error::Custom` in the words of [`crate::OrderError`], which says whether the money
//! may have moved. Do not retry on `Error::is_retryable`: it knows nothing of money.
//!
//! The helpers of [`crate::Client`] say the same in types, and keep the reply as it was received.

#![allow(missing_docs, unreachable_pub, unused_imports, dead_code)]
#![allow(clippy::all, clippy::pedantic, clippy::restriction)]
#![allow(rustdoc::invalid_html_tags, rustdoc::bare_urls, rustdoc::broken_intra_doc_links)]

include!(concat!(env!("OUT_DIR"), "/client.rs"));
