//! Texts of the provider's that are compared, some of which must not be shown.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// What a stand-in begins with.
const STAND_IN: &str = "sha256:";

/// A text of the provider's, such as an id. Where it may not be shown, `sha256:` and the digest of it
/// stand for it, so that it compares as exactly as if it stood here.
#[derive(Clone, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ShownText(String);

impl ShownText {
    /// A text, and what may be shown of it.
    pub(crate) fn of(exact: &str, shown: &str) -> Self {
        // One that looks like a stand-in would be taken for another text's.
        match exact == shown && !exact.starts_with(STAND_IN) {
            true => Self(exact.to_owned()),
            false => Self(stand_in(exact)),
        }
    }

    /// A text as it was written down.
    pub(crate) fn kept(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// What may be shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is this text, shown or not.
    pub fn is(&self, exact: &str) -> bool {
        match self.0.starts_with(STAND_IN) {
            true => self.0 == stand_in(exact),
            false => self.0 == exact,
        }
    }
}

/// The same text may be shown in one reply and not in the next, which repeats it as a secret.
impl PartialEq for ShownText {
    fn eq(&self, other: &Self) -> bool {
        match (self.0.starts_with(STAND_IN), other.0.starts_with(STAND_IN)) {
            (true, false) => self.0 == stand_in(&other.0),
            (false, true) => stand_in(&self.0) == other.0,
            _ => self.0 == other.0,
        }
    }
}

impl fmt::Display for ShownText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ShownText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

fn stand_in(exact: &str) -> String {
    format!("{STAND_IN}{:x}", Sha256::digest(exact))
}

#[cfg(test)]
mod tests;
