//! Many orders under one name.

mod order;

pub use order::BatchOrder;
