//! The rules for operations: one host, one effect, one reply type, and a closed request.

use std::collections::BTreeMap;

use heck::ToSnakeCase;

use crate::addresses::folded;
use crate::check::{Check, Operation};
use crate::document::Node;

/// Methods that progenitor's client has anyway.
const RESERVED: [&str; 9] =
    ["api_version", "baseurl", "client", "exec", "inner", "new", "new_with_client", "post", "pre"];

impl<'a> Check<'a> {
    pub fn operations(&mut self) -> Vec<Operation> {
        self.shared_responses();
        let mut operations = Vec::new();
        let mut lines: BTreeMap<String, u64> = BTreeMap::new();
        let mut places: BTreeMap<(String, String), u64> = BTreeMap::new();
        for path in self.document.get("paths").map_or(&[][..], Node::entries) {
            self.path(path);
            self.vocabulary(&path.value, "a path", &["get", "post", "servers"]);
            for method in path
                .value
                .entries()
                .iter()
                .filter(|entry| entry.key == "get" || entry.key == "post")
            {
                let Some(operation) = self.operation(
                    path.key.as_str(),
                    &path.value,
                    method.line,
                    &method.key,
                    &method.value,
                ) else {
                    continue;
                };
                if let Some(first) = lines.insert(operation.function.clone(), method.line) {
                    self.fault(method.line, format!("operationId `{}` stands already on line {first}, or reads the same in Rust", operation.id), "give each operation its own name");
                }
                let place = (operation.server.clone(), folded(&path.key));
                let first = *places.entry(place).or_insert(path.line);
                if first != path.line {
                    self.fault(path.line, format!("path `{}` differs from that on line {first} in letters' case, a last slash or a parameter's name alone", path.key), "write both operations under one path, or correct one");
                }
                operations.push(operation);
            }
        }
        if operations.is_empty() {
            self.fault(1, "there is no operation", "describe one under `paths`");
        }
        operations
    }

    fn operation(
        &mut self,
        path: &str,
        item: &'a Node,
        line: u64,
        method: &str,
        node: &'a Node,
    ) -> Option<Operation> {
        self.vocabulary(
            node,
            "an operation",
            &[
                "operationId",
                "tags",
                "summary",
                "description",
                "servers",
                "x-oxhost-effect",
                "x-oxhost-proof",
                "parameters",
                "requestBody",
                "responses",
            ],
        );
        let Some(id) = node.text("operationId") else {
            self.fault(
                line,
                format!("{} {path} has no operationId", method.to_uppercase()),
                "name it in camelCase; the name becomes a Rust method",
            );
            return None;
        };
        let function = id.to_snake_case();
        if RESERVED.contains(&function.as_str()) {
            self.fault(
                line,
                format!("operationId `{id}` is a method that the client has"),
                "name it otherwise",
            );
        }
        if !id.starts_with(|first: char| first.is_ascii_lowercase())
            || !id.chars().all(|letter| letter.is_ascii_alphanumeric())
            || syn::parse_str::<syn::Ident>(&function).is_err()
        {
            self.fault(
                line,
                format!("operationId `{id}` does not make a Rust name"),
                "use camelCase letters and digits",
            );
        }
        let declared = self.document.get("tags").map_or(&[][..], Node::items);
        for tag in node.get("tags").map_or(&[][..], Node::items) {
            if !declared.iter().any(|known| known.text("name") == tag.str()) {
                self.fault(
                    tag.line,
                    format!("tag `{}` is not declared", tag.str().unwrap_or_default()),
                    "declare it under `tags`, with a description",
                );
            }
        }
        let effect = self.effect(line, method, node);
        let server = self.server(item, line, &effect, node);
        self.parameters(path, line, &effect, node);
        self.request(line, method, node);
        let (success, reply, failure) = self.responses(line, node)?;
        let proof = self.proof(line, &effect, node, &reply);
        Some(Operation {
            id: id.to_owned(),
            function,
            method: method.to_uppercase(),
            path: path.to_owned(),
            server,
            effect,
            proof,
            success,
            reply,
            failure,
        })
    }

    /// What failures refer to: JSON, of an open object, and no reference to yet another.
    fn shared_responses(&mut self) {
        let responses = self.document.at(&["components", "responses"]);
        for response in responses.map_or(&[][..], Node::entries) {
            self.vocabulary(&response.value, "a shared response", &["description", "content"]);
            self.open_reply(response.line, &response.value);
        }
    }

    /// The name of the schema of a reply, which fails on no field that is not listed.
    fn open_reply(&mut self, line: u64, response: &'a Node) -> Option<String> {
        let name = self.media_type(line, response)?;
        // A dangling reference is told where it stands.
        if let Some(schema) = self.schema(&name)
            && !schema.get("additionalProperties").is_some_and(Node::is_map)
        {
            self.fault(
                line,
                format!("`{name}` is not an open object"),
                "write `type: object` and `additionalProperties: {}`: an answer may say anything",
            );
        }
        Some(name)
    }

    fn effect(&mut self, line: u64, method: &str, node: &Node) -> String {
        let effect = node.text("x-oxhost-effect").unwrap_or_default();
        match (effect, method) {
            ("charge", "post") | ("read", "get") => {}
            ("charge" | "read", _) => self.fault(
                line,
                format!("a {} cannot have the effect `{effect}`", method.to_uppercase()),
                "a charge is a POST, a read is a GET",
            ),
            _ => self.fault(
                line,
                format!("the effect `{effect}` is not known"),
                "write `x-oxhost-effect: charge` or `read`: only reads may be repeated",
            ),
        }
        effect.to_owned()
    }

    fn request(&mut self, line: u64, method: &str, node: &'a Node) {
        let Some(body) = node.entry("requestBody") else {
            if method == "post" {
                self.fault(line, "the POST has no requestBody", "describe what it sends");
            }
            return;
        };
        if method == "get" {
            self.fault(
                body.line,
                "a GET sends no body",
                "remove the requestBody, or make it a parameter",
            );
        }
        self.vocabulary(&body.value, "a requestBody", &["required", "content", "description"]);
        if !body.value.get("required").is_some_and(|required| required.is(&true.into())) {
            self.fault(body.line, "the requestBody is not required", "write `required: true`");
        }
        let Some(name) = self.media_type(body.line, &body.value) else { return };
        let closed = self
            .schema(&name)
            .and_then(|schema| schema.get("additionalProperties"))
            .is_some_and(|it| it.is(&false.into()));
        if !closed {
            self.fault(body.line, format!("request `{name}` is not a closed object"), "write `type: object` and `additionalProperties: false`: a stray field can be another purchase");
        }
    }

    fn responses(&mut self, line: u64, node: &'a Node) -> Option<(String, String, String)> {
        let mut success = None;
        let mut failures: Vec<&str> = Vec::new();
        for response in node.get("responses").map_or(&[][..], Node::entries) {
            let range = ["4XX", "5XX"].contains(&response.key.as_str());
            match response.key.parse::<u16>() {
                Ok(200..=299) if success.is_some() => self.fault(
                    response.line,
                    "there is a second success response",
                    "keep one: a client cannot hold two types in one reply",
                ),
                Ok(203..=299) => self.fault(
                    response.line,
                    format!("a success with status {} has no JSON of its own", response.key),
                    "describe 200, 201 or 202",
                ),
                Ok(200..=202) => {
                    self.vocabulary(&response.value, "a response", &["description", "content"]);
                    let name = self.open_reply(response.line, &response.value);
                    success = Some((response.key.clone(), name.unwrap_or_default()));
                }
                Ok(400..=599) | Err(_) if range || response.key.parse::<u16>().is_ok() => {
                    failures.push(response.value.text("$ref").unwrap_or_default());
                }
                _ => self.fault(
                    response.line,
                    format!("response `{}` is not supported", response.key),
                    "name one 2xx status, and 4XX and 5XX; `default` would stand for success too",
                ),
            }
        }
        let shared = |name: &&str| name.starts_with("#/components/responses/");
        let same = failures
            .first()
            .filter(|first| shared(first))
            .is_some_and(|first| failures.iter().all(|it| it == first));
        if !same {
            self.fault(
                line,
                "the failures are not one shared response",
                "refer to the same components.responses entry from 4XX and 5XX",
            );
        }
        if success.is_none() {
            self.fault(
                line,
                "there is no success response",
                "describe the one 2xx status, as JSON",
            );
        }
        let (success, reply) = success?;
        let failure = failures.first()?.strip_prefix("#/components/responses/")?;
        let failure = self.document.at(&["components", "responses", failure])?;
        let schema = failure.at(&["content", "application/json", "schema"])?.text("$ref")?;
        let failure = schema.strip_prefix("#/components/schemas/")?.to_owned();
        Some((success, reply, failure))
    }

    /// The name of the schema of a JSON body.
    fn media_type(&mut self, line: u64, node: &'a Node) -> Option<String> {
        let Some([json]) = node.get("content").map(Node::entries) else {
            self.fault(
                line,
                "there is not exactly one media type",
                "describe application/json alone",
            );
            return None;
        };
        if json.key != "application/json" {
            self.fault(
                json.line,
                format!("media type `{}` is not supported", json.key),
                "describe application/json",
            );
        }
        self.vocabulary(&json.value, "a media type", &["schema", "example"]);
        if json.value.get("example").is_none() {
            self.fault(
                json.line,
                "there is no example",
                "give the documented one: it is tested and published",
            );
        }
        let name = json
            .value
            .at(&["schema", "$ref"])
            .and_then(Node::str)
            .and_then(|it| it.strip_prefix("#/components/schemas/"));
        if name.is_none() {
            self.fault(
                json.line,
                "the body's schema has no name",
                "put it under components.schemas and refer to it",
            );
        }
        name.map(str::to_owned)
    }
}
