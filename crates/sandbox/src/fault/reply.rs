//! Faults in what a reply says, and not in how it comes.

use std::{collections::HashMap, io::Write, iter, mem};

use flate2::{Compression, write::GzEncoder};
use hyper::header::{
    CONTENT_ENCODING, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION, RETRY_AFTER,
};
use rust_decimal::Decimal;
use serde_json::Number;

use super::{
    parameter::{Page, Redirect, Repeat, Status, To},
    table::{
        Stage::{self, After, Before, Read},
        faults,
    },
};
use crate::{
    exchange::{Answer, Received, Reply, answer, page, sent},
    json::{Json, Member, object},
};

const ORDERED: &[Stage] = &[After];

faults! {
    /// What a reply says instead of the truth. Where it is JSON of another shape, the JSON stays whole.
    ReplyFault at &[Before, After, Read];

    "pass" Pass at &[After, Read];
    "empty" Empty;
    "html" Html;
    "php-warning" Warning;
    "success-false" Failure;
    "status=" Status(Status), like ["429+retry-after=1" "204+empty" "304+empty"], like
        ["400" "402" "403" "404" "408" "409" "422" "425" "429" "499" "500" "502" "503" "504"]
        ["" "+html" "+empty"];
    "redirect=" Redirect(Redirect),
        like ["301" "302" "303" "307" "308"] ["+same" "+other" "+plain" "+dead"];
    "gzip" Gzip;
    "huge-head=" HugeHead(u32) or "1000000", like ["1000000"];
    "wrap" Payload;
    "wrap=" Envelopes(u8) in [1..=200], like ["1" "2" "200"];
    "retype=strings" NumbersAsStrings;
    "retype=numbers" StringsAsNumbers;
    "retype=flags" FlagsAsNumbers;
    "retype=words" FlagsAsStrings;
    "nulls" Nulls;
    "nulls=all" AllNulls;
    "extra" Extra;
    "extra=secrets" ExtraSecrets;
    "repeat" Twice;
    "repeat=" Repeat(Repeat), like ["success" "order" "order_id"] ["" "+first"];
    "charset=latin1" Latin1;
    "charset=utf16" Utf16;
    "charset=utf16be" Utf16Be;
    "charset=bom" ByteOrderMark;
    "charset=broken" BrokenUtf8;
    "around=before" GarbageBefore;
    "around=after" GarbageAfter;
    "around=list" InList;
    "around=twice" TwoDocuments;
    "case" UpperCase;
    "order-status=" OrderStatus(String) at ORDERED, like ["failed" "refunded"];
    "beside=error" ErrorBeside at ORDERED;
    "beside=no" NoBeside at ORDERED;
    "other=target" OtherTarget at ORDERED;
    "other=time" OtherTime at ORDERED;
    "other=amount" OtherAmount at ORDERED;
}

/// Where redirects lead, without a slash at the end.
pub(crate) type Places = HashMap<To, String>;

const WARNING: &str = "<br />\n<b>Warning</b>:  Undefined array key \"plan\" in \
    <b>/var/www/html/API/orders/index.php</b> on line <b>42</b><br />\n";

/// Length of one header of a huge head: a line that clients take on its own.
const LINE: usize = 8000;

const DATA: &str = "data";

impl ReplyFault {
    /// The reply that the fault makes of a good one. `proof` has the members that only a placed order has.
    pub(crate) fn apply(
        &self,
        mut good: Answer,
        request: &Received,
        proof: &[String],
        places: &Places,
    ) -> Reply {
        let json = good.body_mut();
        match self {
            Self::Pass => {}
            Self::Empty => return good.map(|_| Vec::new()),
            Self::Html => return html(200, "Welcome"),
            Self::Warning => return good.map(|json| format!("{WARNING}{json}").into_bytes()),
            Self::Failure => return sent(failure(200)),
            Self::Status(status) => return with_status(status),
            Self::Redirect(redirect) => return redirected(redirect, request, places),
            Self::Gzip => {
                let mut reply = sent(good).map(|body| {
                    let mut zip = GzEncoder::new(Vec::new(), Compression::default());
                    // Writing into memory does not fail.
                    zip.write_all(&body).and_then(|()| zip.finish()).unwrap_or_default()
                });
                reply.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
                return reply;
            }
            Self::HugeHead(bytes) => {
                let padding = "a".repeat(*bytes as usize).into_bytes();
                for line in padding.chunks(LINE).filter_map(|it| HeaderValue::from_bytes(it).ok()) {
                    // As many as there can be.
                    let name = HeaderName::from_static("x-padding");
                    let _ = good.headers_mut().try_append(name, line);
                }
            }
            Self::Payload => {
                let all = json.members().map(mem::take).unwrap_or_default();
                let (mut flag, rest): (Vec<_>, Vec<_>) =
                    all.into_iter().partition(|(name, _)| name == "success");
                flag.push((DATA.into(), Json::Object(rest)));
                *json = Json::Object(flag);
            }
            Self::Envelopes(depth) => {
                for _ in 0..*depth {
                    *json = Json::Object(vec![(DATA.into(), mem::replace(json, ().into()))]);
                }
            }
            Self::NumbersAsStrings => json.each_leaf(|leaf| {
                if is_number(leaf) {
                    *leaf = format!("\"{leaf}\"");
                }
            }),
            Self::StringsAsNumbers => json.each_leaf(|leaf| {
                if let Some(number) = inner(leaf).filter(|text| is_number(text)) {
                    *leaf = number.to_owned();
                }
            }),
            Self::FlagsAsNumbers => flags(json, "1", "0"),
            Self::FlagsAsStrings => flags(json, r#""true""#, r#""false""#),
            Self::Nulls => {
                let is_proof = |name: &String| name == "success" || proof.contains(name);
                let members = json.members().into_iter().flatten();
                members.filter(|(name, _)| !is_proof(name)).for_each(|(_, value)| empty(value));
            }
            Self::AllNulls => empty(json),
            Self::Extra => json.each_object(|members| members.extend(extra())),
            Self::ExtraSecrets => {
                json.each_object(|members| members.extend(secrets()));
                let secrets = Json::Object(secrets());
                json.set("access", object! { "console": secrets.clone() });
                json.set("logins", Json::List(vec![secrets.clone()]));
                json.set("payload", secrets.to_string());
            }
            Self::Twice => json.each_object(|members| {
                let twice = mem::take(members).into_iter();
                members.extend(twice.flat_map(|member| [member.clone(), member]));
            }),
            Self::Repeat(Repeat { name, first }) => json.each_object(|members| {
                let all = mem::take(members).into_iter();
                members.extend(all.flat_map(|member| {
                    let other =
                        (member.0 == *name).then(|| (name.clone(), contradiction(&member.1)));
                    let [one, other] = [Some(member), other];
                    if *first { [other, one] } else { [one, other] }.into_iter().flatten()
                }));
            }),
            Self::Latin1 => return encoded(good, Some("iso-8859-1"), latin1),
            Self::BrokenUtf8 => return encoded(good, None, latin1),
            Self::ByteOrderMark => {
                return encoded(good, None, |text| format!("\u{feff}{text}").into_bytes());
            }
            Self::Utf16 => {
                return encoded(good, Some("utf-16"), |text| {
                    let marked = iter::once(0xfeff).chain(text.encode_utf16());
                    marked.flat_map(u16::to_le_bytes).collect()
                });
            }
            Self::Utf16Be => {
                return encoded(good, Some("utf-16be"), |text| {
                    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
                });
            }
            Self::GarbageBefore => return good.map(|json| format!(")]}}',\n{json}").into_bytes()),
            Self::GarbageAfter => {
                return good.map(|json| format!("{json}\n<!-- 0.042 s, web3 -->\n").into_bytes());
            }
            Self::InList => *json = Json::List(vec![mem::replace(json, ().into())]),
            Self::TwoDocuments => return good.map(|json| format!("{json}\n{json}").into_bytes()),
            Self::UpperCase => json.each_object(|members| {
                members.iter_mut().for_each(|(name, _)| *name = name.to_uppercase());
            }),
            Self::OrderStatus(word) => {
                let order: &[_] = if json.at(&["order"]).is_some() { &["order"] } else { &[] };
                json.at(order).into_iter().for_each(|order| order.set("status", word));
            }
            Self::ErrorBeside => json.set("error", "Something went wrong."),
            Self::NoBeside => json.set("success", false),
            Self::OtherTarget => {
                contradict(json, &[&["subscription", "id"], &["server_status", "id"]])
            }
            Self::OtherTime => {
                contradict(json, &[&["subscription", "months_added"], &["hours_purchased"]]);
            }
            Self::OtherAmount => contradict(json, &[&["order", "amount"], &["amount"]]),
        }
        sent(good)
    }
}

pub(super) fn failure(status: u16) -> Answer {
    answer(status, object! { "success": false, "message": "Something went wrong." })
}

fn html(status: u16, words: &str) -> Reply {
    let head = format!("<head><title>{status}</title></head>");
    page(status, format!("<html>\n{head}\n<body>{words}</body>\n</html>\n"))
}

fn with_status(Status { status, page, retry_after }: &Status) -> Reply {
    let mut reply = match page {
        Page::Json => sent(failure(*status)),
        Page::Html | Page::Empty => html(*status, "nginx"),
    };
    if *page == Page::Empty {
        reply.headers_mut().clear();
    }
    if *page == Page::Empty || matches!(status, 204 | 205 | 304) {
        reply.body_mut().clear();
    }
    reply.headers_mut().extend(retry_after.map(|seconds| (RETRY_AFTER, seconds.into())));
    reply
}

fn redirected(Redirect { status, to }: &Redirect, request: &Received, places: &Places) -> Reply {
    let place = places.get(to).map(String::as_str).unwrap_or_default();
    let query = request.query.as_ref().map(|query| format!("?{query}"));
    let location = format!("{place}{}{}", request.path, query.unwrap_or_default());
    let mut reply = html(*status, "nginx");
    reply.headers_mut().extend(HeaderValue::try_from(location).ok().map(|it| (LOCATION, it)));
    reply
}

fn flags(json: &mut Json, yes: &str, no: &str) {
    json.each_leaf(|leaf| match leaf.as_str() {
        "true" => yes.clone_into(leaf),
        "false" => no.clone_into(leaf),
        _ => {}
    });
}

fn empty(json: &mut Json) {
    json.each_leaf(|leaf| "null".clone_into(leaf));
}

/// With letters that matter, in a character set that it may tell.
fn encoded(mut good: Answer, charset: Option<&str>, encode: impl Fn(&str) -> Vec<u8>) -> Reply {
    good.body_mut().set("message", WORDS);
    let kind = charset.map(|charset| format!("application/json; charset={charset}"));
    if let Some(kind) = kind.and_then(|kind| HeaderValue::try_from(kind).ok()) {
        good.headers_mut().insert(CONTENT_TYPE, kind);
    }
    good.map(|json| encode(&json.to_string()))
}

/// All letters of `WORDS` are in it, and the rest is ASCII.
fn latin1(text: &str) -> Vec<u8> {
    text.chars().map(|letter| u8::try_from(letter).unwrap_or(b'?')).collect()
}

/// The members that `extra=secrets` adds, each with a value that is nowhere else: a test looks for
/// these. The value of `pin` comes as a number, the others as strings.
pub const SECRETS: [(&str, &str); 5] = [
    ("root_pass", "Rt9-kettle-Oq41"),
    ("vnc_pass", "Vn7-magnet-Zx88"),
    ("pin", "73190482"),
    ("cookie", "PHPSESSID=c00k1e-5b1f"),
    ("Kennwort", "Kw3-Lampe-Yb62"),
];

/// Has letters that are other bytes in every character set, and says neither yes nor no.
const WORDS: &str = "R\u{fc}ckmeldung \u{fc}ber eine Gr\u{f6}\u{df}e";

fn extra() -> Vec<Member> {
    let links = [object! { "rel": "self" }].into_iter().collect::<Json>();
    let mut extra = object! {
        "request_id": "req-7f3a91", "cached": false, "took_ms": 12, "links": links,
    };
    extra.members().map(std::mem::take).unwrap_or_default()
}

fn secrets() -> Vec<Member> {
    let value =
        |text: &str| if is_number(text) { Json::Leaf(text.to_owned()) } else { text.into() };
    SECRETS.into_iter().map(|(name, text)| (name.to_owned(), value(text))).collect()
}

/// Puts another value at the first of some paths that is there.
fn contradict(json: &mut Json, paths: &[&[&str]]) {
    let there = paths.iter().find(|path| json.at(path).is_some());
    if let Some(value) = there.and_then(|path| json.at(path)) {
        *value = contradiction(value);
    }
}

/// Another value: of the same type, if it is a leaf that has one.
fn contradiction(value: &Json) -> Json {
    let Json::Leaf(leaf) = value else { return ().into() };
    match (leaf.as_str(), inner(leaf)) {
        ("true", _) => Json::Leaf("false".into()),
        ("false", _) => Json::Leaf("true".into()),
        (number, None) if is_number(number) => Json::Leaf(more(number)),
        (_, Some(number)) if is_number(number) => more(number).into(),
        _ => "other567-8901-2345-6789-012345678901".into(),
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
    !text.contains(['e', 'E']) && text.parse::<Number>().is_ok()
}
