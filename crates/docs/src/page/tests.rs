use super::*;

#[test]
fn what_html_would_take_for_markup_is_escaped_and_nothing_else() {
    let (wild, tame) = (
        r#"a<b; "</script>", '<SCRIPT', `<!-- é`, "</b>"<"#,
        r#"a<b; "\x3c/script>", '\x3cSCRIPT', `\x3c!-- é`, "</b>"<"#,
    );
    assert_eq!(inlined(wild), tame);
}
