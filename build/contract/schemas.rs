//! The rules for schemas: requests are closed, replies are open and may lack or distort any field.

use std::collections::BTreeMap;

use heck::{ToPascalCase, ToSnakeCase};

use super::Check;
use super::node::Node;
use crate::generate::REPLACED;

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

pub fn role(schema: &Node) -> Option<Role> {
    let additional = schema.get("additionalProperties");
    match schema.text("type") {
        _ if REPLACED.contains(&schema.key.as_str()) => Some(Role::Lenient),
        "object" if additional.is(false) => Some(Role::Closed),
        "object" if additional.is_map() && additional.entries().is_empty() => Some(Role::Open),
        "string" => Some(Role::Strict),
        _ => None,
    }
}

/// The fields of a named schema.
pub fn fields<'a>(document: &'a Node, schema: &str) -> &'a [Node] {
    document.at(&["components", "schemas", schema, "properties"]).entries()
}

/// The fields of all replies.
fn reply_fields(document: &Node) -> impl Iterator<Item = &Node> {
    let schemas = document.at(&["components", "schemas"]).entries().iter();
    let open = schemas.filter(|schema| role(schema) == Some(Role::Open));
    open.flat_map(|schema| schema.get("properties").entries())
}

fn is_secret(document: &Node, field: &Node) -> bool {
    document.at(&["components", "schemas", field.referred()]).get("x-oxhost-secret").is(true)
}

/// Names of the fields that hold secrets, sorted.
pub fn secret_fields(document: &Node) -> Vec<&str> {
    let secret = reply_fields(document).filter(|field| is_secret(document, field));
    let mut names: Vec<&str> = secret.map(|field| field.key.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

impl<'a> Check<'a> {
    pub fn schema(&self, name: &str) -> &'a Node {
        self.document.at(&["components", "schemas", name])
    }

    pub fn role_of(&self, name: &str) -> Option<Role> {
        role(self.schema(name))
    }

    pub fn schemas(&mut self) {
        let schemas = self.document.at(&["components", "schemas"]);
        if schemas.is_missing() {
            return self.fault(
                1,
                "there are no schemas: describe requests and replies under components.schemas",
            );
        }
        for name in REPLACED.iter().filter(|name| !schemas.has(name)) {
            self.fault(schemas.value_line, format!("schema `{name}` is missing, which a hand-written type stands for: add it, or take its name out of REPLACED in build/generate/mod.rs"));
        }
        for schema in schemas.entries() {
            let (name, line) = (&schema.key, schema.line);
            if !name.starts_with(|first: char| first.is_ascii_uppercase())
                || !name.chars().all(|it| it.is_ascii_alphanumeric())
            {
                self.fault(line, format!("schema name `{name}` does not make a Rust type: use PascalCase letters and digits"));
            }
            let in_rust = name.to_pascal_case();
            if in_rust != *name {
                self.fault(line, format!("schema `{name}` would be `{in_rust}` in Rust: name it so: what is looked up by its name would be missed"));
            }
            if schema.text("description").is_empty() {
                self.fault(line, format!("schema `{name}` has no description: say what it is, with units: it becomes the documentation"));
            }
            match role(schema) {
                Some(Role::Closed) => self.request_object(schema),
                Some(Role::Open) => self.reply_object(schema),
                Some(Role::Strict) => self.strict_value(schema),
                Some(Role::Lenient) => self.lenient_value(schema),
                None => self.fault(line, format!("schema `{name}` is neither a closed request, an open reply nor a plain string: an object needs `additionalProperties: false` (request) or `additionalProperties: {{}}` (reply: unknown fields are kept)")),
            }
        }
        // What is secret is told by its name, so that a name is secret everywhere or nowhere.
        let secrets = secret_fields(self.document);
        for field in reply_fields(self.document) {
            let hidden = secrets.iter().any(|secret| secret.eq_ignore_ascii_case(&field.key));
            if hidden && !is_secret(self.document, field) {
                let name = &field.key;
                self.fault(field.line, format!("field `{name}` is a secret in another reply, or in other letters: refer to Secret here as well, or nowhere"));
            }
        }
    }

    fn object(&mut self, schema: &'a Node) {
        self.vocabulary(schema, "an object schema");
        let mut names: BTreeMap<String, &str> = BTreeMap::new();
        for field in schema.get("properties").entries() {
            let (name, line) = (&field.key, field.line);
            if let Some(twin) = names.insert(name.to_snake_case(), name) {
                self.fault(
                    line,
                    format!("`{name}` and `{twin}` are the same name in Rust: keep one of them"),
                );
            }
            if name.to_snake_case() == "extra" {
                self.fault(line, format!("`{name}` is where unlisted fields are kept: the field cannot be named so in Rust"));
            }
            // The example of a nested object is that of its own schema.
            let shown = field.has("example") || field.text("type") == "object";
            if !field.has("$ref") && (!shown || field.text("description").is_empty()) {
                self.fault(line, format!("field `{name}` has no description or no example: say what it means, in which unit, and give a documented value"));
            }
        }
    }

    fn request_object(&mut self, schema: &'a Node) {
        self.object(schema);
        let properties = schema.get("properties");
        for name in schema.get("required").items().iter().filter(|name| !properties.has(name.str()))
        {
            self.fault(name.line, format!("`{}` is required but not a field of `{}`: correct the name, or describe the field", name.str(), schema.key));
        }
        for field in properties.entries() {
            let of = format!("field `{}`", field.key);
            if field.text("type") == "integer" {
                self.integer(field.line, &of, field, true);
            } else if !field.has("$ref") {
                self.fault(field.line, format!("{of} of a request is neither a named string nor an integer: name its schema under components.schemas; a number would be a float, which money never is"));
            // A dangling reference is told where it stands.
            } else if self.role_of(field.reference()).is_some_and(|role| role != Role::Strict) {
                self.fault(field.line, format!("{of} of a request refers to a schema of replies: refer to a validated string, or write an integer"));
            }
        }
    }

    /// The contract's bound is one that the generated type holds: progenitor makes a type without zero of
    /// a minimum of 1, and of any other one without a bound.
    pub fn integer(&mut self, line: u64, of: &str, node: &Node, buys: bool) {
        self.vocabulary(node, "an integer");
        if !node.has("minimum") || node.text("format") != "int32" {
            return self
                .fault(line, format!("{of} has no bounds: write `format: int32` and a `minimum`"));
        }
        let minimum = node.get("minimum").to_value();
        let why = match minimum.as_i64() {
            Some(1) => return,
            Some(0) if !buys => return,
            Some(0) => "would let an order be for nothing",
            Some(2..=0x7fff_ffff) => "has no generated type that holds it",
            Some(..0) => "is negative",
            Some(_) | None => "is no whole number of 32 bits",
        };
        self.fault(line, format!("the minimum `{minimum}` of {of} {why}: write `minimum: 1`"));
    }

    fn reply_object(&mut self, schema: &'a Node) {
        self.object(schema);
        let required = schema.get("required");
        if !required.is_missing() {
            self.fault(required.line, format!("reply `{}` requires fields: remove `required`: a field that is missing must not lose an order", schema.key));
        }
        for field in schema.get("properties").entries() {
            if let Some(why) = self.reply_field(field) {
                self.fault(field.line, format!("field `{}` {why}", field.key));
            }
        }
    }

    /// What is wrong with a field of a reply, and what to do.
    fn reply_field(&mut self, field: &'a Node) -> Option<&'static str> {
        let nullable = field.get("nullable").is(true);
        let role = self.role_of(field.referred());
        if field.has("allOf") {
            self.vocabulary(field, "a field");
            if field.get("allOf").items().len() != 1 {
                return Some("has more than one schema: refer to one");
            }
            // An object says that it may be null beside the reference; a loose value says it itself.
            if (role == Some(Role::Open)) != (field.text("type") == "object" && nullable) {
                return Some(
                    "does not say, or wrongly says, that it may be null: write `type: object` and `nullable: true` beside the reference to an object, and only there",
                );
            }
        }
        if field.has("allOf") || field.has("$ref") {
            let strict = matches!(role, Some(Role::Closed | Role::Strict));
            return strict.then_some("of a reply refers to a schema of requests: an unknown value would fail the whole reply: write `type: string` and `nullable: true`");
        }
        let list = field.text("type") == "array";
        Some(match (field.text("type"), field.has("format")) {
            ("number", _) => "of a reply would be read as a float: refer to Money",
            ("integer", _) => "of a reply may also come as a string: refer to WholeNumber",
            ("boolean", _) => "of a reply may also come as 1 or 0: refer to LenientBool",
            ("string", true) => {
                "of a reply has a format, and fails on any other text: refer to CivilDateTime, or remove the format"
            }
            ("string" | "array", false) => {
                let place = if list { "a list field" } else { "a string field of a reply" };
                self.vocabulary(field, place);
                let items = self.role_of(field.get("items").reference());
                if list && items != Some(Role::Open) {
                    "of a reply is not a list of objects: let `items` refer to an open object"
                } else if nullable {
                    return None;
                } else {
                    // No list and an empty list must not look the same: one of them proves something.
                    "of a reply may be null: write `nullable: true`"
                }
            }
            _ => {
                "of a reply is of a type that is not supported: refer to a named schema, or write a nullable string"
            }
        })
    }

    fn strict_value(&mut self, schema: &Node) {
        self.vocabulary(schema, "a string schema");
        let (name, line, choices) = (&schema.key, schema.line, schema.get("enum"));
        let least = schema.get("minLength");
        if (least.is_missing() || least.is(0)) && choices.is_missing() {
            self.fault(
                line,
                format!(
                    "`{name}` may be empty: write `minLength: 1`, or list its values under `enum`"
                ),
            );
        }
        let mut seen: Vec<String> = Vec::new();
        for choice in choices.items() {
            let in_rust = choice.str().to_pascal_case();
            if in_rust.is_empty() || seen.contains(&in_rust) {
                self.fault(choice.line, format!("a value of `{name}` is no word, or is the same as another in Rust: list each value once, as text"));
            }
            seen.push(in_rust);
        }
        if !choices.is_missing() && choices.items().is_empty() && choices.str().is_empty() {
            self.fault(line, format!("`{name}` has no value: list its values"));
        }
        if !schema.has("example") {
            self.fault(line, format!("`{name}` has no example: give a documented value"));
        }
    }

    fn lenient_value(&mut self, schema: &Node) {
        self.vocabulary(schema, "a schema of loose values");
        let (name, kind) = (&schema.key, schema.text("type"));
        if !kind.is_empty() && (kind != "string" || !schema.get("nullable").is(true)) {
            self.fault(schema.line, format!("`{name}` is typed as `{kind}`, but comes in other forms: remove the type and list the forms under `x-oxhost-forms`, or write a nullable string"));
        }
        let mark = schema.get("x-oxhost-secret");
        if mark.is_missing() == mark.is(true) || mark.is(true) != (name == "Secret") {
            self.fault(schema.line, format!("`{name}` is wrongly marked, or wrongly not marked, as a secret: `x-oxhost-secret: true` belongs to Secret, whose type hides its value"));
        }
    }
}
