//! Faults of a contract, each as an edit of the one that holds.

use crate::contract::key_header;

use super::{addresses, evidence, operations, schemas, values};

/// In each text, `{key}` is the name of the key's header.
pub struct Case {
    /// What is wrong.
    pub fault: &'static str,
    /// The edit of the contract that makes it so.
    pub from: &'static str,
    pub to: &'static str,
    /// Another edit, where one does not make it.
    pub also: Option<(&'static str, &'static str)>,
    /// Text on the line that the error must name.
    pub line: &'static str,
    /// Words that the error must say.
    pub says: &'static str,
}

pub const fn case(
    fault: &'static str,
    from: &'static str,
    to: &'static str,
    line: &'static str,
    says: &'static str,
) -> Case {
    Case { fault, from, to, also: None, line, says }
}

impl Case {
    pub const fn and(self, from: &'static str, to: &'static str) -> Self {
        Self { also: Some((from, to)), ..self }
    }

    /// Makes the fault.
    pub fn spoil(&self, contract: &str) -> String {
        let edits = [(self.from, self.to)].into_iter().chain(self.also);
        edits.fold(contract.to_owned(), |contract, (from, to)| {
            let (from, to) = (named(from), named(to));
            assert!(
                contract.contains(&from),
                "{}: the contract does not hold `{from}`",
                self.fault
            );
            contract.replacen(&from, &to, 1)
        })
    }
}

pub fn named(text: &str) -> String {
    text.replace("{key}", key_header())
}

pub fn all() -> impl Iterator<Item = &'static Case> {
    [operations::CASES, addresses::CASES, evidence::CASES, schemas::CASES, values::CASES]
        .into_iter()
        .flatten()
}
