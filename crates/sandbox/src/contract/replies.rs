//! What the contract says of replies, so that the sandbox finds out when it contradicts it.

use std::io;

use hyper::header::CONTENT_TYPE;
use jsonschema::Validator;
use serde_json::Value;

use super::{member, missing, resolve, validator};
use crate::exchange::Reply;

/// The replies that a call may get.
pub(crate) struct Replies(Vec<Documented>);

struct Documented {
    /// A status, or a class of them such as `4XX`.
    status: String,
    media_type: String,
    body: Validator,
}

impl Replies {
    pub(super) fn read(document: &Value, call: &Value) -> io::Result<Self> {
        let replies = member(call, "/responses")?.as_object().into_iter().flatten();
        let read = |(status, reply): (&String, &Value)| {
            let content = member(resolve(document, reply), "/content")?.as_object();
            let (kind, content) = content.and_then(|c| c.iter().next()).ok_or_else(missing)?;
            let body = validator(document, member(content, "/schema")?)?;
            Ok(Documented { status: status.clone(), media_type: kind.clone(), body })
        };
        replies.map(read).collect::<io::Result<_>>().map(Self)
    }

    /// What the contract does not allow in a reply. Never holds a value of it: it may be secret.
    pub(crate) fn contradiction(&self, reply: &Reply) -> Option<String> {
        let status = reply.status();
        let status = status.as_str();
        let exact = self.0.iter().find(|documented| documented.status == status);
        let Some(documented) = exact.or_else(|| {
            self.0.iter().find(|documented| {
                documented.status.strip_suffix("XX").is_some_and(|class| status.starts_with(class))
            })
        }) else {
            return Some(format!("status {status} is not documented"));
        };
        let mut kinds = reply.headers().get_all(CONTENT_TYPE).iter();
        if !kinds.any(|kind| *kind == *documented.media_type) {
            return Some(format!("the body of a {status} is not {}", documented.media_type));
        }
        let Ok(body) = serde_json::from_slice(reply.body()) else {
            return Some(format!("the body of a {status} is not JSON"));
        };
        let fault = documented.body.iter_errors(&body).next()?;
        Some(format!("in the body of a {status}, {}: {}", fault.instance_path(), fault.masked()))
    }
}

#[cfg(test)]
mod tests {
    use hyper::{StatusCode, header::HeaderValue};

    use super::*;
    use crate::{contract::Contract, exchange::page};

    fn found(status: u16, body: &str) -> Option<String> {
        let mut reply = page(StatusCode::from_u16(status).unwrap(), body.into());
        reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let contract = Contract::read().unwrap();
        let call = contract.call("POST", "/API/orders/create_order").unwrap();
        call.replies.as_ref().unwrap().contradiction(&reply)
    }

    #[test]
    fn a_documented_reply_is_none() {
        for body in [
            "{}",
            r#"{"success": false, "message": null, "unlisted": {}}"#,
            r#"{"success": 1, "amount": 0.02, "balance_before": "3328.78", "hours_purchased": "1"}"#,
            r#"{"amount": null, "server_status": {"plan_id": "5", "cpu": [1]}}"#,
        ] {
            assert_eq!(found(200, body), None, "{body}");
        }
        assert_eq!(found(418, r#"{"success": false, "errors": {}}"#), None);
        assert_eq!(found(599, "{}"), None);
    }

    #[test]
    fn whatever_is_not_documented_is_one_and_no_value_is_told() {
        for (status, body, words) in [
            (201, "{}", "status 201 is not documented"),
            (307, "{}", "status 307 is not documented"),
            (200, "<br />{}", "the body of a 200 is not JSON"),
            (200, "[]", "in the body of a 200, : "),
            (200, r#"{"message": 4711}"#, "in the body of a 200, /message: "),
            (200, r#"{"amount": true}"#, "in the body of a 200, /amount: "),
            (200, r#"{"hours_purchased": 1.5}"#, "in the body of a 200, /hours_purchased: "),
            (200, r#"{"success": []}"#, "in the body of a 200, /success: "),
            (
                200,
                r#"{"server_status": {"metadata": 4711}}"#,
                "in the body of a 200, /server_status/metadata: ",
            ),
            (404, r#"{"error": 4711}"#, "in the body of a 404, /error: "),
        ] {
            let found = found(status, body).unwrap();
            assert!(found.starts_with(words), "{body}: {found}");
            assert!(!found.contains("4711"), "{found}");
        }
    }

    #[test]
    fn another_media_type_is_one() {
        let contract = Contract::read().unwrap();
        let call = contract.call("GET", "/API/info_user").unwrap();
        let found =
            call.replies.as_ref().unwrap().contradiction(&page(StatusCode::OK, "{}".into()));
        assert_eq!(found.as_deref(), Some("the body of a 200 is not application/json"));
    }
}
