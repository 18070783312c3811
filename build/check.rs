//! Every assumption about the contract, checked before anything is generated from it.
//!
//! progenitor reads neither `security` nor `servers`, drops what it does not know and panics on
//! what it does not support. So the vocabulary is closed here: what is not understood stops the build.

use openapiv3::{OpenAPI, PathItem, ReferenceOr, Response, Schema};
use serde::de::DeserializeOwned;

use crate::document::{Fault, Faults, Node};
use crate::outcomes::Outcomes;
use crate::schemas;
use crate::tables::{self, Field};

/// The contract, checked: what generation needs of it.
pub struct Contract {
    pub openapi: OpenAPI,
    pub api_key_header: String,
    pub envelope: Option<String>,
    pub secret_fields: Vec<String>,
    pub outcomes: Outcomes,
    /// The fields of each object of a reply, by the name of its schema.
    pub shapes: Vec<(String, Vec<(String, Field)>)>,
    pub operations: Vec<Operation>,
}

pub struct Operation {
    pub id: String,
    /// Name of the method that progenitor makes of the id.
    pub function: String,
    pub method: String,
    pub path: String,
    pub server: String,
    pub effect: String,
    pub proof: Vec<String>,
    /// The one documented success status.
    pub success: String,
    /// Schema of the success reply.
    pub reply: String,
    /// Schema of the failure reply.
    pub failure: String,
}

impl Contract {
    pub fn read(text: &str) -> Result<Self, Faults> {
        let document = Node::parse(text).map_err(|fault| Faults(vec![fault]))?;
        let mut check = Check { document: &document, faults: Vec::new() };
        check.document_level();
        check.references(&document);
        check.prose(&document);
        let api_key_header = check.security();
        let secret_fields = schemas::check(&mut check);
        let outcomes = check.outcomes();
        let operations = check.operations();
        if !check.faults.is_empty() {
            let mut faults = check.faults;
            faults.sort_by_key(|fault| fault.line);
            return Err(Faults(faults));
        }
        let openapi = serde_json::from_value(document.to_value())
            .map_err(|error| Faults(vec![misshapen(&document, error.to_string())]))?;
        let envelope = document.text("x-oxhost-envelope").map(str::to_owned);
        let shapes = tables::shapes(&document);
        Ok(Self { openapi, api_key_header, envelope, secret_fields, outcomes, shapes, operations })
    }
}

/// Finds the smallest part of a document that is no OpenAPI: the whole names no line.
fn misshapen(document: &Node, error: String) -> Fault {
    fn broken<T: DeserializeOwned>(node: Option<&Node>) -> Option<(u64, String)> {
        node?.entries().iter().find_map(|entry| {
            let error = serde_json::from_value::<T>(entry.value.to_value()).err()?;
            Some((entry.line, format!("`{}`: {error}", entry.key)))
        })
    }
    let schemas = document.at(&["components", "schemas"]);
    let properties =
        schemas.map_or(&[][..], Node::entries).iter().map(|schema| schema.value.get("properties"));
    let found = properties
        .into_iter()
        .find_map(broken::<ReferenceOr<Schema>>)
        .or_else(|| broken::<ReferenceOr<Schema>>(schemas))
        .or_else(|| broken::<ReferenceOr<PathItem>>(document.get("paths")))
        .or_else(|| broken::<ReferenceOr<Response>>(document.at(&["components", "responses"])));
    let (line, what) = found.unwrap_or((1, error));
    Fault {
        line,
        what: format!("this is not OpenAPI 3.0: {what}"),
        remedy: "compare it with https://spec.openapis.org/oas/v3.0.3".to_owned(),
    }
}

/// The one extension of others that the contract uses; any other may be one of ours, misspelt.
const FOREIGN: &str = "x-codeSamples";

pub struct Check<'a> {
    pub document: &'a Node,
    faults: Vec<Fault>,
}

impl<'a> Check<'a> {
    pub fn fault(&mut self, line: u64, what: impl Into<String>, remedy: impl Into<String>) {
        self.faults.push(Fault { line, what: what.into(), remedy: remedy.into() });
    }

    /// Holds the keys of `node` against what is understood there.
    pub fn vocabulary(&mut self, node: &Node, place: &str, known: &[&str]) {
        for entry in node.entries() {
            if entry.key != FOREIGN && !known.contains(&entry.key.as_str()) {
                self.fault(
                    entry.line,
                    format!("`{}` is not understood in {place}", entry.key),
                    format!("correct it, or remove it; understood are {}", known.join(", ")),
                );
            }
        }
    }

    pub fn schema(&self, name: &str) -> Option<&'a Node> {
        self.document.at(&["components", "schemas", name])
    }

    fn document_level(&mut self) {
        let document = self.document;
        self.vocabulary(
            document,
            "the document",
            &[
                "openapi",
                "info",
                "x-oxhost-envelope",
                "x-oxhost-refusals",
                "x-oxhost-failed-order",
                "security",
                "servers",
                "tags",
                "paths",
                "components",
            ],
        );
        let version = document.text("openapi").unwrap_or_default();
        if !version.starts_with("3.0.") {
            let line = document.entry("openapi").map_or(1, |entry| entry.line);
            self.fault(
                line,
                format!("OpenAPI version `{version}` is not supported"),
                "write 3.0.3",
            );
        }
        if let Some(info) = document.get("info") {
            self.vocabulary(
                info,
                "info",
                &["title", "version", "description", "contact", "license", "termsOfService"],
            );
        }
        for key in ["title", "version"] {
            if document.at(&["info", key]).and_then(Node::str).is_none() {
                let line = document.entry("info").map_or(1, |entry| entry.line);
                self.fault(
                    line,
                    format!("`info.{key}` is missing"),
                    format!("add a {key}, as a string"),
                );
            }
        }
        // progenitor sends the version as a header, and panics on one that cannot be.
        let version = document.at(&["info", "version"]).and_then(Node::str).unwrap_or_default();
        if !version.bytes().all(|byte| byte.is_ascii_graphic()) {
            let line = document.at(&["info", "version"]).map_or(1, |node| node.line);
            self.fault(line, "`info.version` has a space or is not ASCII", "write it like 1.2.3");
        }
        self.envelope();
        if let Some(components) = document.get("components") {
            self.vocabulary(components, "components", &["securitySchemes", "responses", "schemas"]);
        }
    }

    /// Every reference is local, resolves, and stands alone: OpenAPI 3.0 ignores its siblings.
    fn references(&mut self, node: &'a Node) {
        for entry in node.entries() {
            if entry.key == "example" {
                continue;
            }
            if entry.key == "$ref" {
                let target = entry.value.str().unwrap_or_default();
                let path: Option<Vec<&str>> =
                    target.strip_prefix("#/").map(|path| path.split('/').collect());
                if path.is_none_or(|path| self.document.at(&path).is_none()) {
                    self.fault(
                        entry.line,
                        format!("`{target}` refers to nothing in this document"),
                        "correct the name, or add what it names",
                    );
                }
                if node.entries().len() > 1 {
                    self.fault(
                        entry.line,
                        "`$ref` has siblings, which OpenAPI 3.0 ignores",
                        "write `allOf: [{$ref: …}]` beside them",
                    );
                }
            }
            self.references(&entry.value);
        }
        for item in node.items() {
            self.references(item);
        }
    }

    fn security(&mut self) -> String {
        let schemes = self.document.at(&["components", "securitySchemes"]);
        let line = self.document.entry("components").map_or(1, |entry| entry.line);
        let Some([scheme]) = schemes.map(Node::entries) else {
            self.fault(
                line,
                "there is not exactly one security scheme",
                "describe the API key under components.securitySchemes",
            );
            return String::new();
        };
        self.vocabulary(&scheme.value, "a security scheme", &["type", "in", "name", "description"]);
        let header = scheme.value.text("name").unwrap_or_default();
        if scheme.value.text("type") != Some("apiKey") || scheme.value.text("in") != Some("header")
        {
            self.fault(
                scheme.line,
                format!("security scheme `{}` is not a key in a header", scheme.key),
                "write `type: apiKey` and `in: header`",
            );
        }
        let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        let ours = [
            "accept",
            "accept-encoding",
            // progenitor's, which the transport takes away.
            "api-version",
            "connection",
            "content-encoding",
            "content-length",
            "content-type",
            "expect",
            "host",
            "keep-alive",
            "proxy-authorization",
            "proxy-connection",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
            "user-agent",
        ];
        if header.is_empty()
            || !header.bytes().all(token)
            || ours.contains(&header.to_lowercase().as_str())
        {
            self.fault(
                scheme.line,
                format!("`{header}` cannot be the key's header"),
                "name a header of its own (RFC 9110, 5.1)",
            );
        }
        match self.document.entry("security") {
            None => self.fault(
                1,
                "the calls are not secured",
                format!("add `security: [{{{}: []}}]` to the document", scheme.key),
            ),
            Some(entry) => match entry.value.items() {
                [only] if only.entries().len() == 1 && only.get(&scheme.key).is_some() => {}
                _ => self.fault(
                    entry.line,
                    "`security` does not name exactly the one scheme there is",
                    format!("write `security: [{{{}: []}}]`", scheme.key),
                ),
            },
        }
        header.to_lowercase()
    }
}
