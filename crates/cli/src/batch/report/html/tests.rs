use jiff::Timestamp;
use oxhost::Money;
use oxhost_journal::RowState;

use super::super::line::Line;
use super::Page;
use super::money::KINDS;

fn row(at: u64, state: RowState) -> Line {
    Line {
        line: at,
        reference: format!("ref-{at}"),
        kind: KINDS[0],
        target: format!("target-{at}"),
        months: Some(1),
        until: None,
        hours: None,
        state,
        amount: None,
        currency: None,
        order_id: None,
        order_number: None,
        expires_at: None,
        reason: None,
        journal_id: None,
        next: None,
        reserved: None,
        written: None,
        changed: None,
    }
}

fn paid(amount: &str, at: &str) -> Line {
    let amount = amount.parse::<rust_decimal::Decimal>().unwrap();
    let written = Some(at.parse::<Timestamp>().unwrap());
    let amount = Some(Money::from(amount));
    Line { amount, written, changed: written, ..row(1, RowState::Accepted) }
}

fn page(lines: impl IntoIterator<Item = Line>) -> String {
    let mut page = Page::new("may", None);
    lines.into_iter().for_each(|line| page.take(&line).unwrap());
    let mut html = Vec::new();
    page.end(&mut html).unwrap();
    String::from_utf8(html).unwrap()
}

#[test]
fn a_day_is_one_in_utc_by_when_the_order_was_written_down() {
    let html = page([
        paid("9.99", "2026-12-01T23:59:59.9Z"),
        paid("0.1", "2026-12-02T00:00:00Z"),
        paid("0.2", "2026-12-02T01:00:00+02:00"),
        Line { kind: KINDS[1], ..paid("100", "2026-12-02T12:00:00Z") },
        row(2, RowState::Accepted),
    ]);
    for figures in [
        "2026-12-01</th><td>10.19</td><td>0.00</td><td>10.19</td>",
        "2026-12-02</th><td>0.10</td><td>100.00</td><td>100.10</td>",
        "Together</th><td>10.29</td><td>100.00</td><td>110.29</td>",
        "The price of 1 more accepted order is not known in EUR.",
    ] {
        assert!(html.contains(figures), "{figures}: {html}");
    }
    assert_eq!(html.matches("<rect").count(), 3, "a bar for each kind that has a price: {html}");
}

#[test]
fn a_chart_has_the_last_days_and_the_table_all() {
    let days = (1..=31).flat_map(|day| [(10, day), (12, day)]);
    let days = days.map(|(month, day)| paid("1", &format!("2026-{month}-{day:02}T08:00:00Z")));
    let html = page(days);
    let (chart, table) = html.split_once("<table>").unwrap();
    assert_eq!(
        (chart.matches("<rect").count(), table.matches("<td>1.00</td><td>0.00</td>").count()),
        (14, 62)
    );
    assert!(chart.contains("(the last 14 of 62 days)"), "{chart}");
    assert!(chart.contains("2026-12-18") && !chart.contains("2026-12-17"), "{chart}");
    assert!(chart.find("2026-12-31") < chart.find("2026-12-18"), "as drawn, from below");
}

#[test]
fn of_very_many_rows_it_says_how_many_are_not_shown() {
    let accepted = (0..1_002).map(|at| row(at, RowState::Accepted));
    let refused = (2_000..12_005).map(|at| row(at, RowState::Refused));
    let html = page(accepted.chain(refused));
    for (more, shown, hidden) in
        [(2, "target-999<", "target-1000<"), (5, "target-11999<", "target-12000<")]
    {
        let more = format!(
            "And {more} more: <code>oxhost batch report may --format csv</code> has all of them."
        );
        assert!(html.contains(&more) && html.contains(shown) && !html.contains(hidden), "{more}");
    }
    assert!(html.contains("<b>1002</b> Accepted") && html.contains("<b>10005</b> Refused"));
    assert!(html.find("id=\"refused\"") < html.find("id=\"accepted\""), "what failed is first");
}

#[test]
fn what_comes_from_outside_is_text_and_steers_nothing() {
    let hostile = "</p><script>alert(1)</script>\u{202e}\u{2066}\u{1b}[2J\u{0}\"'&";
    let html =
        page([RowState::Refused, RowState::Unknown, RowState::Accepted, RowState::Skipped].map(
            |state| {
                let hostile = hostile.to_owned();
                let some = Some(hostile.clone());
                Line {
                    reference: format!("{hostile}2"),
                    target: hostile,
                    reason: some.clone(),
                    next: some.clone(),
                    order_number: some,
                    ..row(1, state)
                }
            },
        ));
    assert!(!html.contains("<script"), "{html}");
    let steers = |letter: char| letter != '\n' && !(' '..='~').contains(&letter);
    assert!(!html.contains(steers), "{html}");
    assert_eq!(
        html.matches("&#60;script&#62;alert(1)&#60;/script&#62;   [2J &#34;&#39;&#38;").count(),
        15,
        "{html}"
    );
}
