//! Many orders, from one input.

mod input;
