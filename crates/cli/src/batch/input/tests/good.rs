//! What is read as it is meant.

use serde_json::{Value, json};

use super::{check, input, rows_of};
use crate::batch::input::TEMPLATE;

const ROW: &str = "plesk_renew,sub1,3";

fn renewal(target: &str, months: u32) -> Value {
    json!({"renewal": {"subscription_id": target, "months": months, "type_payment": "balance"}})
}

/// As the one above, whatever the order writes for what is empty.
fn is_renewal(order: &Value, target: &str, months: u32) {
    for (name, value) in renewal(target, months)["renewal"].as_object().unwrap() {
        assert_eq!(&order["renewal"][name], value, "{order}");
    }
}

#[test]
fn the_template_is_good_and_has_a_row_of_each_form() {
    let (checked, problems) = check(&mut input(TEMPLATE.as_bytes(), None));
    assert!(problems.is_empty(), "{problems:?}");
    assert_eq!((checked.rows, checked.renewals, checked.months), (5, 3, 16));
    assert_eq!((checked.renewals_until, checked.extensions, checked.hours), (1, 1, 720));
    let rows = rows_of(TEMPLATE);
    let references: Vec<&str> = rows.iter().map(|(_, reference, _)| reference.as_str()).collect();
    assert_eq!(references[1..3], ["invoice 17", "invoice 18"]);
    assert!(references[0].starts_with("sub1"));
    assert_eq!(rows[2].2["renewal"]["type_payment"], "crypto");
    assert!(rows[1].2["renewal"]["new_plan_id"].as_str().unwrap().starts_with("plan"));
    assert_eq!(rows[3].2["renewal_until"]["date"], "2027-12-31");
    assert!(rows[4].2["extension"]["user_id"].as_str().unwrap().starts_with("user"));
}

#[test]
fn csv_is_read_however_it_is_written() {
    for (text, line) in [
        (format!("kind,target,months\n{ROW}\n"), 2),
        (format!("kind,target,months\n{ROW}"), 2),
        (format!("kind,target,months\r\n{ROW}\r\n\r\n\r\n"), 2),
        (format!("kind,target,months\r{ROW}\r"), 2),
        (format!("\n  \nkind,target,months\n\n\n{ROW}\n ,,\n"), 6),
        (format!("\u{feff}kind,target,months\n{ROW}\n"), 2),
        (format!(" Kind , TARGET,\"Months\"\n{ROW}\n,,\n"), 2),
        (format!("kind;target;months\n{}\n", ROW.replace(',', ";")), 2),
        (format!("kind\ttarget\tmonths\n{}\n", ROW.replace(',', "\t")), 2),
        (format!("kind|target|months\n{}\n", ROW.replace(',', "|")), 2),
        ("months,kind,target\n\"03\",\"plesk_renew\",\"sub1\"\n".to_owned(), 2),
        ("kind,target,months,until,payment\nplesk_renew,sub1,3,,\n".to_owned(), 2),
    ] {
        // White space alone is no empty field.
        let text = text.replace(" ,,", ",,");
        let rows = rows_of(&text);
        assert_eq!(rows.len(), 1, "{text}");
        assert_eq!((rows[0].0, rows[0].1.as_str()), (line, "sub1"), "{text}");
        is_renewal(&rows[0].2, "sub1", 3);
    }
}

#[test]
fn quoted_fields_hold_what_they_hold() {
    let text =
        "kind,target,months,ref\nplesk_renew,\"a,b\",1,\"say \"\"x\"\"\"\nplesk_renew,ü é,2,\"\"\n";
    let rows = rows_of(text);
    is_renewal(&rows[0].2, "a,b", 1);
    assert_eq!(rows[0].1, "say \"x\"");
    assert_eq!((rows[1].0, rows[1].1.as_str()), (3, "ü é"));
}

#[test]
fn json_lines_are_read_however_they_are_written() {
    for text in [
        r#"{"kind":"plesk_renew","target":"sub1","months":3}"#,
        " \n\n { \"months\" : \"3\", \"target\" : \"s\\u0075b1\", \"kind\" : \"plesk_renew\" }\r\n\r\n",
        "\u{feff}{\"kind\":\"plesk_renew\",\"target\":\"sub1\",\"months\":3,\"until\":null,\"ref\":\"\",\"hours\":null}\n",
    ] {
        let rows = rows_of(text);
        assert_eq!((rows.len(), rows[0].1.as_str()), (1, "sub1"), "{text}");
        is_renewal(&rows[0].2, "sub1", 3);
    }
}

#[test]
fn the_largest_count_is_taken() {
    is_renewal(&rows_of("kind,target,months\nplesk_renew,a,2147483647\n")[0].2, "a", 2_147_483_647);
}
