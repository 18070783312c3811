use super::*;

#[test]
fn a_time_is_named_by_a_date_a_time_or_a_span() {
    let time = |text: &str| moment(text).unwrap().to_string();
    assert_eq!(time("2026-01-31"), "2026-01-31T00:00:00Z");
    assert_eq!(time("2026-01-31T08:00:00Z"), "2026-01-31T08:00:00Z");
    assert_eq!(time("2026-01-31T08:00:00.5+02:00"), "2026-01-31T06:00:00.5Z");
    for (text, hours) in
        [("24h", 24), ("7d", 168), ("1w", 168), ("7 days ago", 168), ("P7D", 168), ("0s", 0)]
    {
        let then = moment(text).unwrap();
        assert_eq!(Timestamp::now().duration_since(then).as_hours(), hours, "{text}");
    }
    for wrong in
        ["", "yesterday", "7", "20260131", "2026-02-30", "2026-01-31T08:00:00", "99999y", " 7d"]
    {
        assert!(moment(wrong).unwrap_err().contains("2026-01-31T08:00:00Z"), "{wrong}");
    }
}
