//! For how long what became of an order may not show.

use std::time::Duration;

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
    const SECOND: i64 = 1_000_000;
    // An answer may come before the booking, which may be as late as an answer may be.
    for (answer_by, shows) in [(0, 1180), (1000, 1180), (1001, 1181), (1120, 1300)] {
        let mut order = settled("here");
        order.deadlines.answer_by = answer_by * SECOND;
        for at in [1000, 1179, 1180, 1181, 1299, 1300, 9000] {
            let left = u64::try_from(shows - at).ok().filter(|left| *left > 0);
            let at = Moment { clock: "here".to_owned(), micros: at * SECOND };
            // The wall clock has no say.
            for wall in [Timestamp::MIN, Timestamp::MAX] {
                assert_eq!(order.may_not_show(&at, wall), left.map(Duration::from_secs), "{at:?}");
            }
        }
    }
    let mut order = settled("here");
    order.deadlines.answer_by = i64::MAX;
    let at = Moment { clock: "here".to_owned(), micros: 0 };
    assert!(order.may_not_show(&at, Timestamp::MAX).is_some());
}

#[test]
fn where_its_clock_is_gone_the_wall_clock_tells_with_an_hour_to_spare() {
    for (seconds, left) in [(-60, 3660), (0, 3600), (3599, 1), (3600, 0), (9000, 0)] {
        let left = (left > 0).then(|| Duration::from_secs(left));
        let wall = settled("there").changed_at + SignedDuration::from_secs(seconds);
        // Whatever another clock says.
        for micros in [0, 1_000_000_000, i64::MAX] {
            let at = Moment { clock: "here".to_owned(), micros };
            assert_eq!(settled("there").may_not_show(&at, wall), left, "{seconds}");
        }
    }
}
