use super::*;

/// The definition, counted up from 1.
fn counted(from: Date, to: Date) -> Option<u32> {
    (1..=30).find(|months| from.checked_add(Span::new().months(*months)).unwrap() >= to)
}

#[test]
fn the_months_are_the_fewest_that_reach_the_date() {
    let first = jiff::civil::date(2024, 1, 1);
    for from in (0..60).map(|days| first.checked_add(Span::new().days(days)).unwrap()) {
        for days in 1..800 {
            let to = from.checked_add(Span::new().days(days)).unwrap();
            assert_eq!(missing_months(from, to), counted(from, to), "{from} to {to}");
        }
    }
    assert_eq!(missing_months(Date::MIN, Date::MAX), None, "more months than a span holds");
}
