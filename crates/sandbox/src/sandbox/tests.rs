use super::*;

#[test]
#[should_panic(expected = "message: wrong")]
fn a_contradiction_fails_the_test_that_has_it() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.front.provider.state().contradictions.push("message: wrong".into());
}
