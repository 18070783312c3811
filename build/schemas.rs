//! The rules for schemas: requests are closed, replies are open and may lack or distort any field.

use std::collections::BTreeMap;

use heck::{ToPascalCase, ToSnakeCase};

use crate::check::Check;
use crate::document::{Entry, Node};
use crate::generate::REPLACED;
use crate::secrets;

/// What a named schema may be used for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// An object of a request.
    Closed,
    /// An object of a reply.
    Open,
    /// A validated value of a request.
    Strict,
    /// A value of a reply, read by a hand-written type.
    Lenient,
}

/// Checks all schemas, and tells the names of the fields that hold secrets.
pub fn check(check: &mut Check<'_>) -> Vec<String> {
    let Some(schemas) = check.document.at(&["components", "schemas"]) else {
        check.fault(
            1,
            "there are no schemas",
            "describe requests and replies under components.schemas",
        );
        return Vec::new();
    };
    for (name, _) in REPLACED {
        if schemas.get(name).is_none() {
            check.fault(
                schemas.line,
                format!("schema `{name}` is missing, which a hand-written type stands for"),
                "add it, or take its name out of REPLACED in build/generate.rs",
            );
        }
    }
    let mut secrets = Vec::new();
    for schema in schemas.entries() {
        if !schema.key.starts_with(|first: char| first.is_ascii_uppercase())
            || !schema.key.chars().all(|it| it.is_ascii_alphanumeric())
        {
            check.fault(
                schema.line,
                format!("schema name `{}` does not make a Rust type", schema.key),
                "use PascalCase letters and digits",
            );
        }
        if schema.key.to_pascal_case() != schema.key {
            check.fault(
                schema.line,
                format!(
                    "schema `{}` would be `{}` in Rust",
                    schema.key,
                    schema.key.to_pascal_case()
                ),
                "name it so: what is looked up by its name would be missed",
            );
        }
        if schema.value.text("description").is_none() {
            check.fault(
                schema.line,
                format!("schema `{}` has no description", schema.key),
                "say what it is, with units: it becomes the documentation",
            );
        }
        match role(schema) {
            Some(Role::Closed) => request_object(check, schema),
            Some(Role::Open) => reply_object(check, schema, &mut secrets),
            Some(Role::Strict) => strict_value(check, schema),
            Some(Role::Lenient) => lenient_value(check, schema),
            None => check.fault(
                schema.line,
                format!("schema `{}` is neither a closed request, an open reply nor a plain string", schema.key),
                "an object needs `additionalProperties: false` (request) or `additionalProperties: {}` (reply: unknown fields are kept)",
            ),
        }
    }
    secrets::shown_elsewhere(check, schemas, &secrets);
    secrets.sort();
    secrets.dedup();
    secrets
}

pub fn role(schema: &Entry) -> Option<Role> {
    let node = &schema.value;
    if REPLACED.iter().any(|(name, _)| *name == schema.key) {
        return Some(Role::Lenient);
    }
    match node.text("type") {
        Some("object") => {
            let additional = node.get("additionalProperties")?;
            if additional.is(&false.into()) {
                Some(Role::Closed)
            } else {
                (additional.is_map() && additional.entries().is_empty()).then_some(Role::Open)
            }
        }
        Some("string") => Some(Role::Strict),
        _ => None,
    }
}

pub fn referred<'a>(check: &Check<'a>, node: &Node) -> Option<(&'a Entry, Role)> {
    let name = node.text("$ref")?.strip_prefix("#/components/schemas/")?;
    let entry = check.document.at(&["components", "schemas"])?.entry(name)?;
    Some((entry, role(entry)?))
}

fn object(check: &mut Check<'_>, schema: &Entry) {
    check.vocabulary(
        &schema.value,
        "an object schema",
        &["type", "description", "additionalProperties", "required", "properties"],
    );
    let properties = schema.value.get("properties").map_or(&[][..], Node::entries);
    let mut names: BTreeMap<String, &str> = BTreeMap::new();
    for property in properties {
        if let Some(twin) = names.insert(property.key.to_snake_case(), &property.key) {
            check.fault(
                property.line,
                format!("`{}` and `{twin}` are the same name in Rust", property.key),
                "keep one of them",
            );
        }
        if property.key.to_snake_case() == "extra" {
            check.fault(
                property.line,
                format!("`{}` is where unlisted fields are kept", property.key),
                "the field cannot be named so in Rust",
            );
        }
        let node = &property.value;
        // The example of a nested object is that of its own schema.
        let shown = node.get("example").is_some() || node.text("type") == Some("object");
        if node.get("$ref").is_none() && !(shown && node.text("description").is_some()) {
            check.fault(
                property.line,
                format!("field `{}` has no description or no example", property.key),
                "say what it means, in which unit, and give a documented value",
            );
        }
    }
}

fn request_object(check: &mut Check<'_>, schema: &Entry) {
    object(check, schema);
    let properties = schema.value.get("properties");
    for name in schema.value.get("required").map_or(&[][..], Node::items) {
        let text = name.str().unwrap_or_default();
        if properties.is_none_or(|properties| properties.get(text).is_none()) {
            check.fault(
                name.line,
                format!("`{text}` is required but not a field of `{}`", schema.key),
                "correct the name, or describe the field",
            );
        }
    }
    for property in properties.map_or(&[][..], Node::entries) {
        let node = &property.value;
        if node.get("$ref").is_some() {
            // A dangling reference is told where it stands.
            if referred(check, node).is_some_and(|(_, role)| role != Role::Strict) {
                check.fault(
                    property.line,
                    format!("field `{}` of a request refers to a schema of replies", property.key),
                    "refer to a validated string, or write an integer",
                );
            }
        } else if node.text("type") == Some("integer") {
            check.integer(property.line, &format!("field `{}`", property.key), node, true);
        } else {
            check.fault(property.line, format!("field `{}` of a request is neither a named string nor an integer", property.key), "name its schema under components.schemas; a number would be a float, which money never is");
        }
    }
}

fn reply_object(check: &mut Check<'_>, schema: &Entry, secrets: &mut Vec<String>) {
    object(check, schema);
    if let Some(required) = schema.value.entry("required") {
        check.fault(
            required.line,
            format!("reply `{}` requires fields", schema.key),
            "remove `required`: a field that is missing must not lose an order",
        );
    }
    for property in schema.value.get("properties").map_or(&[][..], Node::entries) {
        reply_field(check, property);
        if secrets::refers_to_secret(check, &property.value) {
            secrets.push(property.key.clone());
        }
    }
}

fn reply_field(check: &mut Check<'_>, property: &Entry) {
    let node = &property.value;
    let reference = match node.get("allOf").map(Node::items) {
        Some([only]) => {
            check.vocabulary(
                node,
                "a field",
                &["type", "nullable", "allOf", "description", "example"],
            );
            // An object says that it may be null beside the reference; a loose value says it itself.
            let object = referred(check, only).is_some_and(|(_, role)| role == Role::Open);
            let nullable = node.text("type") == Some("object")
                && node.get("nullable").is_some_and(|it| it.is(&true.into()));
            if object != nullable {
                check.fault(property.line, format!("field `{}` does not say, or wrongly says, that it may be null", property.key), "write `type: object` and `nullable: true` beside the reference to an object, and only there");
            }
            Some(only)
        }
        Some(_) => {
            check.fault(
                property.line,
                format!("field `{}` has more than one schema", property.key),
                "refer to one",
            );
            return;
        }
        None => node.get("$ref").map(|_| node),
    };
    if let Some(reference) = reference {
        if referred(check, reference)
            .is_some_and(|(_, role)| role != Role::Open && role != Role::Lenient)
        {
            check.fault(property.line, format!("field `{}` of a reply refers to a schema of requests", property.key), "an unknown value would fail the whole reply: write `type: string` and `nullable: true`");
        }
        return;
    }
    let (fault, remedy) = match (node.text("type"), node.text("format")) {
        (Some("number"), _) => ("would be read as a float", "refer to Money"),
        (Some("integer"), _) => ("may also come as a string", "refer to WholeNumber"),
        (Some("boolean"), _) => ("may also come as 1 or 0", "refer to Flag"),
        (Some("string"), Some(_)) => (
            "has a format, and fails on any other text",
            "refer to CivilDateTime, or remove the format",
        ),
        (Some("string"), None) => {
            check.vocabulary(
                node,
                "a string field of a reply",
                &["type", "nullable", "description", "example"],
            );
            if node.get("nullable").is_some_and(|nullable| nullable.is(&true.into())) {
                return;
            }
            ("may be null", "write `nullable: true`")
        }
        (Some("array"), None) => {
            let known = ["type", "nullable", "items", "description", "example"];
            check.vocabulary(node, "a list field", &known);
            let items = node.get("items").and_then(|items| referred(check, items));
            let nullable = node.get("nullable").is_some_and(|nullable| nullable.is(&true.into()));
            match items {
                Some((_, Role::Open)) if nullable => return,
                // No list and an empty list must not look the same: one of them proves something.
                Some((_, Role::Open)) => ("may be null", "write `nullable: true`"),
                _ => ("is not a list of objects", "let `items` refer to an open object"),
            }
        }
        _ => (
            "is of a type that is not supported",
            "refer to a named schema, or write a nullable string",
        ),
    };
    check.fault(property.line, format!("field `{}` of a reply {fault}", property.key), remedy);
}

fn strict_value(check: &mut Check<'_>, schema: &Entry) {
    check.vocabulary(
        &schema.value,
        "a string schema",
        &["type", "minLength", "enum", "description", "example"],
    );
    let empty = schema.value.get("minLength").is_none_or(|length| length.is(&0.into()));
    if empty && schema.value.get("enum").is_none() {
        check.fault(
            schema.line,
            format!("`{}` may be empty", schema.key),
            "write `minLength: 1`, or list its values under `enum`",
        );
    }
    let mut choices: BTreeMap<String, u64> = BTreeMap::new();
    for choice in schema.value.get("enum").map_or(&[][..], Node::items) {
        let name = choice.str().unwrap_or_default().to_pascal_case();
        if name.is_empty() || choices.insert(name, choice.line).is_some() {
            check.fault(
                choice.line,
                format!(
                    "a value of `{}` is no word, or is the same as another in Rust",
                    schema.key
                ),
                "list each value once, as text",
            );
        }
    }
    if schema
        .value
        .get("enum")
        .is_some_and(|list| !list.is_map() && list.items().is_empty() && list.str().is_none())
    {
        check.fault(schema.line, format!("`{}` has no value", schema.key), "list its values");
    }
    if schema.value.get("example").is_none() {
        check.fault(
            schema.line,
            format!("`{}` has no example", schema.key),
            "give a documented value",
        );
    }
}

fn lenient_value(check: &mut Check<'_>, schema: &Entry) {
    check.vocabulary(
        &schema.value,
        "a schema of loose values",
        &[
            "type",
            "nullable",
            "x-oxhost-forms",
            "x-oxhost-true",
            "x-oxhost-false",
            "description",
            "example",
            "x-oxhost-secret",
        ],
    );
    if let Some(kind) = schema.value.text("type")
        && (kind != "string" || !schema.value.get("nullable").is_some_and(|it| it.is(&true.into())))
    {
        check.fault(
            schema.line,
            format!("`{}` is typed as `{kind}`, but comes in other forms", schema.key),
            "remove the type and list the forms under `x-oxhost-forms`, or write a nullable string",
        );
    }
    let marked = schema.value.get("x-oxhost-secret").is_some();
    if marked != secrets::is_secret(&schema.value) || marked != (schema.key == "Secret") {
        check.fault(
            schema.line,
            format!("`{}` is wrongly marked, or wrongly not marked, as a secret", schema.key),
            "`x-oxhost-secret: true` belongs to Secret, whose type hides its value",
        );
    }
}
