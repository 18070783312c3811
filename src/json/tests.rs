//! A document is read once from its start to its end, and means what serde says that it means.

use proptest::prelude::*;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::{DEEPEST, Json};

/// The same by serde alone, which reads each value again in each that holds it.
fn by_serde(text: &str) -> Option<Json> {
    fn decode(raw: &RawValue, depth: usize) -> Json {
        let text = raw.get();
        let opaque = || Json::Opaque(text.to_owned());
        match text.as_bytes()[0] {
            b'n' => Json::Null,
            b't' | b'f' => Json::Bool(text == "true"),
            b'"' => serde_json::from_str(text).map_or_else(|_| opaque(), Json::Text),
            b'[' | b'{' if depth == DEEPEST => opaque(),
            b'[' => {
                let items: Vec<&RawValue> = serde_json::from_str(text).unwrap();
                Json::List(items.into_iter().map(|it| decode(it, depth + 1)).collect())
            }
            b'{' => serde_json::from_str(text).map_or_else(
                |_| opaque(),
                |Members(members)| {
                    let decode = |(name, raw)| (name, decode(raw, depth + 1));
                    Json::Object(members.into_iter().map(decode).collect())
                },
            ),
            _ => Json::Number(text.to_owned()),
        }
    }
    Some(decode(serde_json::from_str(text).ok()?, 0))
}

/// The members of an object in their order, repeated names and all.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                std::iter::from_fn(|| map.next_entry().transpose())
                    .collect::<Result<_, _>>()
                    .map(Members)
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

fn string() -> impl Strategy<Value = String> {
    prop_oneof![
        ".{0,8}".prop_map(|text| serde_json::to_string(&text).unwrap()),
        "\"([a-z,:{}\\[\\] é🦀]|\\\\[\"\\\\/bfnrt]|\\\\u00[0-7][0-9a-fA-F]){0,6}\"",
        "\"(a|\\\\ud83e|\\\\udd80){0,3}\"",
    ]
}

/// Documents of all kinds, with space between what they are made of.
fn document() -> impl Strategy<Value = String> {
    let scalar = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|flag| flag.to_string()),
        "-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,30})?([eE][+-]?[0-9]{1,3})?",
        string(),
    ];
    let space = "[ \t\r\n]{0,2}";
    scalar.prop_recursive(5, 40, 5, move |inner| {
        let item = (space, inner.clone(), space).prop_map(|(a, it, b)| a + &it + &b);
        let member = (space, string(), space, item.clone())
            .prop_map(|(a, name, b, it)| format!("{a}{name}{b}:{it}"));
        let list = proptest::collection::vec(item, 0..5);
        let object = proptest::collection::vec(member, 0..5);
        prop_oneof![
            (space, list)
                .prop_map(|(a, it)| format!("[{}]", if it.is_empty() { a } else { it.join(",") })),
            (space, object).prop_map(|(a, it)| format!(
                "{{{}}}",
                if it.is_empty() { a } else { it.join(",") }
            )),
            (inner, 28_usize..36, any::<bool>()).prop_map(|(it, depth, list)| {
                let [open, close] = if list { ["[", "]"] } else { ["{\"a\": ", "}"] };
                format!("{}{it}{}", open.repeat(depth), close.repeat(depth))
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_document_is_read_as_serde_reads_it(text in document()) {
        let read = Json::parse(&text);
        prop_assert!(read.is_some());
        prop_assert_eq!(read, by_serde(&text));
    }

    /// What is torn, or spoilt in one place, mostly is no document.
    #[test]
    fn what_is_no_document_is_none(
        text in document(), at: prop::sample::Index, other in "[\\[\\]{}\",:\\\\0-9a-z. -]?",
    ) {
        let (at, letter) = text.char_indices().nth(at.index(text.chars().count())).unwrap();
        let (before, after) = (&text[..at], &text[at + letter.len_utf8()..]);
        for spoilt in [before.to_owned(), format!("{before}{other}{after}"), format!("{text}{other}")] {
            prop_assert_eq!(Json::parse(&spoilt), by_serde(&spoilt), "{}", spoilt);
        }
    }

    /// As text again, it is the same to whoever reads JSON.
    #[test]
    fn a_document_is_written_as_it_was_read(text in document()) {
        let Ok(value) = serde_json::from_str::<serde_json::Value>(&text) else { return Ok(()) };
        let written = Json::parse(&text).unwrap().to_string();
        if !written.contains("null") {
            prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&written).unwrap(), value);
        }
    }
}

/// However deep it is nested, and however much of it stands where nothing is read any more.
#[test]
fn no_depth_is_too_deep_to_be_read() {
    for depth in [31, 32, 33, 100, 127, 128, 129, 100_000] {
        for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("[ {\"\\\"]\" : ", " } ]")] {
            let text = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            assert_eq!(Json::parse(&text), by_serde(&text), "{depth} of {open}");
            assert_eq!(Json::parse(&text[..text.len() - 1]), None);
        }
    }
}
