use super::*;
use crate::{KEY, SUBSCRIPTION_ID, ledger::Payment};

#[test]
fn an_answer_that_contradicts_the_contract_is_recorded_and_not_sent() {
    let wrong = "FreeText:\n      type: integer\n";
    let contract = Contract::with("FreeText:\n      type: string\n", wrong).unwrap();
    let provider =
        Provider::new(Box::leak(Box::new(contract)), Clock::Documented, Seed::documented());
    let body = format!(
        r#"{{"subscription_id": "{SUBSCRIPTION_ID}", "months": 1, "type_payment": "balance"}}"#
    );
    let mut request = Received {
        method: "POST".into(),
        path: "/API/orders/create_order_scale_plesk".into(),
        query: None,
        headers: vec![(provider.contract.key_header.clone(), KEY.into())],
        body: body.into_bytes(),
    };
    let answer = provider.answer(&request, None);
    let found = "POST /API/orders/create_order_scale_plesk: in the body of a 200, /message: ";
    let text = answer.body().to_string();
    assert_eq!(answer.status(), 500);
    assert!(text.contains("contradicts its contract") && text.contains(found), "{text}");
    assert_eq!(provider.state().contradictions.len(), 1);
    assert!(provider.state().contradictions[0].starts_with(found));
    assert_eq!(provider.state().ledger.of(Payment::Balance).count(), 1);

    // A refusal is held against it as well, whatever it is for.
    request.headers.clear();
    assert_eq!(provider.answer(&request, None).status(), 500);
    assert_eq!(provider.decline(&request).status(), 500);
    assert_eq!(provider.state().contradictions.len(), 3);
    // And what the contract does not have, is not.
    request.path = "/elsewhere".into();
    assert_eq!(provider.answer(&request, None).status(), 404);
    assert_eq!(provider.state().contradictions.len(), 3);
}
