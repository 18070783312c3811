//! What is done to an answer: evidence or a no put in, members moved, secrets changed, the body blurred.

use fastrand::Rng;
use http::{HeaderMap, HeaderValue, StatusCode, header};

use super::answer::{Answer, Tree, scalar, telling};
use crate::contract::{Field, Operation, REFUSALS, SECRET_FIELDS};

/// Puts a field that comes with a placed order anywhere: beside others, twice, in other letters' case,
/// in an envelope, in a list, under a name that nobody knows.
pub(super) fn add_evidence(operation: &'static Operation, answer: &mut Answer, rng: &mut Rng) {
    let listed: Vec<_> = operation
        .reply
        .fields
        .iter()
        .filter(|(name, _)| !["success", "error", "message"].contains(name))
        .collect();
    let (name, field) = listed[rng.usize(..listed.len())];
    let anywhere = operation.reply_fields;
    let evidence = match field {
        // A field of a part, alone.
        _ if rng.u8(..3) == 0 => {
            let name = anywhere[rng.usize(..anywhere.len())];
            let is_common = ["success", "error", "message"].contains(&name);
            vec![(respelt(if is_common { "amount" } else { name }, rng), telling(rng))]
        }
        // The part of a reply without its name.
        Field::Object(part) if rng.bool() => {
            let named = part.fields.iter().map(|(name, _)| ((*name).to_owned(), telling(rng)));
            named.collect::<Vec<_>>()
        }
        _ => {
            vec![(respelt(name, rng), telling(rng))]
        }
    };
    let wrapped = match rng.u8(..6) {
        0 => vec![("data".to_owned(), Tree::Object(evidence))],
        1 => vec![("items".to_owned(), Tree::List(vec![Tree::Object(evidence)]))],
        2 => vec![("result".to_owned(), Tree::Object(evidence))],
        3 => {
            let null = evidence.iter().map(|(name, _)| (name.clone(), scalar("null")));
            null.collect::<Vec<_>>().into_iter().chain(evidence).collect()
        }
        _ => evidence,
    };
    answer.root.somewhere(rng, &mut |members, rng| {
        let at = rng.usize(..=members.len());
        members.splice(at..at, wrapped.clone());
    });
}

/// A name as another program would write it.
fn respelt(name: &str, rng: &mut Rng) -> String {
    let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
    match rng.u8(..8) {
        0 => name.to_uppercase(),
        1 => capital(name),
        2 => name.replace('_', "-"),
        3 => name.split('_').map(capital).collect(),
        4 => {
            let pascal: String = name.split('_').map(capital).collect();
            pascal[..1].to_lowercase() + &pascal[1..]
        }
        _ => name.to_owned(),
    }
}

/// Puts a no anywhere. Says whether it is one that nothing outweighs.
pub(super) fn add_no(answer: &mut Answer, rng: &mut Rng) -> bool {
    match rng.u8(..3) {
        0 => {
            let status = REFUSALS[rng.usize(..REFUSALS.len())];
            answer.status = StatusCode::from_u16(status).unwrap();
            true
        }
        1 => {
            let forms = ["false", "0", "\"0\"", "\"false\""];
            let no = scalar(forms[rng.usize(..forms.len())]);
            let name = if rng.u8(..4) == 0 { "Success" } else { "success" };
            insert(answer, name, no, rng);
            true
        }
        _ => {
            insert(answer, "error", scalar("\"no\""), rng);
            false
        }
    }
}

fn insert(answer: &mut Answer, name: &str, value: Tree, rng: &mut Rng) {
    answer.root.somewhere(rng, &mut |members, rng| {
        let at = rng.usize(..=members.len());
        members.insert(at, (name.to_owned(), value.clone()));
    });
}

/// Moves the members of every object, and repeats some.
pub(super) fn shuffle(answer: &mut Answer, rng: &mut Rng) {
    fn shuffle(tree: &mut Tree, rng: &mut Rng) {
        match tree {
            Tree::Scalar(_) => {}
            Tree::List(items) => items.iter_mut().for_each(|item| shuffle(item, rng)),
            Tree::Object(members) => {
                members.iter_mut().for_each(|(_, member)| shuffle(member, rng));
                let again: Vec<_> = members.iter().filter(|_| rng.u8(..4) == 0).cloned().collect();
                members.extend(again);
                rng.shuffle(members);
            }
        }
    }
    shuffle(&mut answer.root, rng);
}

/// A field that nobody reads, for a secret to be repeated in.
const NOTE: &str = "note";

pub(super) fn add_note(answer: &mut Answer, rng: &mut Rng) {
    insert(answer, NOTE, scalar("\"a note\""), rng);
}

/// Gives every secret another value, and repeats it in the note.
pub(super) fn swap_secrets(answer: &mut Answer, rng: &mut Rng) {
    fn swap(tree: &mut Tree, secret: &str) {
        match tree {
            Tree::Scalar(_) => {}
            Tree::List(items) => items.iter_mut().for_each(|item| swap(item, secret)),
            Tree::Object(members) => {
                for (name, member) in members {
                    match member {
                        Tree::Scalar(text)
                            if name == NOTE
                                || SECRET_FIELDS.contains(&name.as_str()) && says_text(text) =>
                        {
                            *text = secret.to_owned();
                        }
                        _ => swap(member, secret),
                    }
                }
            }
        }
    }
    let secrets = [
        "\"true\"",
        "\"success\"",
        "\"order_id\"",
        "\"order234-5678\"",
        "\"{\\\"a\\\": false}\"",
        "\"completed\"",
        "29.97",
        "1",
    ];
    let secret = secrets[rng.usize(..secrets.len())];
    swap(&mut answer.root, secret);
}

fn says_text(text: &str) -> bool {
    text.starts_with('"') && text.len() > 3 && text != "\"null\""
}

/// The same answer, less legible: what was done, and what comes over the wire.
pub(super) fn blur(answer: &Answer, rng: &mut Rng) -> (&'static str, HeaderMap, Vec<u8>) {
    let (text, mut headers) = (answer.root.to_string(), HeaderMap::new());
    let bytes = text.clone().into_bytes();
    let (what, bytes) = match rng.u8(..16) {
        0 => ("a cut", bytes[..rng.usize(1..bytes.len())].to_vec()),
        1 => (
            "a warning before it",
            [b"<br />\n<b>Warning</b>: in x on line 7\n", &bytes[..]].concat(),
        ),
        2 => ("garbage after it", [&bytes[..], b"\n<!-- 0.03 s -->"].concat()),
        3 => ("a list around it", format!("[{text}]").into_bytes()),
        4 => ("another document", format!("{text}\n{text}").into_bytes()),
        5 => ("a text around it", serde_json::Value::from(text).to_string().into_bytes()),
        6 => ("UTF-16", text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        7 => ("big-endian UTF-16", text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
        8 => ("UTF-16 with a mark", {
            let units = std::iter::once(0xfeff).chain(text.encode_utf16());
            units.flat_map(u16::to_le_bytes).collect()
        }),
        9 => ("a compression", {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
            bytes.iter().map(|byte| byte.rotate_left(1) & 0x7f).collect()
        }),
        10 => ("a compression that is not named", [&[0x1f, 0x8b, 8, 0][..], &bytes].concat()),
        11 => ("another charset", {
            let charset = HeaderValue::from_static("application/json; charset=utf-7");
            headers.insert(header::CONTENT_TYPE, charset);
            text.replace('{', "+AHs-").replace('"', "+ACI-").into_bytes()
        }),
        12 => ("percent signs", {
            let escaped = |byte: &u8| match byte.is_ascii_alphanumeric() {
                true => char::from(*byte).to_string(),
                false => format!("%{byte:02X}"),
            };
            bytes.iter().map(escaped).collect::<String>().into_bytes()
        }),
        13 => ("a page around it", {
            let escaped = text.replace('<', "&lt;").replace('"', "&quot;");
            format!("<html><body><pre>{escaped}</pre></body></html>").into_bytes()
        }),
        14 => ("hexadecimal", {
            bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into_bytes()
        }),
        _ => ("a broken byte", {
            let mut bytes = bytes;
            let at = rng.usize(..bytes.len());
            bytes.insert(at, 0xff);
            bytes
        }),
    };
    (what, headers, bytes)
}
