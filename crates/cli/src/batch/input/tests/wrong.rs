//! Each guard of rows, headers and CSV, and where it tells.

use super::{one, told_of};

const ALL: &str = "kind,target,months,until,hours,user,plan,payment,ref\n";

#[track_caller]
fn row(row: &str, begin: &str, then: &str) {
    one(format!("{ALL}{row}\n"), begin, then);
}

#[test]
fn what_a_row_lacks_or_has_too_much_is_told() {
    row(",a,1,,,,,,", "line 2, column 1 (kind): ", "it is empty, and every row needs it");
    row("plesk_renew,,1,,,,,,", "line 2, column 2 (target): ", "every row needs it");
    row("plesk_renew,a,,,,,,,", "line 2, column 3 (months): ", "has neither");
    row("plesk_renew,a,1,2027-01-01,,,,,", "line 2, column 4 (until): ", "leave one of them empty");
    row("plesk_renew,a,1,,5,,,,", "line 2, column 5 (hours): ", "belongs to server_extend alone");
    row("plesk_renew,a,1,,,u,,,", "line 2, column 6 (user): ", "belongs to server_extend alone");
    row("plesk_renew,a,,2027-01-01,,,p,,", "line 2, column 7 (plan): ", "goes with `months`");
    row("plesk_renew,a,,2027-01-01,,,,crypto,", "line 2, column 8 (payment): ", "balance");
    row("server_extend,a,,,,u,,,", "line 2, column 5 (hours): ", "a server_extend needs it");
    row("server_extend,a,,,5,,,,", "line 2, column 6 (user): ", "a server_extend needs it");
    row("server_extend,a,,2027-01-01,5,u,,,", "line 2, column 4 (until): ", "plesk_renew alone");
    row("server_extend,a,,,5,u,,balance,", "line 2, column 8 (payment): ", "plesk_renew alone");
}

#[test]
fn what_a_value_is_not_is_told() {
    row(
        "plesk-renew,a,1,,,,,,",
        "line 2, column 1 (kind): `plesk-renew` is not",
        "perhaps it is `plesk_renew`",
    );
    for months in ["0", "-1", "+1", "1.0", "1e3", " 1", "x", "2147483648", "99999999999999999999"] {
        row(
            &format!("plesk_renew,a,{months},,,,,,"),
            "line 2, column 3 (months): `",
            "no whole number from 1",
        );
    }
    for until in ["31.12.2027", "2027-02-30", "20271231", "2027-12-31T00:00:00", " 2027-12-31"] {
        row(&format!("plesk_renew,a,,{until},,,,,"), "line 2, column 4 (until): `", "YYYY-MM-DD");
    }
    row("plesk_renew,a,1,,,,,Balance,", "line 2, column 8 (payment): ", "perhaps it is `balance`");
    row("plesk_renew, a,1,,,,,,", "line 2, column 2 (target): ` a` has white space around it", "");
    row("plesk_renew,a,1,,,,,,r\u{a0}", "line 2, column 9 (ref): ", "white space");
    row(
        "plesk_renew,a,1,,,,p\u{200b}q,,",
        "line 2, column 7 (plan): `p\\u200bq` has characters that do not show",
        "",
    );
    row("server_extend,a,,,5,u\u{7}v,,,", "line 2, column 6 (user): ", "do not show");
    row("plesk_renew,\"a\nb\",1,,,,,,", "line 2, column 2 (target): `a\\nb` has characters", "");
}

#[test]
fn all_that_is_wrong_with_a_row_is_told_and_the_rows_behind_it_are_read() {
    let told = told_of(format!(
        "{ALL}plesk_rene, a,x,y,0,u ,,cash,\nserver_extend,b,,,,,,,\n\n,,,\nplesk_renew,c,1,,,,,,\n"
    ));
    let begins: Vec<&str> = told.iter().map(|told| told.split(':').next().unwrap()).collect();
    assert_eq!(
        begins,
        [
            "line 2, column 1 (kind)",
            "line 2, column 2 (target)",
            "line 2, column 3 (months)",
            "line 2, column 5 (hours)",
            "line 2, column 6 (user)",
            "line 2, column 4 (until)",
            "line 2, column 8 (payment)",
            "line 3, column 5 (hours)",
            "line 3, column 6 (user)",
            "line 5",
        ],
        "{told:#?}"
    );
}

#[test]
fn a_column_that_a_row_needs_is_missed() {
    let told = told_of("kind,target\nserver_extend,a\n");
    assert_eq!(told.len(), 2, "{told:#?}");
    assert!(
        told[0].starts_with("line 2: `hours`: it is missing") && told[0].contains("add `hours`")
    );
    one("kind,target\nplesk_renew,a\n", "line 2: ", "needs either `months` or `until`");
}

#[test]
fn a_reference_is_taken_once() {
    let advice =
        "leave one of the two out, or, if both are to be ordered, give each a `ref` of its own";
    let twice =
        format!("{ALL}plesk_renew,a,1,,,,,,\nplesk_renew,b,1,,,,,,\nplesk_renew,a,2,,,,,,\n");
    one(&twice, "line 4, column 2 (target): the reference `a` is that of line 2 already", advice);
    let own = format!("{ALL}plesk_renew,a,1,,,,,,b\n\"plesk_renew\",b,1,,,,,,\n");
    one(own, "line 3, column 2 (target): the reference `b` is that of line 2", advice);
    let own = format!("{ALL}plesk_renew,b,1,,,,,,\nplesk_renew,a,1,,,,,,b\n");
    one(own, "line 3, column 9 (ref): the reference `b` is that of line 2", advice);
    let fit =
        format!("{ALL}plesk_renew,a,1,,,,,,1\nplesk_renew,a,1,,,,,,2\nplesk_renew,a,1,,,,,,\n");
    assert_eq!(told_of(fit), [""; 0]);
}

#[test]
fn a_header_is_one() {
    one(
        "kind,target,moths\nplesk_renew,a,1\n",
        "line 1, column 3: the column `moths` is unknown, perhaps it is `months`; there are kind, target, months",
        "",
    );
    one("kind,target,frobnicate\n", "line 1, column 3: ", "`frobnicate` is unknown; there");
    one("\nkind,target,months,Target\n", "line 2, column 4 (target): ", "twice");
    one("kind,target,months,\n", "line 1, column 4: ", "no name");
    one("kind,months\nplesk_renew,1\n", "line 1: the column `target` is missing", "");
    one("\"kind,target\nplesk_renew,a\n", "line 1: ", "never closed");
    one(format!("kind{}\n", ",".repeat(100)), "line 1: ", "101 columns");
    one("kind,\"tar\"get,months\n", "line 1, column 2: ", "quote");
    let told = told_of("plesk_renew,a,1\n");
    assert!(told.iter().any(|told| told.contains("`kind` is missing")), "{told:#?}");
}

#[test]
fn an_input_has_rows() {
    for text in ["", "\n\n", "\u{feff}", "kind,target,months\n", "kind,target,months\n\n,,\n"] {
        one(text, "line 1: there is no row", "oxhost batch template");
    }
}

#[test]
fn a_row_has_the_fields_of_the_header() {
    one(
        "kind,target,months\nplesk_renew,a\n",
        "line 2: the row has 2 fields, and the header has 3",
        "a comma",
    );
    one("kind;target;months\nplesk_renew;a;1;\n", "line 2: the row has 4 fields", "a semicolon");
}

#[test]
fn quotes_stand_where_they_belong() {
    let header = "kind,target,months\n";
    let quote = "a quote stands inside the field";
    for row in [
        "plesk_renew,\"a\"b,1",
        "plesk_renew,a\"b,1",
        "plesk_renew, \"a\",1",
        "plesk_renew,\"a\" ,1",
    ] {
        one(format!("{header}{row}\n"), "line 2, column 2 (target): ", quote);
    }
    // The rows behind one that is never closed are read all the same, each on its line.
    let told = told_of(format!(
        "{header}plesk_renew,\"a,1\nplesk_renew,b,0\nplesk_renew,\"c,1\n\nplesk_renew,d,x\n"
    ));
    assert_eq!(told.len(), 2, "{told:#?}");
    let told = told_of(format!("{header}plesk_renew,\"a,1\nplesk_renew,b,0\n\nplesk_renew,d,x\n"));
    let begins: Vec<&str> = told.iter().map(|told| told.split(':').next().unwrap()).collect();
    assert_eq!(begins, ["line 2", "line 3, column 3 (months)", "line 5, column 3 (months)"]);
    assert!(told[0].contains("never closed"), "{told:#?}");
    // Nor is the rest of a large input searched for the end of it.
    let many = "plesk_renew,b,0\n".repeat(3000);
    assert_eq!(told_of(format!("{header}plesk_renew,\"a,1\n{many}")).len(), 1 + 2 * 3000 - 1);
}

#[test]
fn lines_within_quotes_count() {
    let text = "kind,target,months\nplesk_renew,\"a\n\nb\",1\nplesk_renew,c,0\n";
    let told = told_of(text);
    assert!(
        told[0].starts_with("line 2, column 2") && told[1].starts_with("line 5, column 3"),
        "{told:#?}"
    );
}
