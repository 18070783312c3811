//! For how long what became of an order may not show.

use jiff::{SignedDuration, Timestamp};

use super::{Entry, Value};
use crate::clock::{Deadlines, Moment};
use crate::state::State;

/// Settled at noon, and at 1000 s of the clock `here`.
pub(crate) fn settled(clock: &str) -> Entry {
    let noon = "2025-03-20T12:00:00Z".parse().unwrap();
    Entry {
        id: "id".to_owned(),
        provider: "https://0xhost.net".to_owned(),
        operation: "extendServer".to_owned(),
        target: "server".to_owned(),
        parameters: Value::Null,
        reference: None,
        state: State::Accepted,
        answer: None,
        baseline: None,
        findings: None,
        resolutions: Vec::new(),
        notes: Vec::new(),
        created_at: noon,
        changed_at: noon,
        deadlines: Deadlines {
            clock: clock.to_owned(),
            claimed_at: 0,
            send_by: None,
            answer_by: 0,
            ended_at: Some(1_000_000_000),
            first_look: None,
        },
    }
}

#[test]
fn by_its_own_clock_an_order_may_not_show_for_as_long_as_the_provider_lags() {
    for (seconds, may_not) in [(1000, true), (1179, true), (1180, false), (9000, false)] {
        let at = Moment { clock: "here".to_owned(), micros: seconds * 1_000_000 };
        // The wall clock has no say.
        for wall in [Timestamp::MIN, Timestamp::MAX] {
            assert_eq!(settled("here").may_not_show(&at, wall), may_not, "{seconds}");
        }
    }
}

#[test]
fn where_its_clock_is_gone_the_wall_clock_tells_with_an_hour_to_spare() {
    for (seconds, may_not) in [(-60, true), (0, true), (3599, true), (3600, false), (9000, false)] {
        let wall = settled("there").changed_at + SignedDuration::from_secs(seconds);
        // Whatever another clock says.
        for micros in [0, 1_000_000_000, i64::MAX] {
            let at = Moment { clock: "here".to_owned(), micros };
            assert_eq!(settled("there").may_not_show(&at, wall), may_not, "{seconds}");
        }
    }
}
