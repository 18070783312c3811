mod addresses; // paths and servers
mod cases; // the table
mod evidence; // envelope and proofs
mod operations; // the document and its operations
mod schemas; // requests and replies
mod values; // what they are made of

use std::process::Output;

use cases::{Case, named};

use crate::checkout::{Checkout, words};

/// The numbers of the lines that hold `text`; `text #2` is the second one that does.
fn lines_of(contract: &str, text: &str) -> Vec<usize> {
    let (text, nth) =
        text.split_once(" #").map_or((text, None), |(text, nth)| (text, nth.parse().ok()));
    let lines: Vec<usize> = contract
        .lines()
        .enumerate()
        .filter(|(_, line)| line.starts_with(text) || line.contains(text))
        .map(|(at, _)| at + 1)
        .collect();
    assert!(!lines.is_empty(), "no line holds `{text}`");
    nth.map_or(lines.clone(), |nth: usize| vec![lines[nth - 1]])
}

/// Whoever builds is told by cargo, which takes its time: that is seen for so many, and for the others what
/// the build script says to it.
const BY_CARGO: usize = 3;

#[test]
fn a_broken_contract_stops_the_build_with_its_line_and_what_to_do() {
    let checkout = Checkout::new();
    let whole = checkout.read("openapi.yaml");
    let script = checkout.build_script(&["--package", "oxhost"]);
    let said = checkout.run(&script);
    assert!(said.status.success(), "the contract itself must hold: {}", words(&said));
    let mut failures = Vec::new();
    for (at, case) in cases::all().enumerate() {
        let broken = case.spoil(&whole);
        checkout.write("openapi.yaml", &broken);
        let (output, mark) = match at {
            // Package, place, what is wrong, what to do.
            ..BY_CARGO => (checkout.cargo("build", &["--package", "oxhost"]), "error: oxhost@"),
            _ => (checkout.run(&script), "cargo::error=openapi.yaml:"),
        };
        if let Err(failure) = judge(case, &broken, &output, mark) {
            failures.push(format!("{}: {failure} in\n{}", case.fault, words(&output)));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

/// A fault is one line that begins with `mark`.
fn judge(case: &Case, broken: &str, output: &Output, mark: &str) -> Result<(), String> {
    if output.status.success() {
        return Err("it was built".to_owned());
    }
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), words(output));
    if let Some(debris) =
        ["panicked", "stack backtrace"].iter().find(|debris| said.contains(**debris))
    {
        return Err(format!("`{debris}`"));
    }
    let (says, line) = (named(case.says), named(case.line));
    let found = said.lines().find(|words| words.starts_with(mark) && words.contains(&says));
    let found = found.ok_or_else(|| format!("no `{says}`"))?;
    let lines = lines_of(broken, &line);
    let place = |at: &usize| found.split_once(&format!("openapi.yaml:{at}: "));
    let Some((_, told)) = lines.iter().find_map(place) else {
        return Err(format!("none of the lines {lines:?}"));
    };
    // What is wrong, what to do.
    if told.matches(": ").count() < 1 {
        return Err("no word of what to do".to_owned());
    }
    Ok(())
}
