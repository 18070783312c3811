//! The difference between the schemas of OpenAPI 3.0 and JSON Schema, as far as it matters here.

use serde_json::{Value, json};

/// Turns `nullable` into a type of its own, and `x-oxhost-forms` into types, everywhere.
pub(super) fn to_json_schema(value: &mut Value) {
    match value {
        Value::Object(object) => {
            if object.get("nullable") == Some(&Value::Bool(true)) {
                object.remove("nullable");
                if let Some(kind) = object.get_mut("type") {
                    *kind = json!([kind, "null"]);
                }
                if let Some(Value::Array(values)) = object.get_mut("enum") {
                    values.push(Value::Null);
                }
            }
            if let Some(Value::Array(forms)) = object.get("x-oxhost-forms") {
                let types = forms.iter().cloned().chain(["null".into()]).collect();
                object.insert("type".into(), Value::Array(types));
            }
            object.values_mut().for_each(to_json_schema);
        }
        Value::Array(array) => array.iter_mut().for_each(to_json_schema),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_become_types_and_null_is_one() {
        let mut schema = json!({"properties": {"a": {"x-oxhost-forms": ["string", "number"]}}});
        to_json_schema(&mut schema);
        assert_eq!(schema["properties"]["a"]["type"], json!(["string", "number", "null"]));
    }

    #[test]
    fn nullable_becomes_a_type_of_its_own_and_a_property_of_that_name_stays() {
        let mut schema = json!({
            "type": "string", "nullable": true, "enum": ["a"],
            "properties": {"nullable": {"type": "string"}},
        });
        to_json_schema(&mut schema);
        assert_eq!(
            schema,
            json!({
                "type": ["string", "null"], "enum": ["a", null],
                "properties": {"nullable": {"type": "string"}},
            })
        );
    }
}
