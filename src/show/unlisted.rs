//! What the contract does not list: what it is called, how much of it there is, and which texts stand in it.

use std::collections::BTreeMap;

use super::{Found, Screen};
use crate::contract::{Field, Shape};
use crate::envelope::is_envelope;
use crate::json::Json;

impl Screen {
    /// The paths of what the contract does not list, and how many values that say something stand in each: in
    /// a list the most of any item's.
    pub(crate) fn strangers(
        &self,
        value: &Json,
        shapes: &[&'static Shape],
        path: &str,
        found: &mut BTreeMap<String, usize>,
    ) {
        for (name, member) in value.named() {
            let path = || match path {
                "" => self.name(name),
                path => format!("{path}.{}", self.name(name)),
            };
            match (shapes.iter().find_map(|shape| shape.field(name)), member) {
                _ if is_envelope(name, member) => self.strangers(member, shapes, "", found),
                (Some(Field::Object(shape)), Json::Object(_)) => {
                    self.strangers(member, &[shape], &path(), found);
                }
                (Some(Field::List(shape)), Json::List(items)) => {
                    let path = format!("{}[]", path());
                    items.iter().for_each(|item| self.strangers(item, &[shape], &path, found));
                }
                (Some(_), _) => {}
                (None, member) => {
                    let mut values = 0;
                    member.visit(&mut |part| {
                        let is_scalar = !matches!(part, Json::List(_) | Json::Object(_));
                        values += usize::from(is_scalar && part.says_something());
                    });
                    let most = found.entry(path()).or_default();
                    *most = values.max(*most);
                }
            }
        }
    }
}

impl Found {
    /// The texts of whatever the contract does not list: under other names, or in other shapes.
    pub(super) fn unlisted(&mut self, value: &Json, shapes: &[&'static Shape]) {
        for (name, member) in value.members() {
            let field = shapes.iter().find_map(|shape| shape.field(name));
            match (field, member) {
                _ if is_envelope(name, member) => self.unlisted(member, shapes),
                (Some(Field::Object(shape)), Json::Object(_)) => self.unlisted(member, &[shape]),
                (Some(Field::List(shape)), Json::List(items)) => {
                    for item in items {
                        match item {
                            Json::Object(_) => self.unlisted(item, &[shape]),
                            other => self.all_texts(other),
                        }
                    }
                }
                (
                    Some(Field::Text | Field::FreeText | Field::Value | Field::Secret),
                    Json::Text(_) | Json::Number(_),
                ) => {}
                (_, other) => self.all_texts(other),
            }
        }
    }

    fn all_texts(&mut self, value: &Json) {
        value.visit(&mut |part| {
            if let Json::Text(text) | Json::Number(text) = part {
                self.unlisted.insert(text.trim().to_owned());
            }
        });
    }
}
