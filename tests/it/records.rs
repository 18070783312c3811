//! What is stored of an order reads back as what it was.

use oxhost::{FailureRecord, Outcome, Receipt};
use oxhost_testkit::{ByteServer, http, json as json_answer};
use serde_json::json;

use crate::documented::{PLESK, SERVER, client, extension, renewal};

#[tokio::test]
async fn a_receipt_reads_back() {
    let odd = PLESK.replace("29.97", "123456789012345678.90").replacen('{', r#"{"new": 1,"#, 1);
    for body in [PLESK, &odd, r#"{"success": true}"#] {
        let wire = ByteServer::answering(json_answer("200 OK", body));
        let reply = client(&wire).renew_plesk_subscription(&renewal()).await.unwrap();
        let stored = serde_json::to_string(reply.receipt()).unwrap();
        let read: Receipt = serde_json::from_str(&stored).unwrap();
        assert_eq!(&read, reply.receipt());
        assert_eq!(read, reply.into_receipt());
    }
    let wire =
        ByteServer::answering(json_answer("200 OK", &SERVER.replace("renew_server", "other")));
    let reply = client(&wire).extend_server_hours(&extension()).await.unwrap();
    let stored = serde_json::to_value(reply.receipt()).unwrap();
    assert_eq!(stored["amount"], "0.02", "money is text: no float reads it");
    assert_eq!(stored["expires_at"], "2026-02-19 15:40:31");
    assert_eq!(stored["warnings"][0], reply.warnings()[0].to_string());
    let read: Receipt = serde_json::from_value(stored).unwrap();
    assert_eq!(&read, reply.receipt());
}

#[tokio::test]
async fn a_failure_reads_back() {
    let body = r#"{"success": false, "message": "Too\nmany", "months": 7}"#;
    let slow = http("429 Slow down", &["retry-after: 30"], body);
    let page = http("500 Oops", &[], "<html>");
    for (answer, expected) in [
        (
            slow,
            json!({
                "status": 429, "reason": "the provider said no", "message": "Too many",
                "retry_after_seconds": 30,
                "reply": {"success": false, "message": "Too\nmany", "months": "[unlisted]"},
            }),
        ),
        (
            page,
            json!({
                "status": 500, "reason": "the answer is not the documented JSON object",
                "message": null, "retry_after_seconds": null, "reply": null,
            }),
        ),
        (
            b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{".to_vec(),
            json!({
                "status": 200, "reason": "the answer broke off",
                "message": null, "retry_after_seconds": null, "reply": null,
            }),
        ),
    ] {
        let wire = ByteServer::answering(answer);
        let error = client(&wire).renew_plesk_subscription(&renewal()).await.unwrap_err();
        let record = error.failure().record();
        let stored = serde_json::to_value(&record).unwrap();
        assert_eq!(stored, expected);
        assert_eq!(serde_json::from_value::<FailureRecord>(stored).unwrap(), record);
    }
}

#[test]
fn an_outcome_is_one_word_for_programs_and_words_for_people() {
    let words = Outcome::ALL.map(|outcome| (outcome.as_str(), outcome.to_string()));
    let shown = ["accepted", "refused", "not sent", "unknown"];
    for ((word, said), (outcome, shown)) in
        words.into_iter().zip(Outcome::ALL.into_iter().zip(shown))
    {
        assert_eq!(said, shown);
        assert_eq!(serde_json::to_value(outcome).unwrap(), word);
        assert_eq!(serde_json::from_value::<Outcome>(word.into()).unwrap(), outcome);
    }
}
