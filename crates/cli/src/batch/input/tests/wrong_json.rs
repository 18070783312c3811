//! Each guard of JSON lines, and where it tells.

use super::{one, told_of};

#[test]
fn a_line_is_one_object() {
    for (text, begin, then) in [
        (
            "{\"kind\":\"plesk_renew\",\"target\":\"a\",\"months\":1",
            "line 1, character 45: ",
            "on a line of its own",
        ),
        (
            "{\"kind\":\"plesk_renew\",\"target\":\"a\",\"months\":1} {}",
            "line 1, character 48: ",
            "trailing characters",
        ),
        ("{\"ü\":1,}", "line 1, character 8: ", "this is not one JSON object"),
        ("[{\"kind\":\"plesk_renew\"}]", "line 1, character 1: ", "expected an object"),
        (
            "{\"kind\":\"plesk_renew\",\"target\":\"a\",\"months\":03}",
            "line 1, character 4",
            "invalid number",
        ),
    ] {
        one(text, begin, then);
    }
    let members: Vec<String> = (0..101).map(|number| format!("\"{number}\":1")).collect();
    one(format!("{{{}}}", members.join(",")), "line 1, character ", "more than 100 members");
    let told = told_of("{\n\"kind\": \"plesk_renew\"\n}\n");
    assert_eq!(told.len(), 3, "{told:#?}");
}

fn row(members: &str) -> String {
    format!("{{\"kind\":\"plesk_renew\",{members}}}\n")
}

#[test]
fn members_are_known_and_there_once() {
    one(
        row("\"target\":\"a\",\"months\":1,\"plam\":null"),
        "line 1, character 54 (`plam`): the member `plam` is unknown, perhaps it is `plan`",
        "there are",
    );
    one(
        row("\"target\":\"a\",\"months\":1,\"months\":1"),
        "line 1, character 56 (months): the member is there twice",
        "",
    );
    let told = told_of("{\"months\":1,\"target\":\"a\"}");
    assert!(told[0].contains("`kind`: it is missing"), "{told:#?}");
    let twice = row("\"target\":\"a\",\"months\":1").repeat(2);
    one(twice, "line 2, character 32 (target): the reference `a` is that of line 1", "");
}

#[test]
fn values_are_of_their_type() {
    one(
        row("\"target\":17,\"months\":1"),
        "line 1, character 32 (target): `17` is a number, and it must be a text, in quotes",
        "",
    );
    one(
        row("\"target\":\"a\",\"months\":1,\"ref\":17"),
        "line 1, character 53 (ref): ",
        "in quotes",
    );
    one(
        row("\"target\":\"a\",\"months\":true"),
        "line 1, character 45 (months): it is true",
        "whole number",
    );
    for months in ["1.0", "1e0", "-1", "0", "2147483648", "\"1.0\"", "\" 1\""] {
        one(
            row(&format!("\"target\":\"a\",\"months\":{months}")),
            "line 1, character 45 (months): ",
            "no whole number",
        );
    }
    one(
        row("\"target\":[\"a\"],\"months\":1"),
        "line 1, character 32 (target): it is an array",
        "a text",
    );
    one(
        row("\"target\":{\"a\":1},\"months\":1"),
        "line 1, character 32 (target): it is an object",
        "",
    );
    one(
        row("\"target\":\"a\\ud800\",\"months\":1")
            .replace("\"months\":1", "\"ref\":\"a\",\"months\":1"),
        "line 1, character ",
        "",
    );
    one(
        row("\"target\":\"a\\u0000\",\"months\":1"),
        "line 1, character 32 (target): `a\\u0000` has characters that do not show",
        "",
    );
}
