//! What is read, what is told, and that nothing else is given.

mod again;
mod good;
mod odd;
mod texts;
mod wrong;
mod wrong_json;

use encoding_rs::Encoding;
use serde_json::Value;

use super::source::Source;
use super::{Checked, Input, InputFormat, Problem};

/// An input of these bytes.
fn input(bytes: &[u8], charset: Option<&str>) -> Input {
    let source = Source::copied(&mut &*bytes, "the input".to_owned()).unwrap();
    let charset = charset.map(|name| Encoding::for_label(name.as_bytes()).unwrap());
    Input { source, format: None, charset, checked: None }
}

fn check(input: &mut Input) -> (Checked, Vec<Problem>) {
    let mut problems = Vec::new();
    let checked = input.check(|problem| problems.push(problem.clone())).unwrap();
    assert_eq!(checked.problems, problems.len() as u64);
    (checked, problems)
}

/// What is told of an input that has something wrong, a line for each.
fn told_of(bytes: impl AsRef<[u8]>) -> Vec<String> {
    let mut input = input(bytes.as_ref(), None);
    let (_, problems) = check(&mut input);
    assert_eq!(input.rows().is_err(), !problems.is_empty());
    problems.iter().map(Problem::to_string).collect()
}

/// The rows of an input in which all is well: line, reference, order.
fn rows(input: &mut Input) -> Vec<(u64, String, Value)> {
    let (checked, problems) = check(input);
    assert!(problems.is_empty(), "{problems:?}");
    let rows = input.rows().unwrap().map(|row| {
        let row = row.unwrap();
        (row.line, row.reference, serde_json::to_value(&row.order).unwrap())
    });
    let rows: Vec<_> = rows.collect();
    assert_eq!(rows.len() as u64, checked.rows);
    rows
}

fn rows_of(text: impl AsRef<[u8]>) -> Vec<(u64, String, Value)> {
    rows(&mut input(text.as_ref(), None))
}

/// The one problem, which begins and goes on as it should.
#[track_caller]
fn one(text: impl AsRef<[u8]>, begin: &str, then: &str) {
    let told = told_of(text);
    assert_eq!(told.len(), 1, "{told:#?}");
    assert!(told[0].starts_with(begin) && told[0].contains(then), "{told:#?}");
}
