//! Nothing: `Cargo.toml` says what this crate is for.

use crossbeam_utils as _;
use getrandom as _;
use getrandom_03 as _;
use oxhost as _;
use oxhost_journal as _;
use oxhost_sandbox as _;
use rustix as _;
use tokio as _;
use tokio_rustls as _;
