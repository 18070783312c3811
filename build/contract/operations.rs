//! The rules for operations: one host, one effect, one reply type, a closed request, validated parameters.

use std::collections::BTreeMap;

use heck::ToSnakeCase;

use super::Check;
use super::addresses::{folded, misread, not_plain};
use super::node::Node;
use super::schemas::Role;

/// Methods that progenitor's client has anyway.
const RESERVED: [&str; 9] =
    ["api_version", "baseurl", "client", "exec", "inner", "new", "new_with_client", "post", "pre"];

/// An operation, and the path under which it stands.
pub struct Operation<'a> {
    pub path: &'a Node,
    /// Under the name of its method.
    pub node: &'a Node,
}

/// Every operation, in the contract's order.
pub fn operations(document: &Node) -> impl Iterator<Item = Operation<'_>> {
    document.get("paths").entries().iter().flat_map(|path| {
        let methods = path.entries().iter().filter(|entry| ["get", "post"].contains(&&*entry.key));
        methods.map(move |node| Operation { path, node })
    })
}

impl<'a> Operation<'a> {
    pub fn id(&self) -> &'a str {
        self.node.text("operationId")
    }

    /// Name of the method that progenitor makes of the id.
    pub fn function(&self) -> String {
        self.id().to_snake_case()
    }

    pub fn method(&self) -> String {
        self.node.key.to_uppercase()
    }

    pub fn effect(&self) -> &'a str {
        self.node.text("x-oxhost-effect")
    }

    /// The nearest list of servers.
    pub fn servers(&self, document: &'a Node) -> &'a Node {
        let places = [self.node, self.path, document].into_iter();
        places
            .map(|it| it.get("servers"))
            .find(|it| !it.is_missing())
            .unwrap_or(self.node.get("servers"))
    }

    /// The one documented success, under its status.
    pub fn success(&self) -> &'a Node {
        let responses = self.node.get("responses");
        let is_success = |it: &&Node| matches!(it.key.parse::<u16>(), Ok(200..=202));
        responses.entries().iter().find(is_success).unwrap_or(responses.get(""))
    }

    /// Schema of the success reply.
    pub fn reply(&self) -> &'a str {
        body(self.success())
    }

    /// The one shared response of failures.
    fn failures(&self) -> impl Iterator<Item = &'a str> {
        let failures = self.node.get("responses").entries().iter().filter(|response| {
            let status = response.key.parse::<u16>();
            ["4XX", "5XX"].contains(&&*response.key)
                || status.is_ok_and(|it| (400..600).contains(&it))
        });
        failures.map(|response| response.text("$ref"))
    }

    /// Schema of the failure reply.
    pub fn failure(&self, document: &'a Node) -> &'a str {
        let name = self.failures().next().and_then(|it| it.strip_prefix("#/components/responses/"));
        body(document.at(&["components", "responses", name.unwrap_or_default()]))
    }
}

/// The schema of a JSON body.
fn body(node: &Node) -> &str {
    let content = node.get("content").entries().first();
    content.map_or("", |json| json.get("schema").reference())
}

impl<'a> Check<'a> {
    pub fn operations(&mut self) {
        for response in self.document.at(&["components", "responses"]).entries() {
            self.vocabulary(response, "a shared response");
            self.open_reply(response);
        }
        for path in self.document.get("paths").entries() {
            self.vocabulary(path, "a path");
            if !path.key.starts_with('/') {
                self.fault(
                    path.line,
                    format!(
                        "path `{}` does not begin with `/`: write it from the root of the host",
                        path.key
                    ),
                );
            } else if let Some(why) = misread(&path.key) {
                self.fault(path.line, format!("path `{}` {why}: write it as it is asked for: segments of letters, digits and -._~!$&'()*+,;=:@, or `{{name}}`", path.key));
            }
        }
        let mut lines: BTreeMap<String, u64> = BTreeMap::new();
        let mut places: BTreeMap<(&str, String), &Node> = BTreeMap::new();
        for operation in operations(self.document) {
            self.operation(&operation);
            let (path, line) = (operation.path, operation.node.line);
            if let Some(first) = lines.insert(operation.function(), line) {
                self.fault(line, format!("operationId `{}` stands already on line {first}, or reads the same in Rust: give each operation its own name", operation.id()));
            }
            let server = operation.servers(self.document).items().first();
            let place = (server.map_or("", |server| server.text("url")), folded(&path.key));
            let first = places.entry(place).or_insert(path).line;
            if first != path.line {
                self.fault(path.line, format!("path `{}` differs from that on line {first} in letters' case, a last slash or a parameter's name alone: write both operations under one path, or correct one", path.key));
            }
        }
        if lines.is_empty() {
            self.fault(1, "there is no operation: describe one under `paths`");
        }
    }

    fn operation(&mut self, operation: &Operation<'a>) {
        let Operation { path, node } = operation;
        let (line, effect) = (node.line, operation.effect());
        self.vocabulary(node, "an operation");
        let (id, method, function) = (operation.id(), operation.method(), operation.function());
        if id.is_empty() {
            self.fault(line, format!("{method} {} has no operationId: name it in camelCase; the name becomes a Rust method", path.key));
        } else if RESERVED.contains(&&*function) {
            self.fault(
                line,
                format!("operationId `{id}` is a method that the client has: name it otherwise"),
            );
        } else if !id.starts_with(|first: char| first.is_ascii_lowercase())
            || !id.chars().all(|letter| letter.is_ascii_alphanumeric())
            || syn::parse_str::<syn::Ident>(&function).is_err()
        {
            self.fault(
                line,
                format!(
                    "operationId `{id}` does not make a Rust name: use camelCase letters and digits"
                ),
            );
        }
        if node.text("description").is_empty() {
            self.fault(line, format!("{method} {} has no description: say what it does", path.key));
        }
        for tag in node.get("tags").items() {
            let mut declared = self.document.get("tags").items().iter();
            if !declared.any(|known| known.text("name") == tag.str()) {
                self.fault(
                    tag.line,
                    format!(
                        "tag `{}` is not declared: declare it under `tags`, with a description",
                        tag.str()
                    ),
                );
            }
        }
        match (effect, &*node.key) {
            ("charge", "post") | ("read", "get") => {}
            ("charge" | "read", _) => self.fault(line, format!("a {method} cannot have the effect `{effect}`: a charge is a POST, a read is a GET")),
            _ => self.fault(line, format!("the effect `{effect}` is not known: write `x-oxhost-effect: charge` or `read`: only reads may be repeated")),
        }
        self.server(operation);
        self.parameters(operation);
        self.request(node);
        self.responses(operation);
        // Without a reply there is nothing to hold it against.
        if !operation.reply().is_empty() {
            self.proof(operation);
        }
    }

    /// Which host a charge goes to is never left to a default.
    fn server(&mut self, operation: &Operation<'a>) {
        let node = operation.node;
        if operation.effect() == "charge" && !node.has("servers") {
            return self.fault(node.line, "the charge has no server of its own: name its one host under `servers` of the operation: no default may choose where money goes");
        }
        let servers = operation.servers(self.document);
        let [server] = servers.items() else {
            return self.fault(
                if servers.is_missing() { node.line } else { servers.value_line },
                "the operation has not exactly one server: name its one host under `servers`",
            );
        };
        self.vocabulary(server, "a server");
        if let Some(why) = not_plain(server.text("url")) {
            self.fault(server.line, format!("server `{}` is not a plain https:// URL: it {why}: write `https://host`, in small letters, without a trailing slash, default port, variables or credentials", server.text("url")));
        }
    }

    fn parameters(&mut self, operation: &Operation<'a>) {
        let (path, charges) = (&operation.path.key, operation.effect() == "charge");
        let parameters = operation.node.get("parameters").items();
        for parameter in parameters {
            self.vocabulary(parameter, "a parameter");
            let (line, name, place) =
                (parameter.line, parameter.text("name"), parameter.text("in"));
            if !["query", "path"].contains(&place) {
                self.fault(line, "only parameters in the path or the query are supported: write `in: query` or `in: path`");
            }
            if parameter.text("description").is_empty() || !parameter.has("schema") {
                self.fault(line, "the parameter has no description or no schema: say what it means, and its type");
            }
            if parameter.has("schema") {
                self.parameter_value(name, parameter.get("schema"), charges);
            }
            if place == "path" && !path.contains(&format!("{{{name}}}")) {
                self.fault(line, format!("parameter `{name}` is not in the path: write `{{{name}}}` there, or `in: query`"));
            }
            if place == "path" && charges {
                self.fault(line, format!("`{name}` would be in the path of a charge: name it in the request: with `..` in its place, the order would go elsewhere"));
            }
        }
        for name in path.split('{').skip(1).filter_map(|rest| rest.split('}').next()) {
            let declares = |it: &Node| it.text("name") == name && it.text("in") == "path";
            if !parameters.iter().any(declares) {
                self.fault(operation.node.line, format!("`{{{name}}}` in the path is not declared: declare it as a parameter `in: path`"));
            }
        }
    }

    /// A parameter is a validated value, as the fields of a request are.
    fn parameter_value(&mut self, name: &str, schema: &'a Node, buys: bool) {
        let line = schema.value_line;
        if schema.has("$ref") {
            if self.role_of(schema.reference()).is_some_and(|role| role != Role::Strict) {
                self.fault(line, format!("parameter `{name}` refers to a schema of replies or of an object: refer to a validated string"));
            }
            return;
        }
        match schema.text("type") {
            "integer" => self.integer(line, &format!("parameter `{name}`"), schema, buys),
            "string" => self.vocabulary(schema, "a text parameter"),
            _ => self.fault(line, format!("parameter `{name}` is neither a string nor an integer: refer to a validated string, or write an integer")),
        }
    }

    fn request(&mut self, operation: &'a Node) {
        let body = operation.get("requestBody");
        if body.is_missing() {
            if operation.key == "post" {
                self.fault(operation.line, "the POST has no requestBody: describe what it sends");
            }
            return;
        }
        if operation.key == "get" {
            self.fault(
                body.line,
                "a GET sends no body: remove the requestBody, or make it a parameter",
            );
        }
        self.vocabulary(body, "a requestBody");
        if !body.get("required").is(true) {
            self.fault(body.line, "the requestBody is not required: write `required: true`");
        }
        let Some(name) = self.media_type(body) else { return };
        if !self.schema(name).get("additionalProperties").is(false) {
            self.fault(body.line, format!("request `{name}` is not a closed object: write `type: object` and `additionalProperties: false`: a stray field can be another purchase"));
        }
    }

    fn responses(&mut self, operation: &Operation<'a>) {
        let success = operation.success();
        for response in operation.node.get("responses").entries() {
            let (line, range) = (response.line, ["4XX", "5XX"].contains(&&*response.key));
            match response.key.parse::<u16>() {
                Ok(200..=299) if !success.is_missing() && success.line < line => self.fault(line, "there is a second success response: keep one: a client cannot hold two types in one reply"),
                Ok(203..=299) => self.fault(line, format!("a success with status {} has no JSON of its own: describe 200, 201 or 202", response.key)),
                Ok(200..=202) => {
                    self.vocabulary(response, "a response");
                    self.open_reply(response);
                }
                Ok(400..=599) => {}
                Err(_) if range => {}
                _ => self.fault(line, format!("response `{}` is not supported: name one 2xx status, and 4XX and 5XX; `default` would stand for success too", response.key)),
            }
        }
        let failures: Vec<&str> = operation.failures().collect();
        let shared = failures.first().filter(|it| it.starts_with("#/components/responses/"));
        if !shared.is_some_and(|first| failures.iter().all(|it| it == first)) {
            self.fault(operation.node.line, "the failures are not one shared response: refer to the same components.responses entry from 4XX and 5XX");
        }
        if success.is_missing() {
            self.fault(
                operation.node.line,
                "there is no success response: describe the one 2xx status, as JSON",
            );
        }
    }

    /// A reply is JSON of an object that fails on no field that is not listed.
    fn open_reply(&mut self, response: &'a Node) {
        // A dangling reference is told where it stands.
        let Some(name) = self.media_type(response) else { return };
        let schema = self.schema(name);
        if !schema.is_missing() && !schema.get("additionalProperties").is_map() {
            self.fault(response.line, format!("`{name}` is not an open object: write `type: object` and `additionalProperties: {{}}`: an answer may say anything"));
        }
    }

    /// The name of the schema of a JSON body.
    fn media_type(&mut self, node: &'a Node) -> Option<&'a str> {
        let [json] = node.get("content").entries() else {
            self.fault(
                node.line,
                "there is not exactly one media type: describe application/json alone",
            );
            return None;
        };
        if json.key != "application/json" {
            self.fault(
                json.line,
                format!("media type `{}` is not supported: describe application/json", json.key),
            );
        }
        self.vocabulary(json, "a media type");
        let named = json.get("examples").entries();
        named.iter().for_each(|example| self.vocabulary(example, "an example"));
        if !json.has("example") && !named.iter().any(|example| example.has("value")) {
            self.fault(
                json.line,
                "there is no example: give the documented one: it is tested and published",
            );
        }
        let name = json.get("schema").reference();
        if name.is_empty() {
            self.fault(
                json.line,
                "the body's schema has no name: put it under components.schemas and refer to it",
            );
        }
        Some(name).filter(|name| !name.is_empty())
    }
}
