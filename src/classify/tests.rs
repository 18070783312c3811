//! What holds of every answer that is made, and of every documented one that is changed.

mod mutations;
mod properties;
