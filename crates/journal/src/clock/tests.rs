use super::*;

fn at(clock: &str, micros: i64) -> Moment {
    Moment { clock: clock.to_owned(), micros }
}

const CLAIMED: i64 = 5_000_000;

fn deadlines() -> Deadlines {
    Deadlines {
        clock: "here".to_owned(),
        claimed_at: CLAIMED,
        send_by: Some(CLAIMED + 10),
        answer_by: CLAIMED + 130,
        ended_at: None,
        first_look: None,
    }
}

#[test]
fn on_the_same_clock_the_deadline_is_what_was_written() {
    for first in [0, CLAIMED, i64::MAX] {
        assert_eq!(deadlines().sender_is_out_from(&at("here", first)), CLAIMED + 130);
    }
    assert_eq!(deadlines().absence_from(&at("here", 0)), CLAIMED + 130 + 180_000_000);
}

#[test]
fn on_another_clock_all_of_the_senders_time_is_counted_from_the_first_look() {
    for first in [-7, 0, CLAIMED, 1 << 60] {
        assert_eq!(deadlines().sender_is_out_from(&at("there", first)), first + 130);
        assert_eq!(deadlines().absence_from(&at("there", first)), first + 130 + 180_000_000);
    }
}

#[test]
fn what_cannot_be_counted_never_comes() {
    assert_eq!(deadlines().absence_from(&at("there", i64::MAX)), i64::MAX);
    let endless = Deadlines { answer_by: i64::MAX, ..deadlines() };
    assert_eq!(endless.absence_from(&at("here", 0)), i64::MAX);
    assert_eq!(micros(Duration::MAX), i64::MAX);
}

#[test]
fn the_clock_of_this_machine_runs_and_has_one_name() {
    let (first, second) = (Clock::system().now(), Clock::system().now());
    assert_eq!(first.clock, second.clock);
    assert!(first.micros <= second.micros);
    #[cfg(target_os = "linux")]
    assert!(first.clock.starts_with("boot:"), "{first:?}");
}
