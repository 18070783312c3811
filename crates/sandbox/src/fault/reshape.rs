//! Good replies in other shapes.

use rust_decimal::Decimal;

use super::{
    Shape, View,
    tree::{Member, Tree},
};
use crate::exchange::Reply;

/// The members that `extra=secrets` adds, each with a value that is nowhere else: a test looks for
/// these. The value of `pin` comes as a number, the others as strings.
pub const SECRETS: [(&str, &str); 5] = [
    ("root_pass", "Rt9-kettle-Oq41"),
    ("vnc_pass", "Vn7-magnet-Zx88"),
    ("pin", "73190482"),
    ("cookie", "PHPSESSID=c00k1e-5b1f"),
    ("Kennwort", "Kw3-Lampe-Yb62"),
];

/// The envelope.
const DATA: &str = "data";

/// Has letters that are other bytes in every character set, and says neither yes nor no.
const WORDS: &str = "R\u{fc}ckmeldung \u{fc}ber eine Gr\u{f6}\u{df}e";

/// Gives a reply another shape. `proof` are the members that only a placed order has.
pub(crate) fn reshape(reply: &mut Reply, shape: &Shape, proof: &[String]) {
    // The sandbox's own replies are JSON.
    let Ok(mut tree) = Tree::read(&reply.body) else { return };
    let is_proof = |name: &str| name == "success" || proof.iter().any(|proof| proof == name);
    let mut around = ["", ""];
    match shape {
        Shape::Payload => {
            if let Some(members) = tree.members() {
                let all = std::mem::take(members);
                let (flag, rest): (Vec<_>, Vec<_>) =
                    all.into_iter().partition(|(name, _)| name == "success");
                members.extend(flag);
                members.push((DATA.into(), Tree::Object(rest)));
            }
        }
        Shape::Envelopes { depth } => {
            for _ in 0..*depth {
                tree = Tree::Object(vec![(DATA.into(), tree)]);
            }
        }
        Shape::NumbersAsStrings => tree.each_leaf(&mut |leaf| {
            if is_number(leaf) {
                *leaf = format!("\"{leaf}\"");
            }
        }),
        Shape::StringsAsNumbers => tree.each_leaf(&mut |leaf| {
            if let Some(number) = inner(leaf).filter(|text| is_number(text)) {
                *leaf = number.to_owned();
            }
        }),
        Shape::FlagsAsNumbers => flags(&mut tree, "1", "0"),
        Shape::FlagsAsStrings => flags(&mut tree, r#""true""#, r#""false""#),
        Shape::Nulls => {
            let members = tree.members().into_iter().flatten();
            members.filter(|(name, _)| !is_proof(name)).for_each(|(_, value)| empty(value));
        }
        Shape::AllNulls => empty(&mut tree),
        Shape::Extra => tree.each_object(&mut |members| members.extend(extra())),
        Shape::ExtraSecrets => {
            tree.each_object(&mut |members| members.extend(secrets()));
            let nested = Tree::Object(vec![("console".into(), Tree::Object(secrets()))]);
            tree.set("access", nested);
            tree.set("logins", Tree::List(vec![Tree::Object(secrets())]));
            tree.set("payload", Tree::text(&Tree::Object(secrets()).to_string()));
        }
        Shape::Twice => tree.each_object(&mut |members| {
            let twice = std::mem::take(members).into_iter();
            members.extend(twice.flat_map(|member| [member.clone(), member]));
        }),
        Shape::Repeat { name, first } => tree.each_object(&mut |members| {
            let all = std::mem::take(members).into_iter();
            members.extend(all.flat_map(|member| {
                let other = (member.0 == *name).then(|| (name.clone(), contradiction(&member.1)));
                let [one, other] = [Some(member), other];
                if *first { [other, one] } else { [one, other] }.into_iter().flatten()
            }));
        }),
        Shape::Latin1
        | Shape::Utf16
        | Shape::Utf16Be
        | Shape::ByteOrderMark
        | Shape::BrokenUtf8 => {
            tree.set("message", Tree::text(WORDS));
        }
        Shape::GarbageBefore => around = [")]}',\n", ""],
        Shape::GarbageAfter => around = ["", "\n<!-- 0.042 s, web3 -->\n"],
        Shape::InList => tree = Tree::List(vec![tree]),
        Shape::TwoDocuments => {
            reply.body = format!("{tree}\n{tree}").into_bytes();
            return;
        }
        Shape::UpperCase => tree.each_object(&mut |members| {
            members.iter_mut().for_each(|(name, _)| *name = name.to_uppercase());
        }),
        Shape::OrderStatus { word } => {
            let order = if tree.at(&["order"]).is_some() { &["order"][..] } else { &[] };
            if let Some(order) = tree.at(order) {
                order.set("status", Tree::text(word));
            }
        }
        Shape::ErrorBeside => tree.set("error", Tree::text("Something went wrong.")),
        Shape::NoBeside => tree.set("success", Tree::Leaf("false".into())),
        Shape::OtherTarget => {
            change(&mut tree, &[&["subscription", "id"], &["server_status", "id"]])
        }
        Shape::OtherTime => {
            change(&mut tree, &[&["subscription", "months_added"], &["hours_purchased"]])
        }
        Shape::OtherAmount => change(&mut tree, &[&["order", "amount"], &["amount"]]),
    }
    let [before, after] = around;
    reply.body = encoded(&format!("{before}{tree}{after}"), shape);
    let charset = match shape {
        Shape::Latin1 => "iso-8859-1",
        Shape::Utf16 => "utf-16",
        Shape::Utf16Be => "utf-16be",
        _ => return,
    };
    reply.headers.retain(|(name, _)| *name != "content-type");
    reply.headers.push(("content-type", format!("application/json; charset={charset}")));
}

/// Takes from the reply about a user what is not to be shown.
pub(crate) fn conceal(reply: &mut Reply, view: &View) {
    let Ok(mut tree) = Tree::read(&reply.body) else { return };
    let Some(user) = tree.at(&["user"]) else { return };
    match view {
        View::BalanceNull => user.set("balance", Tree::null()),
        View::BalanceMissing => {
            user.members().into_iter().for_each(|it| it.retain(|(name, _)| name != "balance"));
        }
        _ => return,
    }
    reply.body = tree.to_string().into_bytes();
}

fn flags(tree: &mut Tree, yes: &str, no: &str) {
    tree.each_leaf(&mut |leaf| match leaf.as_str() {
        "true" => yes.clone_into(leaf),
        "false" => no.clone_into(leaf),
        _ => {}
    });
}

fn empty(tree: &mut Tree) {
    tree.each_leaf(&mut |leaf| "null".clone_into(leaf));
}

fn extra() -> Vec<Member> {
    let member = |name: &str, value| (name.to_owned(), value);
    let link = Tree::Object(vec![member("rel", Tree::text("self"))]);
    vec![
        member("request_id", Tree::text("req-7f3a91")),
        member("cached", Tree::Leaf("false".into())),
        member("took_ms", Tree::Leaf("12".into())),
        member("links", Tree::List(vec![link])),
    ]
}

fn secrets() -> Vec<Member> {
    let value = |text| if is_number(text) { Tree::Leaf(text.to_owned()) } else { Tree::text(text) };
    SECRETS.into_iter().map(|(name, text)| (name.to_owned(), value(text))).collect()
}

/// Puts another value at the first of some paths that is there.
fn change(tree: &mut Tree, paths: &[&[&str]]) {
    let there = paths.iter().find(|path| tree.at(path).is_some());
    if let Some(value) = there.and_then(|path| tree.at(path)) {
        *value = contradiction(value);
    }
}

/// Another value: of the same type, if it is a leaf that has one.
fn contradiction(value: &Tree) -> Tree {
    let Tree::Leaf(leaf) = value else { return Tree::null() };
    match (leaf.as_str(), inner(leaf)) {
        ("true", _) => Tree::Leaf("false".into()),
        ("false", _) => Tree::Leaf("true".into()),
        (number, None) if is_number(number) => Tree::Leaf(more(number)),
        (_, Some(number)) if is_number(number) => Tree::text(&more(number)),
        _ => Tree::text("other567-8901-2345-6789-012345678901"),
    }
}

fn more(number: &str) -> String {
    let sum = number.parse::<Decimal>().ok().and_then(|it| it.checked_add(Decimal::ONE));
    sum.unwrap_or_default().to_string()
}

/// What stands between the quotes of a string, as it is written.
fn inner(leaf: &str) -> Option<&str> {
    leaf.strip_prefix('"')?.strip_suffix('"')
}

/// Whether a text is a plain JSON number, digits with a fraction or without.
fn is_number(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let text = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    digits(whole) && digits(fraction) && (whole == "0" || !whole.starts_with('0'))
}

fn encoded(text: &str, shape: &Shape) -> Vec<u8> {
    match shape {
        // All letters of WORDS are in it, and the rest is ASCII.
        Shape::Latin1 | Shape::BrokenUtf8 => {
            text.chars().map(|letter| u8::try_from(letter).unwrap_or(b'?')).collect()
        }
        Shape::Utf16 => {
            let mark = std::iter::once(0xfeff);
            mark.chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
        }
        Shape::Utf16Be => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        Shape::ByteOrderMark => format!("\u{feff}{text}").into_bytes(),
        _ => text.as_bytes().to_vec(),
    }
}
