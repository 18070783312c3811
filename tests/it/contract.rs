//! Generation loses nothing: types, tables and requests against the contract itself.

use oxhost_testkit::{ByteServer, json as json_answer};
use std::path::Path;

use oxhost::Client;
use oxhost::contract::{API_KEY_HEADER, CONTRACT, Effect, OPERATIONS, SECRET_FIELDS};
use oxhost::types::{Payment, PleskRenewalOrder};
use oxhost_sandbox::Sandbox;
use serde_json::{Map, Value, json};

use crate::documented::{PLESK, SERVER, client, extension, renewal};
use crate::reads::{ORDERS, SUBSCRIPTION, USER};

include!(concat!(env!("OUT_DIR"), "/schemas.rs"));

pub fn contract() -> Value {
    let options = serde_saphyr::options! { strict_booleans: true };
    serde_saphyr::from_str_with_options(CONTRACT, options).unwrap()
}

/// The name of the key's header, as the contract writes it.
pub fn key_header() -> &'static str {
    let (_, schemes) = CONTRACT.split_once("securitySchemes:").unwrap();
    let (_, name) = schemes.split_once("name: ").unwrap();
    name.lines().next().unwrap()
}

/// What a schema says, in one form for OpenAPI 3.0 and for JSON Schema: names, required, types.
fn shape(schema: &Value) -> Value {
    if let Some(reference) = schema["$ref"].as_str() {
        return reference.rsplit('/').next().unwrap().into();
    }
    // A reference beside a description here, one beside null there.
    for list in ["allOf", "anyOf"] {
        let mut parts =
            schema[list].as_array().into_iter().flatten().filter(|part| part["type"] != "null");
        if let Some(part) = parts.next() {
            assert!(parts.next().is_none(), "two schemas in one: {schema}");
            return shape(part);
        }
    }
    if let Some(properties) = schema["properties"].as_object() {
        let fields: Value =
            properties.iter().map(|(name, field)| (name.clone(), shape(field))).collect();
        let mut required: Vec<&str> = schema["required"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|name| name.as_str().unwrap())
            .collect();
        required.sort_unstable();
        let open = schema["additionalProperties"] != false;
        return json!({"fields": fields, "required": required, "open": open});
    }
    if !schema["items"].is_null() {
        return json!([shape(&schema["items"])]);
    }
    let types = if schema["x-oxhost-forms"].is_null() {
        &schema["type"]
    } else {
        &schema["x-oxhost-forms"]
    };
    let mut types: Vec<&str> = match types {
        Value::Array(types) => types.iter().map(|name| name.as_str().unwrap()).collect(),
        Value::String(name) => vec![name],
        _ => vec![],
    };
    types.retain(|name| *name != "null");
    types.sort_unstable();
    json!({"types": types, "enum": schema["enum"], "minimum": schema["minimum"]})
}

#[test]
fn every_generated_type_says_what_its_schema_says() {
    let contract = contract();
    let schemas = contract["components"]["schemas"].as_object().unwrap();
    let mut seen = Vec::new();
    for (name, generated) in generated_schemas() {
        let generated = generated.to_value();
        assert_eq!(shape(&generated), shape(&schemas[name]), "{name}");
        // The hand-written types come along as definitions.
        for (name, definition) in generated["$defs"].as_object().into_iter().flatten() {
            assert_eq!(shape(definition), shape(&schemas[name]), "{name}");
            seen.push(name.to_owned());
        }
        seen.push(name.to_owned());
    }
    for name in schemas.keys() {
        assert!(seen.contains(name), "the schema {name} was lost");
    }
}

#[test]
fn a_type_that_lost_or_changed_something_is_told_apart() {
    let contract = contract();
    let whole = &contract["components"]["schemas"]["PleskRenewalOrder"];
    type Edit = fn(&mut Value);
    let edits: [(&str, Edit); 5] = [
        ("a lost field", |it| {
            drop(it["properties"].as_object_mut().unwrap().remove("new_plan_id"))
        }),
        ("a renamed field", |it| {
            let fields = it["properties"].as_object_mut().unwrap();
            let months = fields.remove("months").unwrap();
            fields.insert("month".to_owned(), months);
        }),
        ("another type", |it| it["properties"]["months"]["type"] = "string".into()),
        ("a field no longer required", |it| drop(it["required"].as_array_mut().unwrap().pop())),
        ("an opened object", |it| it["additionalProperties"] = json!({})),
    ];
    for (what, edit) in edits {
        let mut edited = whole.clone();
        edit(&mut edited);
        assert_ne!(shape(&edited), shape(whole), "{what}");
    }
}

const REVIEW: &str = "
An operation is new, gone or another. Does it cost money, is it safe to repeat? If this is what you want, say so here.
CONTRIBUTING.md, \"What to add where\", has what a new one wants besides.
";

/// An edit to this list is a review.
#[test]
fn the_surface_of_the_contract_is_pinned() {
    let surface: Vec<String> = OPERATIONS
        .iter()
        .map(|it| format!("{:?} {} {}{} {}", it.effect, it.method, it.server, it.path, it.id))
        .collect();
    assert_eq!(
        surface,
        [
            "Charge POST https://0xhost.com/API/orders/create_order_scale_plesk renewPleskSubscription",
            "Charge POST https://0xhost.net/API/orders/create_order extendServerHours",
            "Read GET https://0xhost.com/API/plesk/subscriptions/detail getPleskSubscription",
            "Read GET https://0xhost.net/API/orders/list_order listOrders",
            "Read GET https://0xhost.net/API/info_user getUser",
        ],
        "{REVIEW}"
    );
    assert_eq!(API_KEY_HEADER, "x-api-key");
    assert_eq!(SECRET_FIELDS, ["metadata", "password"]);
    let paths = contract()["paths"].as_object().unwrap().len();
    assert_eq!(paths, OPERATIONS.len(), "an operation was lost");
}

/// The samples have no library to ask, and write out what the contract lists.
#[test]
fn the_samples_write_what_the_contract_lists() {
    let contract = contract();
    let failed = &contract["x-oxhost-failed-order"];
    let listed = [&contract["x-oxhost-refusals"]["json"], &failed["field"], &failed["values"]];
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let languages = std::fs::read_to_string(folder.join("languages.json")).unwrap();
    let languages: Vec<Value> = serde_json::from_str(&languages).unwrap();
    let suffixes = languages.iter().map(|language| language["suffix"].as_str().unwrap());
    // In Rust it is the library that knows them.
    let suffixes: Vec<_> = suffixes.filter(|suffix| *suffix != "rs").collect();
    assert_eq!(suffixes.len() + 1, languages.len());
    let (mut wrong, mut seen) = (Vec::new(), 0);
    for operation in OPERATIONS.iter().filter(|it| it.effect == Effect::Charge) {
        for suffix in &suffixes {
            let name = format!("{}.{suffix}", operation.function.replace('_', "-"));
            let source = std::fs::read_to_string(folder.join(&name));
            let source = source.unwrap_or_else(|error| panic!("{name} is missing: {error}"));
            let (field, states) = failed_order(&source);
            for (listed, written) in listed.iter().zip([statuses(&source), field, states]) {
                if written.is_null() {
                    wrong.push(format!(
                        r#"samples/{name}: it has no pattern "\w*status"\s*:\s*"[^"]*(a|b), with quotes written as " or \""#
                    ));
                } else if **listed != written {
                    wrong.push(format!("samples/{name}: for {written} write {listed}"));
                }
            }
            seen += 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen > 1, "no sample was read");
}

/// The numbers in a sample that are statuses of failures.
fn statuses(source: &str) -> Value {
    let words = source.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
    let numbers = words.filter_map(|word| word.parse::<u16>().ok());
    numbers.filter(|number| (400..=599).contains(number)).collect()
}

/// Field and states of a sample's one pattern of the form `"status"\s*:\s*"[^"]*(canceled|failed)`.
fn failed_order(source: &str) -> (Value, Value) {
    // In some languages there are more of them.
    let source = source.replace('\\', "");
    let patterns: Vec<&str> = source.split(r#""s*:s*"[^"]*("#).collect();
    let [before, after] = patterns[..] else { return (Value::Null, Value::Null) };
    // Fields such as `payment_status` are meant as well: `\w*status`.
    let field = before.rsplit('"').next().unwrap().trim_start_matches("w*");
    (field.into(), after.split(')').next().unwrap().split('|').collect())
}

#[test]
fn the_examples_of_the_contract_are_the_documented_bodies() {
    let example = |path: &str| {
        let contract = contract();
        let operation = contract["paths"][path].as_object().unwrap().values().next().unwrap();
        operation["responses"]["200"]["content"]["application/json"]["example"].clone()
    };
    let documented = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    assert_eq!(example("/API/orders/create_order_scale_plesk"), documented(PLESK));
    assert_eq!(example("/API/orders/create_order"), documented(SERVER));
    assert_eq!(example("/API/plesk/subscriptions/detail"), documented(SUBSCRIPTION));
    assert_eq!(example("/API/orders/list_order"), documented(ORDERS));
    assert_eq!(example("/API/info_user"), documented(USER));
}

/// JSON Schema in the dialect of OpenAPI 3.0, for one schema of the contract.
fn validator(name: &str) -> jsonschema::Validator {
    fn admit_null(schema: &mut Value) {
        match schema {
            Value::Object(members) => {
                if members.get("nullable") == Some(&Value::Bool(true))
                    && members.contains_key("type")
                {
                    let kind = members["type"].clone();
                    members.insert("type".to_owned(), json!([kind, "null"]));
                }
                members.values_mut().for_each(admit_null);
            }
            Value::Array(items) => items.iter_mut().for_each(admit_null),
            _ => {}
        }
    }
    let mut components = contract()["components"].clone();
    admit_null(&mut components);
    let schema = json!({"$ref": format!("#/components/schemas/{name}"), "components": components});
    jsonschema::draft4::new(&schema).unwrap()
}

#[test]
fn every_example_holds_against_its_schema() {
    let contract = contract();
    let mut count = 0;
    for path in contract["paths"].as_object().unwrap().values() {
        for operation in path.as_object().unwrap().values() {
            let bodies = [&operation["requestBody"], &operation["responses"]["200"]];
            for body in bodies.into_iter().filter(|body| !body.is_null()) {
                let media = &body["content"]["application/json"];
                let name = media["schema"]["$ref"].as_str().unwrap().rsplit('/').next().unwrap();
                let validator = validator(name);
                let before = count;
                let named = media["examples"].as_object().into_iter().flat_map(Map::values);
                for example in media.get("example").into_iter().chain(named.map(|it| &it["value"]))
                {
                    let errors = validator.iter_errors(example).map(|it| it.to_string());
                    assert_eq!(errors.collect::<Vec<_>>(), [""; 0], "{name}");
                    count += 1;
                }
                assert!(count > before, "no example of {name}");
            }
        }
    }
    assert!(count >= 8, "an example was lost: {count}");
}

#[tokio::test]
async fn every_request_holds_against_the_contract_as_it_goes_over_the_wire() {
    let wire = ByteServer::answering(json_answer("200 OK", PLESK));
    let full = PleskRenewalOrder {
        new_plan_id: Some("plan234-5678-9012-3456-789012345678".parse().unwrap()),
        type_payment: Payment::Crypto,
        ..renewal()
    };
    client(&wire).renew_plesk_subscription(&full).await.unwrap();
    client(&wire).extend_server_hours(&extension()).await.unwrap();
    let [plesk, server] = &wire.requests()[..] else { panic!() };
    assert_eq!(
        plesk.json(),
        json!({
            "subscription_id": "sub123-4567-8901-2345-678901234567",
            "new_plan_id": "plan234-5678-9012-3456-789012345678",
            "months": 3,
            "type_payment": "crypto",
        })
    );
    for (name, request) in [("PleskRenewalOrder", plesk), ("ServerExtensionOrder", server)] {
        let validator = validator(name);
        assert!(validator.is_valid(&request.json()), "{}", request.body);
        // The same check sees each field that is misnamed, of another type, or too many.
        for field in request.json().as_object().unwrap().keys() {
            let mut renamed = request.json();
            let value = renamed.as_object_mut().unwrap().remove(field).unwrap();
            renamed[format!("{field}_")] = value;
            assert!(!validator.is_valid(&renamed), "{renamed}");
            let mut retyped = request.json();
            retyped[field] = json!([1]);
            assert!(!validator.is_valid(&retyped), "{retyped}");
        }
    }
}

#[tokio::test]
async fn the_sandbox_charges_what_the_library_orders_and_shows_it_in_the_reads() {
    let sandbox = Sandbox::start().unwrap();
    let client = Client::builder(sandbox.key()).base_url(sandbox.url()).build().unwrap();
    let renewed = client.renew_plesk_subscription(&renewal()).await.unwrap();
    let extended = client.extend_server_hours(&extension()).await.unwrap();
    assert_eq!(extended.warnings(), []);
    let charges = sandbox.ledger();
    let ids = [renewed.receipt(), extended.receipt()].map(|it| it.order_id.clone().unwrap());
    assert_eq!(charges.iter().map(|charge| charge.order_id.clone()).collect::<Vec<_>>(), ids);
    assert_eq!(charges[1].amount, extended.amount.unwrap().amount());

    let detail = client.get_plesk_subscription(&renewal().subscription_id).await.unwrap();
    assert_eq!(detail.subscription.as_ref().unwrap().expires_at, renewed.receipt().expires_at);
    assert_eq!(detail.orders.as_ref().unwrap()[0].id.as_ref().unwrap().as_str(), ids[0]);
    let user = extension().user_id;
    let orders = client.list_orders(&user, std::num::NonZeroU32::MIN).await.unwrap();
    assert_eq!(orders.data.as_ref().unwrap()[0].id.as_ref().unwrap().as_str(), ids[1]);
    let order = client.get_order(&ids[1].parse().unwrap()).await.unwrap();
    assert_eq!(order.data.as_ref().unwrap().len(), 1);
    let balance = client.get_user(&user).await.unwrap().user.as_ref().unwrap().balance;
    assert_eq!(balance.unwrap().to_string(), "3328.76");
}
