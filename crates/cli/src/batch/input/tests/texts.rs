//! Charsets, and what is no text.

use super::{check, input, one, rows, told_of};

const HEADER: &str = "kind,target,months\n";

fn utf_16(text: &str, big: bool) -> Vec<u8> {
    let units = text.encode_utf16();
    units.flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
}

fn targets(bytes: &[u8], charset: Option<&str>) -> Vec<String> {
    rows(&mut input(bytes, charset)).into_iter().map(|(_, reference, _)| reference).collect()
}

#[test]
fn charsets_are_decoded() {
    let text = format!("{HEADER}plesk_renew,größe €,1\nplesk_renew,b,2\n");
    let expected = ["größe €", "b"];
    for big in [true, false] {
        assert_eq!(targets(&utf_16(&format!("\u{feff}{text}"), big), None), expected);
        let name = if big { "utf-16be" } else { "UTF-16LE" };
        assert_eq!(targets(&utf_16(&text, big), Some(name)), expected);
    }
    let (bytes, ..) = encoding_rs::WINDOWS_1252.encode(&text);
    assert_eq!(targets(&bytes, Some("windows-1252")), expected);
    // A byte order mark knows better.
    assert_eq!(targets(format!("\u{feff}{text}").as_bytes(), Some("windows-1252")), expected);
}

#[test]
fn bytes_of_another_charset_are_told_and_none_is_replaced() {
    let (bytes, ..) = encoding_rs::WINDOWS_1252
        .encode("kind,target,months\nplesk_renew,größe,1\nplesk_renew,b,2\n\"plesk_renew\",é,2\n");
    let told = told_of(&bytes);
    assert_eq!(told.len(), 2, "{told:#?}");
    assert!(told[0].starts_with("line 2, character 15: there are bytes that are not UTF-8"));
    assert!(told[0].contains("--charset windows-1252"));
    assert!(told[1].starts_with("line 4, character 15: "));
    // In a header, too, and at the very end; and after letters of several bytes.
    one(b"kind,t\xe4rget,months\nplesk_renew,a,1\n", "line 1, character 7: ", "UTF-8");
    one(b"kind,target,months\nplesk_renew,\xc3\xa4\xc3", "line 2, character 14: ", "UTF-8");
    let told = told_of(b"kind,target,months\r\xff\nplesk_renew,a,0\n");
    assert!(
        told[0].starts_with("line 2, character 1: ") && told[1].starts_with("line 3, column 3")
    );
    one(b"{\"kind\":\"\xff\"}", "line 1, character 10: ", "UTF-8");
    one(&utf_16("\u{feff}kind", false)[..9], "line 1, character 4: ", "UTF-16LE");
}

#[test]
fn a_nul_is_no_text() {
    one(utf_16(HEADER, false), "line 1, character 2: ", "--charset utf-16le");
    one(format!("{HEADER}plesk_renew,a\0,1\n"), "line 2, character 14: ", "NUL");
    one("{\"kind\":\"\0\"}", "line 1, character 10: ", "NUL");
}

#[test]
fn a_line_has_an_end() {
    let long = "x".repeat(1024 * 1024);
    let told = told_of(format!("{HEADER}plesk_renew,{long},1\nplesk_renew,b,0\n"));
    assert!(told[0].starts_with("line 2: the line is longer than 1 MiB"), "{told:#?}");
    assert!(told[1].starts_with("line 3, column 3 (months)") && told.len() == 2);
    one(format!("{{\"kind\":\"{long}\"}}\n"), "line 1: ", "longer than 1 MiB");
    one(format!("kind{long}\n"), "line 1: ", "longer than 1 MiB");
    // What is shown of a long text is short.
    let told = told_of(format!("{HEADER}{},a,1\n", "x".repeat(500_000)));
    assert!(told[0].len() < 200 && told[0].contains('…'), "{told:#?}");
}

#[test]
fn lines_and_blocks_do_not_meet() {
    // Ends of blocks, of lines and of letters at every distance.
    for pad in 0..4 {
        let mut text = format!("{}\r\n{HEADER}", " ".repeat(pad));
        for number in 0..6000 {
            text.push_str(&format!("plesk_renew,ü€{number},{}\r\n", number + 1));
        }
        let rows = rows(&mut input(text.as_bytes(), None));
        assert_eq!(rows.len(), 6000);
        for (number, (line, reference, order)) in rows.iter().enumerate() {
            assert_eq!(
                (*line, reference.as_str()),
                (number as u64 + 3, format!("ü€{number}").as_str())
            );
            assert_eq!(order["renewal"]["months"], number + 1);
        }
    }
    let (checked, _) = check(&mut input(b"\r\r\n\n", None));
    assert_eq!(checked.problems, 1);
}
