//! What calls wait on.

use std::sync::Arc;

use tokio::runtime::{Builder, Handle, Runtime};

use crate::error::JournalError;

const INSIDE_ASYNC: &str = "nothing was done: a blocking journal was used inside async code; use oxhost_journal::Journal there";

/// A runtime for one journal and its batches.
#[derive(Clone, Debug)]
pub(super) struct Waiting(Arc<Background>);

/// tokio panics when a runtime is dropped inside async code, unless told that nothing is to be waited for; and nothing
/// is, once no journal is left.
#[derive(Debug)]
struct Background(Option<Runtime>);

impl Drop for Background {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl Waiting {
    pub(super) fn new() -> Result<Self, JournalError> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| JournalError::Unusable(error.to_string()))?;
        Ok(Self(Arc::new(Background(Some(runtime)))))
    }

    pub(super) fn wait<T>(
        &self,
        call: impl Future<Output = Result<T, JournalError>>,
    ) -> Result<T, JournalError> {
        // tokio would panic.
        match self.0.0.as_ref().filter(|_| Handle::try_current().is_err()) {
            Some(runtime) => runtime.block_on(call),
            None => Err(JournalError::Usage(INSIDE_ASYNC.to_owned())),
        }
    }
}
