use super::{ShownText, stand_in};

#[test]
fn what_may_not_be_shown_still_compares_exactly() {
    let (shown, hidden) = (ShownText::of("o-1", "o-1"), ShownText::of("o-1", "[redacted]"));
    let other = ShownText::of("o-2", "[redacted]");
    assert_eq!(hidden.as_str(), stand_in("o-1"));
    assert_eq!(hidden.as_str().len(), "sha256:".len() + 64);
    for (one, same) in [(&shown, &hidden), (&hidden, &shown), (&hidden, &hidden)] {
        assert_eq!(one, same);
    }
    for (one, another) in [(&hidden, &other), (&shown, &other), (&other, &shown)] {
        assert_ne!(one, another);
    }
    assert_eq!(
        (format!("{shown:?}"), shown.to_string()),
        (r#""o-1""#.to_owned(), "o-1".to_owned())
    );
    assert!(shown.is("o-1") && hidden.is("o-1") && !other.is("o-1") && !shown.is("o-2"));
}

#[test]
fn what_looks_like_a_stand_in_is_given_one() {
    let posing = ShownText::of(&stand_in("o-1"), &stand_in("o-1"));
    assert!(posing != ShownText::of("o-1", "[redacted]") && !posing.is("o-1"));
    assert!(posing.is(&stand_in("o-1")));
}
