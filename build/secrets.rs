//! The rules for secrets: what is one is so under its name in every reply.

use crate::check::Check;
use crate::document::Node;
use crate::schemas::{Role, referred, role};

/// What is secret is told by its name, so that a name is secret everywhere or nowhere.
pub fn shown_elsewhere(check: &mut Check<'_>, schemas: &Node, secrets: &[String]) {
    for schema in schemas.entries().iter().filter(|it| role(it) == Some(Role::Open)) {
        for field in schema.value.get("properties").map_or(&[][..], Node::entries) {
            let hidden = secrets.iter().any(|secret| secret.eq_ignore_ascii_case(&field.key));
            if hidden && !refers_to_secret(check, &field.value) {
                check.fault(
                    field.line,
                    format!(
                        "field `{}` is a secret in another reply, or in other letters",
                        field.key
                    ),
                    "refer to Secret here as well, or nowhere",
                );
            }
        }
    }
}

pub fn is_secret(schema: &Node) -> bool {
    schema.get("x-oxhost-secret").is_some_and(|mark| mark.is(&true.into()))
}

pub fn refers_to_secret(check: &Check<'_>, field: &Node) -> bool {
    [field]
        .into_iter()
        .chain(field.get("allOf").map_or(&[][..], Node::items))
        .filter_map(|node| referred(check, node))
        .any(|(schema, _)| is_secret(&schema.value))
}
