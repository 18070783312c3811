use super::{cell, escaped, lines, one_line, steers};

#[test]
fn what_a_spreadsheet_would_calculate_is_a_text() {
    for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "＝2+2"] {
        assert_eq!(cell(formula), format!("'{formula}"));
    }
    for text in ["", "1=1", "sub-1", "\t=1"] {
        assert_eq!(cell(text), one_line(text));
    }
}

#[test]
fn what_steers_a_terminal_is_blanked() {
    for letter in "\u{0}\t\u{1b}\u{7f}\u{85}\u{9b}\u{ad}\u{61c}\u{200b}\u{200d}\u{200e}\u{200f}\
        \u{2028}\u{2029}\u{202a}\u{202e}\u{2060}\u{2066}\u{2069}\u{e000}\u{feff}\u{fff9}\u{fffb}\
        \u{e0001}\u{e0041}\u{e0100}\u{f0000}\u{3164}\u{378}"
        .chars()
    {
        assert!(steers(letter), "{letter:?}");
        assert_eq!(one_line(&format!("a{letter}b")), "a b");
    }
    for letter in "aß é€日本語🦀\u{301}-–„“".chars() {
        assert!(!steers(letter), "{letter:?}");
    }
    assert_eq!((one_line("a\nb"), lines("a\nb\r")), ("a b".to_owned(), "a\nb ".to_owned()));
}

#[test]
fn json_keeps_what_is_blanked_in_text() {
    let told = "a\u{202e}b\u{e0041}c\u{7f}\n";
    let json = serde_json::to_string_pretty(&[told]).unwrap();
    let shown = escaped(&json);
    assert!(!shown.chars().any(|letter| letter != '\n' && steers(letter)), "{shown:?}");
    assert_eq!(serde_json::from_str::<Vec<String>>(&shown).unwrap(), [told]);
}
