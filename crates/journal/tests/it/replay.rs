//! The transitions that the model allows, for those of real processes too.

#![allow(unreachable_pub, dead_code, reason = "the model and the tests outside each use a part")]

use std::collections::HashMap;

use oxhost_journal::{Condition, Speaker, State};

/// One transition, as a process recorded it.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// The order's id in the journal.
    pub row: String,
    pub by: Speaker,
    /// Nothing where it was claimed.
    pub from: Option<State>,
    pub to: State,
    /// When, by the journal's clock.
    pub micros: i64,
}

/// Under which condition the model lets an order become this, if it does.
pub fn transition(from: Option<State>, to: State, by: Speaker) -> Option<Condition> {
    match (from, to, by) {
        (None, State::Claimed, Speaker::Sender) => Some(Condition::Always),
        (None, _, _) => None,
        (Some(from), to, by) => from.may_become(to, by),
    }
}

/// Follows each order through what was recorded, in that order, and tells where each has ended.
pub fn replay(recorded: &[Recorded]) -> Result<HashMap<&str, State>, String> {
    let mut last: HashMap<&str, &Recorded> = HashMap::new();
    for step in recorded {
        let before = last.insert(&step.row, step);
        if step.from != before.map(|before| before.to) {
            return Err(format!("{step:?} does not follow {before:?}"));
        }
        let by_a_person = before.is_some_and(|before| before.by == Speaker::Person);
        match transition(step.from, step.to, step.by) {
            Some(Condition::PersonSaidSo | Condition::PersonSaidSoAndSenderIsOut)
                if !by_a_person =>
            {
                return Err(format!("{step:?} overrules what no person has said"));
            }
            Some(_) => {}
            None => return Err(format!("{step:?} is not allowed")),
        }
        if before.is_some_and(|before| before.micros > step.micros) {
            return Err(format!("{step:?} is before {before:?}"));
        }
    }
    Ok(last.into_iter().map(|(row, step)| (row, step.to)).collect())
}

#[cfg(test)]
mod tests {
    use super::{Recorded, replay};
    use oxhost_journal::{Speaker, State};

    fn step(by: Speaker, from: Option<State>, to: State, micros: i64) -> Recorded {
        Recorded { row: "a".to_owned(), by, from, to, micros }
    }

    #[test]
    fn what_was_recorded_must_be_a_life_of_an_order() {
        use Speaker::{Person, Reconcile, Sender};
        use State::{Accepted, Claimed, Confirmed, NotOrdered, Open};
        let claimed = step(Sender, None, Claimed, 1);
        let open = step(Sender, Some(Claimed), Open, 2);
        let missing = step(Reconcile, Some(Open), NotOrdered, 3);
        let late = step(Sender, Some(NotOrdered), Accepted, 4);
        let life = [claimed.clone(), open.clone(), missing.clone(), late];
        assert_eq!(replay(&life).unwrap()["a"], Accepted);
        for (spoilt, why) in [
            (vec![open.clone()], "does not follow"),
            (vec![claimed.clone(), step(Sender, Some(Open), Accepted, 2)], "does not follow"),
            (vec![claimed.clone(), step(Person, Some(Claimed), Confirmed, 2)], "is not allowed"),
            (vec![step(Person, None, Claimed, 1)], "is not allowed"),
            (vec![claimed.clone(), step(Sender, Some(Claimed), Open, 0)], "is before"),
            (
                vec![claimed, open, missing, step(Person, Some(NotOrdered), Confirmed, 4)],
                "what no person has said",
            ),
        ] {
            let said = replay(&spoilt).unwrap_err();
            assert!(said.contains(why), "{said}");
        }
    }
}
