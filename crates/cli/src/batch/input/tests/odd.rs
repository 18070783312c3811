//! Generated inputs: good ones give what they were made of, and spoilt ones are told or give what was checked.

use std::collections::HashSet;

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};
use fastrand::Rng;
use serde_json::{Map, Value, json};

use super::{check, input, rows};
use crate::batch::input::Place;

/// The members of a row, and the order that they mean.
type Model = Vec<(Map<String, Value>, Value)>;

fn name(rng: &mut Rng, number: usize) -> String {
    let inner = ["a", "-", " ", ",", ";", "\"", "|", "ü", "é", "7", "'", "{", "="];
    let inner: String = (0..rng.usize(..6)).filter_map(|_| rng.choice(inner)).collect();
    format!("{}{inner}{number}", rng.choice(["s", "\"", "Ä", "0", ","]).unwrap())
}

fn model(rng: &mut Rng) -> Model {
    let row = |rng: &mut Rng, number: usize| {
        let mut row = Map::new();
        let target = name(rng, number);
        row.insert("target".to_owned(), json!(target));
        let count = if rng.bool() { rng.u32(1..40) } else { rng.u32(1..=0x7fff_ffff) };
        if rng.u8(..4) == 0 {
            row.insert("ref".to_owned(), json!(name(rng, number)));
        }
        let order = match rng.u8(..3) {
            0 => {
                let user = name(rng, 0);
                row.extend(
                    [
                        ("kind", json!("server_extend")),
                        ("user", json!(user)),
                        ("hours", json!(count)),
                    ]
                    .map(|(name, value)| (name.to_owned(), value)),
                );
                json!({"extension": {"user_id": user, "server_id": target, "hours": count}})
            }
            1 => {
                let date =
                    format!("20{:02}-{:02}-{:02}", rng.u8(25..99), rng.u8(1..13), rng.u8(1..29));
                row.extend(
                    [("kind", json!("plesk_renew")), ("until", json!(date))]
                        .map(|(name, value)| (name.to_owned(), value)),
                );
                json!({"renewal_until": {"subscription_id": target, "date": date}})
            }
            _ => {
                row.extend(
                    [("kind", json!("plesk_renew")), ("months", json!(count))]
                        .map(|(name, value)| (name.to_owned(), value)),
                );
                let mut order =
                    json!({"subscription_id": target, "months": count, "type_payment": "balance"});
                if rng.bool() {
                    let payment = rng.choice(["balance", "crypto"]).unwrap();
                    row.insert("payment".to_owned(), json!(payment));
                    order["type_payment"] = json!(payment);
                }
                if rng.bool() {
                    let plan = name(rng, 0);
                    row.insert("plan".to_owned(), json!(plan));
                    order["new_plan_id"] = json!(plan);
                }
                json!({"renewal": order})
            }
        };
        (row, order)
    };
    (0..rng.usize(1..6)).map(|number| row(rng, number)).collect()
}

fn csv(rng: &mut Rng, model: &Model) -> String {
    let separator = rng.choice([",", ";", "\t", "|"]).unwrap();
    let end = rng.choice(["\n", "\r\n", "\r"]).unwrap();
    let mut columns =
        ["kind", "target", "months", "until", "hours", "user", "plan", "payment", "ref"];
    rng.shuffle(&mut columns);
    let mut text = columns.join(separator) + end;
    for (row, _) in model {
        let fields = columns.map(|column| {
            let field = match row.get(column) {
                None => String::new(),
                Some(Value::String(text)) => text.clone(),
                Some(number) => number.to_string(),
            };
            if rng.u8(..4) == 0 || field.contains('"') || field.contains(separator) {
                format!("\"{}\"", field.replace('"', "\"\""))
            } else {
                field
            }
        });
        text += &(fields.join(separator) + end);
        if rng.u8(..4) == 0 {
            text += end;
        }
    }
    text
}

fn json_lines(rng: &mut Rng, model: &Model) -> String {
    let mut text = String::new();
    for (row, _) in model {
        let mut members: Vec<_> = row.clone().into_iter().collect();
        if rng.bool() {
            members.extend(
                ["until", "user"]
                    .into_iter()
                    .filter(|it| !row.contains_key(*it))
                    .map(|it| (it.to_owned(), Value::Null)),
            );
        }
        rng.shuffle(&mut members);
        text += &Value::Object(members.into_iter().collect()).to_string();
        text += rng.choice(["\n", "\r\n", "\n\n"]).unwrap();
    }
    text
}

fn encoded(rng: &mut Rng, text: &str) -> (Vec<u8>, &'static Encoding) {
    let marked = format!("\u{feff}{text}");
    let bytes = match rng.u8(..6) {
        0 => return (WINDOWS_1252.encode(text).0.into_owned(), WINDOWS_1252),
        1 => marked.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        2 => marked.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        3 => marked.into_bytes(),
        _ => text.as_bytes().to_vec(),
    };
    (bytes, UTF_8)
}

fn spoil(rng: &mut Rng, bytes: &mut Vec<u8>, other: &[u8]) {
    const TOKENS: [&[u8]; 24] = [
        b"\"",
        b"\"\"",
        b",",
        b";",
        b"\t",
        b"|",
        b"\n",
        b"\r",
        b"\r\n",
        b"\0",
        b"\xff",
        b"\xc3",
        b"\xef\xbb\xbf",
        b"{",
        b"}",
        b"\\u",
        b"\\ud800",
        b":",
        b"null",
        b"1e9",
        b"months",
        b" ",
        b"\xe2\x80\x8b",
        b"0",
    ];
    let at = rng.usize(..=bytes.len());
    match rng.u8(..9) {
        0 if at < bytes.len() => bytes[at] = rng.u8(..),
        1 => {
            let token = rng.choice(TOKENS).unwrap();
            bytes.splice(at..at, token.iter().copied());
        }
        2 => bytes.truncate(at),
        3 => bytes.extend_from_slice(other),
        4 => {
            let (from, to) =
                (*rng.choice(b",;\t|\"\n:{").unwrap(), *rng.choice(b",;\t|\"\n\r ").unwrap());
            bytes.iter_mut().filter(|byte| **byte == from).for_each(|byte| *byte = to);
        }
        5 => {
            let end = (at + rng.usize(..12)).min(bytes.len());
            bytes.drain(at..end);
        }
        6 => {
            let end = (at + rng.usize(..60)).min(bytes.len());
            let part = bytes[at..end].to_vec();
            let to = rng.usize(..=bytes.len());
            bytes.splice(to..to, part);
        }
        7 => {
            let quote = rng.choice([b'"', b'\n']).unwrap();
            bytes.retain(|byte| *byte != quote);
        }
        _ => {
            let end = at.min(other.len());
            bytes.splice(..at, other[..end].iter().copied());
        }
    }
}

/// What a reader of the whole would see: lines and their characters.
fn lines(bytes: &[u8], charset: &'static Encoding) -> Vec<String> {
    let (text, ..) = charset.decode(bytes);
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
    if lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines
}

/// Whether anything was wrong with them.
fn told_or_given(bytes: &[u8], charset: &'static Encoding, seed: u64) -> bool {
    let mut input = input(bytes, Some(charset.name()));
    let (checked, problems) = check(&mut input);
    let lines = lines(bytes, charset);
    let separators = |line: &str| line.matches([',', ';', '\t', '|']).count() as u64;
    let header =
        lines.iter().find(|line| !line.trim().is_empty()).map_or(0, |line| separators(line));
    for problem in &problems {
        let line = lines.get(usize::try_from(problem.line).unwrap().wrapping_sub(1));
        assert!(problem.line == 1 || line.is_some(), "{seed}: {problem}");
        let line = line.map_or("", String::as_str);
        let (number, most) = match &problem.place {
            Place::Row => (1, 1),
            Place::Field { number, .. } => (*number, 1 + separators(line).max(header)),
            Place::Character { number, .. } => (*number, line.chars().count() as u64),
        };
        assert!((1..=most).contains(&number), "{seed}: {problem}");
    }
    let Ok(given) = input.rows() else {
        assert!(!problems.is_empty(), "{seed}");
        return true;
    };
    assert!(problems.is_empty(), "{seed}");
    let given: Vec<_> = given.collect::<Result<_, _>>().unwrap();
    assert_eq!(given.len() as u64, checked.rows, "{seed}");
    assert!(given.windows(2).all(|two| two[0].line < two[1].line), "{seed}");
    assert!(given.iter().all(|row| row.line as usize <= lines.len()), "{seed}");
    let references: HashSet<&str> = given.iter().map(|row| row.reference.as_str()).collect();
    assert_eq!(references.len(), given.len(), "{seed}");
    false
}

/// A row gives what the model says, whatever else the order writes for what is empty.
fn same(model: &Model, bytes: &[u8], charset: &'static Encoding, seed: u64) {
    let rows = rows(&mut input(bytes, Some(charset.name())));
    assert_eq!(rows.len(), model.len(), "{seed}");
    for ((_, reference, order), (row, expected)) in rows.iter().zip(model) {
        let name = row.get("ref").unwrap_or(&row["target"]);
        assert_eq!(name, reference, "{seed}");
        let mut order = order.clone();
        for parts in order.as_object_mut().unwrap().values_mut() {
            parts.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        }
        assert_eq!(&order, expected, "{seed}");
    }
}

#[test]
fn no_odd_input_is_given_as_rows_that_were_not_checked() {
    let inputs = std::env::var("OXHOST_INPUTS").map_or(10_000, |inputs| inputs.parse().unwrap());
    let (mut wrong, mut fit) = (0, 0);
    for seed in 0..inputs {
        let rng = &mut Rng::with_seed(seed);
        let model = model(rng);
        let texts = [csv(rng, &model), json_lines(rng, &model)];
        let text = rng.choice(&texts).unwrap();
        let (mut bytes, charset) = encoded(rng, text);
        if seed % 20 == 0 {
            for text in &texts {
                let (bytes, charset) = encoded(rng, text);
                same(&model, &bytes, charset, seed);
            }
        }
        let text = rng.choice(&texts).unwrap();
        let (other, _) = encoded(rng, text);
        for _ in 0..rng.u8(1..4) {
            spoil(rng, &mut bytes, &other);
        }
        match told_or_given(&bytes, charset, seed) {
            true => wrong += 1,
            false => fit += 1,
        }
    }
    // Neither the one nor the other alone.
    assert!(wrong > inputs / 4 && fit > inputs / 50, "{wrong} wrong, {fit} fit");
}
