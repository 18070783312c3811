//! `batch report --format html`: what a person is shown of a batch, and what is kept from showing.

use std::fs;

use oxhost_sandbox::Decimal;
use serde_json::Value;

use crate::batch::{ROWS, batch, run_rows};
use crate::orders::{Desk, LOST};

const HOSTILE: &str =
    "plesk_renew,<script src=//x>alert(1)</script>,1,\"'><img src=https://x onerror=alert(1)>\"\n";

/// A desk with a batch that has rows of four ends.
fn desk() -> Desk {
    let desk = Desk::new();
    let ended = format!("{ROWS}{HOSTILE}");
    assert_eq!(run_rows(&desk, &ended, &[]).code, Some(4));
    desk.inject(LOST);
    let more = "plesk_renew,sub123-4567-8901-2345-678901234567,3,lost\n\
        plesk_renew,sub123-4567-8901-2345-678901234567,4,left\n";
    let stopped = run_rows(&desk, &(ended + more), &["--max-unknown", "1"]);
    assert_eq!(stopped.code, Some(6), "{stopped:?}");
    desk
}

fn page(desk: &Desk) -> String {
    let run = batch(desk, &["report", "may", "--format", "html"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{run:?}");
    run.stdout
}

fn rows(desk: &Desk) -> Vec<Value> {
    let json = batch(desk, &["report", "may", "-ojson"]).stdout;
    json.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn texts<'a>(html: &'a str, start: &str, end: &str) -> Vec<&'a str> {
    html.split(start).skip(1).map(|rest| rest.split(end).next().unwrap()).collect()
}

#[test]
fn what_failed_comes_first_each_with_the_command_that_goes_on() {
    let desk = desk();
    let (html, rows) = (page(&desk), rows(&desk));
    let headings = texts(&html, "tabindex=\"-1\">", "</span></h2>");
    assert_eq!(
        headings,
        ["Refused <span>2", "Unknown <span>1", "Left <span>1", "Accepted <span>2"]
    );
    let cards = texts(&html, "<li>", "</li>");
    let failed: Vec<&Value> = ["refused", "unknown", "waiting"]
        .iter()
        .flat_map(|state| rows.iter().filter(move |row| row["state"] == *state))
        .collect();
    assert_eq!(cards.len(), failed.len(), "{html}");
    for (card, row) in cards.iter().zip(failed) {
        let id = row["journal_id"].as_str().unwrap_or_default();
        let command = match row["state"].as_str().unwrap() {
            "refused" => format!("oxhost orders show {id}"),
            "unknown" => format!("oxhost orders verify {id}"),
            _ => "oxhost batch resume may".to_owned(),
        };
        let line = format!("line {}</span>", row["line"]);
        assert!(
            card.contains(&line) && card.contains(&format!("<code>{command}</code>")),
            "{card}"
        );
        if let Some(reason) = row["reason"].as_str() {
            assert!(card.contains(reason), "{reason}: {card}");
        }
    }
}

#[test]
fn its_figures_are_those_of_the_rows() {
    let desk = desk();
    let (html, rows) = (page(&desk), rows(&desk));
    let amounts = rows.iter().filter_map(|row| row["amount"].as_str());
    let charged: Decimal = amounts.map(|amount| amount.parse::<Decimal>().unwrap()).sum();
    assert_eq!(texts(&html, "<dt>Charged</dt><dd>", " EUR"), [charged.to_string()]);
    let together = format!("Together</th><td>{charged}</td><td>0.00</td><td>{charged}</td>");
    assert!(html.contains(&together), "{html}");
    for (state, title) in [
        ("accepted", "Accepted"),
        ("refused", "Refused"),
        ("unknown", "Unknown"),
        ("not_sent", "Not sent"),
    ] {
        let count = rows.iter().filter(|row| row["state"] == state).count();
        assert!(html.contains(&format!("<b>{count}</b> {title}")), "{state}: {html}");
    }
    assert!(html.contains(&format!("<p>{} rows, first order", rows.len())));
}

#[test]
fn it_holds_nothing_foreign_and_asks_for_nothing() {
    let desk = desk();
    let html = page(&desk);
    for markup in [
        "<script",
        "<img",
        "<iframe",
        "<object",
        "<form",
        " src=\"",
        "url(",
        "@import",
        "javascript:",
    ] {
        assert!(!html.contains(markup), "{markup}: {html}");
    }
    assert_eq!(texts(&html, "<link ", ">"), ["rel=\"icon\" href=\"data:,\""]);
    for link in texts(&html, "href=\"", "\"") {
        assert!(link == "data:," || link.starts_with('#'), "{link}");
    }
    assert!(html.contains("content=\"default-src 'none'; style-src 'sha256-"), "{html}");
    assert!(
        html.contains("<bdi>&#60;script src=//x&#62;alert(1)&#60;/script&#62;</bdi>"),
        "{html}"
    );
    assert!(html.contains("&#39;&#62;&#60;img src=https://x onerror=alert(1)&#62;"), "{html}");
    assert!(!html.contains(oxhost_sandbox::KEY), "{html}");
}

#[test]
fn the_same_batch_gives_the_same_page_printed_or_written() {
    let desk = Desk::new();
    let file = desk.file().with_file_name("report.html");
    let done = run_rows(&desk, ROWS, &["--report", file.to_str().unwrap()]);
    assert_eq!(done.code, Some(4), "{done:?}");
    let written = fs::read_to_string(file).unwrap();
    assert!(
        written.starts_with("<!doctype html>\n") && written.ends_with("</html>\n"),
        "{written}"
    );
    assert_eq!((page(&desk), page(&desk)), (written.clone(), written));
}

#[test]
fn a_name_in_its_commands_is_quoted_and_escaped() {
    let desk = Desk::new();
    let file = desk.file().with_file_name("rows.csv");
    fs::write(&file, ROWS).unwrap();
    let name = "may & $(june)";
    let args = ["run", file.to_str().unwrap(), "--batch", name, "--max-spend", "1", "--yes"];
    assert_eq!(batch(&desk, &args).code, Some(5));
    let html = batch(&desk, &["report", name, "--format", "html"]).stdout;
    let command = "<code>oxhost batch resume &#39;may &#38; $(june)&#39;</code>";
    assert!(html.contains(command), "{html}");
}
