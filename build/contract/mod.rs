//! Every assumption about the contract, checked before anything is generated from it.
//!
//! progenitor reads neither `security` nor `servers`, drops what it does not know and panics on
//! what it does not support. So the vocabulary is closed here: what is not understood stops the build.

mod addresses;
mod answers;
mod node;
mod operations;
mod prose;
mod schemas;

use openapiv3::{OpenAPI, PathItem, ReferenceOr, Response, Schema};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

pub use answers::forms;
use node::Fault;
pub use node::Node;
pub use operations::{Operation, operations};
use prose::{LANGUAGES, compiled};
pub use schemas::{Role, fields, role, secret_fields};

/// The contract, checked.
pub struct Contract {
    pub document: Node,
    pub openapi: OpenAPI,
}

/// Reads the contract, and tells all of its faults at once.
pub fn read(text: &str) -> Result<Contract, String> {
    let document = Node::parse(text).map_err(|fault| fault.to_string())?;
    let mut check = Check { document: &document, faults: Vec::new() };
    check.document_level();
    check.security();
    check.everywhere(&document, true);
    check.schemas();
    check.envelope();
    check.outcomes();
    check.operations();
    let mut faults = check.faults;
    if faults.is_empty() {
        match serde_json::from_value(described(&document)) {
            Ok(openapi) => return Ok(Contract { document, openapi }),
            Err(error) => faults.push(misshapen(&document, error.to_string())),
        }
    }
    faults.sort_by_key(|fault| fault.line);
    Err(faults.iter().map(|fault| format!("{fault}\n")).collect())
}

/// The contract for progenitor, with a description at each field that only refers to a schema: that of the
/// schema.
fn described(document: &Node) -> Value {
    let mut contract = document.to_value();
    let schemas = contract.pointer_mut("/components/schemas").and_then(Value::as_object_mut);
    let fields =
        schemas.into_iter().flatten().filter_map(|(_, schema)| schema.get_mut("properties"));
    for (_, field) in fields.filter_map(Value::as_object_mut).flatten() {
        let target = field.get("$ref").and_then(Value::as_str);
        if let Some(name) = target.and_then(|it| it.strip_prefix("#/components/schemas/")) {
            let words = document.at(&["components", "schemas", name]).text("description");
            *field = json!({"allOf": [&*field], "description": words});
        }
    }
    contract
}

/// Finds the smallest part of a document that is no OpenAPI: the whole names no line.
fn misshapen(document: &Node, error: String) -> Fault {
    fn broken<T: DeserializeOwned>(node: &Node) -> Option<(u64, String)> {
        node.entries().iter().find_map(|entry| {
            let error = serde_json::from_value::<T>(entry.to_value()).err()?;
            Some((entry.line, format!("`{}`: {error}", entry.key)))
        })
    }
    let components = document.get("components");
    let schemas = components.get("schemas");
    let properties = schemas.entries().iter().map(|schema| schema.get("properties"));
    let found = properties
        .into_iter()
        .find_map(broken::<ReferenceOr<Schema>>)
        .or_else(|| broken::<ReferenceOr<Schema>>(schemas))
        .or_else(|| broken::<ReferenceOr<PathItem>>(document.get("paths")))
        .or_else(|| broken::<ReferenceOr<Response>>(components.get("responses")));
    let (line, what) = found.unwrap_or((1, error));
    let remedy = "compare it with https://spec.openapis.org/oas/v3.0.3";
    Fault { line, words: format!("this is not OpenAPI 3.0: {what}: {remedy}") }
}

/// What is understood, by its place.
const UNDERSTOOD: [(&str, &str); 23] = [
    (
        "the document",
        "openapi info x-oxhost-envelope x-oxhost-refusals x-oxhost-failed-order security servers tags paths components",
    ),
    ("info", "title version description contact license termsOfService"),
    ("components", "securitySchemes responses schemas"),
    ("a security scheme", "type in name description"),
    ("x-oxhost-refusals", "json other"),
    ("x-oxhost-failed-order", "field values"),
    ("a path", "get post servers"),
    (
        "an operation",
        "operationId tags summary description servers x-oxhost-effect x-oxhost-proof parameters requestBody responses",
    ),
    ("a server", "url description"),
    ("a parameter", "name in required description schema example"),
    ("a text parameter", "type minLength"),
    ("a requestBody", "required content description"),
    ("a response", "description content"),
    ("a shared response", "description content"),
    ("a media type", "schema example examples"),
    ("an example", "summary value"),
    ("an object schema", "type description additionalProperties required properties"),
    ("a string schema", "type minLength enum description example"),
    (
        "a schema of loose values",
        "type nullable x-oxhost-forms x-oxhost-true x-oxhost-false description example x-oxhost-secret",
    ),
    ("a field", "type nullable allOf description example"),
    ("a string field of a reply", "type nullable description example"),
    ("a list field", "type nullable items description example"),
    ("an integer", "type format minimum description example"),
];

/// Headers that are not the key's to take: ours, HTTP's, and progenitor's own, which the transport removes.
const TAKEN_HEADERS: &str = "accept accept-encoding api-version connection content-encoding \
    content-length content-type expect host keep-alive proxy-authorization proxy-connection te trailer \
    transfer-encoding upgrade user-agent";

pub struct Check<'a> {
    document: &'a Node,
    faults: Vec<Fault>,
}

impl<'a> Check<'a> {
    /// Says what is wrong, and what to do.
    fn fault(&mut self, line: u64, words: impl Into<String>) {
        self.faults.push(Fault { line, words: words.into() });
    }

    /// Holds the keys of `node` against what is understood there.
    fn vocabulary(&mut self, node: &Node, place: &str) {
        let known = UNDERSTOOD.iter().find(|(name, _)| *name == place).map_or("", |(_, keys)| keys);
        let known: Vec<&str> = known.split(' ').collect();
        for entry in node.entries() {
            if !known.contains(&entry.key.as_str()) {
                self.fault(entry.line, format!("`{}` is not understood in {place}: correct it, or remove it; understood are {}", entry.key, known.join(", ")));
            }
        }
    }

    fn document_level(&mut self) {
        let document = self.document;
        let [openapi, info] = ["openapi", "info"].map(|key| document.get(key));
        for (node, place) in
            [(document, "the document"), (info, "info"), (document.get("components"), "components")]
        {
            self.vocabulary(node, place);
        }
        if !openapi.str().starts_with("3.0.") {
            self.fault(
                openapi.line,
                format!("OpenAPI version `{}` is not supported: write 3.0.3", openapi.str()),
            );
        }
        for key in ["title", "version"] {
            if info.text(key).is_empty() {
                self.fault(info.line, format!("`info.{key}` is missing: add a {key}, as a string"));
            }
        }
        // progenitor sends the version as a header, and panics on one that cannot be.
        let version = info.get("version");
        if !version.str().bytes().all(|byte| byte.is_ascii_graphic()) {
            self.fault(
                version.line,
                "`info.version` has a space or is not ASCII: write it like 1.2.3",
            );
        }
    }

    /// What holds wherever it stands. References are local, resolve, and stand alone: OpenAPI 3.0 ignores
    /// their siblings.
    fn everywhere(&mut self, node: &'a Node, described: bool) {
        for entry in
            node.entries().iter().filter(|entry| !["example", "examples"].contains(&&*entry.key))
        {
            let (line, target) = (entry.line, entry.str());
            if entry.key == "$ref" {
                let path =
                    target.strip_prefix("#/").map(|path| path.split('/').collect::<Vec<_>>());
                if path.is_none_or(|path| self.document.at(&path).is_missing()) {
                    self.fault(line, format!("`{target}` refers to nothing in this document: correct the name, or add what it names"));
                }
                if node.entries().len() > 1 {
                    self.fault(line, "`$ref` has siblings, which OpenAPI 3.0 ignores: write `allOf: [{$ref: …}]` beside them");
                }
            }
            let described = described && !entry.key.starts_with("x-");
            if described
                && ["description", "summary"].contains(&&*entry.key)
                && let Some(why) = compiled(target)
            {
                let languages = LANGUAGES.join(", ");
                self.fault(line, format!("the {} {why}: set code between ``` fences, and begin with a language: {languages}", entry.key));
            }
            self.everywhere(entry, described);
        }
        node.items().iter().for_each(|item| self.everywhere(item, described));
    }

    fn security(&mut self) {
        let components = self.document.get("components");
        let [scheme] = components.get("securitySchemes").entries() else {
            return self.fault(components.line, "there is not exactly one security scheme: describe the API key under components.securitySchemes");
        };
        self.vocabulary(scheme, "a security scheme");
        if scheme.text("type") != "apiKey" || scheme.text("in") != "header" {
            self.fault(scheme.line, format!("security scheme `{}` is not a key in a header: write `type: apiKey` and `in: header`", scheme.key));
        }
        let header = scheme.text("name");
        let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        let taken =
            TAKEN_HEADERS.split_whitespace().any(|taken| taken.eq_ignore_ascii_case(header));
        if header.is_empty() || !header.bytes().all(token) || taken {
            self.fault(scheme.line, format!("`{header}` cannot be the key's header: name a header of its own (RFC 9110, 5.1)"));
        }
        if scheme.key != header {
            self.fault(scheme.line, format!("security scheme `{}` is not named as its header: name it `{header}`, for generated clients take the key by the one name or the other", scheme.key));
        }
        let security = self.document.get("security");
        if security.is_missing() {
            self.fault(
                1,
                format!(
                    "the calls are not secured: add `security: [{{{}: []}}]` to the document",
                    scheme.key
                ),
            );
        } else if !matches!(security.items(), [only] if only.entries().len() == 1 && only.has(&scheme.key))
        {
            self.fault(security.line, format!("`security` does not name exactly the one scheme there is: write `security: [{{{}: []}}]`", scheme.key));
        }
    }
}
