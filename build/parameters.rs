//! The rules for parameters: validated values, and none that could send an order elsewhere.

use crate::check::Check;
use crate::document::Node;
use crate::schemas::{Role, referred};

impl<'a> Check<'a> {
    pub fn parameters(&mut self, path: &str, line: u64, effect: &str, node: &'a Node) {
        let parameters = node.get("parameters").map_or(&[][..], Node::items);
        for parameter in parameters {
            self.vocabulary(
                parameter,
                "a parameter",
                &["name", "in", "required", "description", "schema", "example"],
            );
            if parameter.text("in") != Some("query") && parameter.text("in") != Some("path") {
                self.fault(
                    parameter.line,
                    "only parameters in the path or the query are supported",
                    "write `in: query` or `in: path`",
                );
            }
            if parameter.text("description").is_none() || parameter.get("schema").is_none() {
                self.fault(
                    parameter.line,
                    "the parameter has no description or no schema",
                    "say what it means, and its type",
                );
            }
            let name = parameter.text("name").unwrap_or_default();
            if let Some(schema) = parameter.get("schema") {
                value(self, name, schema, effect == "charge");
            }
            if parameter.text("in") == Some("path") && !path.contains(&format!("{{{name}}}")) {
                self.fault(
                    parameter.line,
                    format!("parameter `{name}` is not in the path"),
                    format!("write `{{{name}}}` there, or `in: query`"),
                );
            }
            if parameter.text("in") == Some("path") && effect == "charge" {
                self.fault(
                    parameter.line,
                    format!("`{name}` would be in the path of a charge"),
                    "name it in the request: with `..` in its place, the order would go elsewhere",
                );
            }
        }
        for name in path.split('{').skip(1).filter_map(|rest| rest.split('}').next()) {
            if !parameters
                .iter()
                .any(|it| it.text("name") == Some(name) && it.text("in") == Some("path"))
            {
                self.fault(
                    line,
                    format!("`{{{name}}}` in the path is not declared"),
                    "declare it as a parameter `in: path`",
                );
            }
        }
    }
}

/// A parameter is a validated value, as the fields of a request are.
fn value(check: &mut Check<'_>, name: &str, schema: &Node, buys: bool) {
    if schema.get("$ref").is_some() {
        if referred(check, schema).is_some_and(|(_, role)| role != Role::Strict) {
            check.fault(
                schema.line,
                format!("parameter `{name}` refers to a schema of replies or of an object"),
                "refer to a validated string",
            );
        }
        return;
    }
    match schema.text("type") {
        Some("integer") => check.integer(schema.line, &format!("parameter `{name}`"), schema, buys),
        Some("string") => check.vocabulary(schema, "a text parameter", &["type", "minLength"]),
        _ => check.fault(
            schema.line,
            format!("parameter `{name}` is neither a string nor an integer"),
            "refer to a validated string, or write an integer",
        ),
    }
}
