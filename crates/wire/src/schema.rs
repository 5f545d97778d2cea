//! Definitions of tools and of answers: JSON Schemas, which models read from end to end.

use redoubt_domain::{Origin, SegmentKind};

use crate::json::{Kind, Value};
use crate::place::{Place, ordinal};
use crate::walk::Walk;

/// Keys that belong to JSON Schema and to tool definitions: the same in every body, so nothing can hide in
/// them.
#[rustfmt::skip]
const KNOWN_KEYS: [&str; 108] = [
    "$defs", "$id", "$ref", "$schema", "additionalProperties", "allOf", "allowed_domains", "allowed_tools", "anyOf",
    "authorization", "background", "blocked_domains", "cache_control", "connector_id", "const", "container",
    "contains", "contentEncoding", "contentMediaType", "custom", "default", "defer_loading", "definition",
    "definitions", "dependentRequired", "deprecated", "description", "display_height_px", "display_number",
    "display_width_px", "eager_input_streaming", "effort", "else", "enum", "examples", "exclusiveMaximum",
    "exclusiveMinimum", "file_id", "file_ids", "filters", "format", "function", "grammar", "headers", "if",
    "image_url", "input_examples", "input_fidelity", "input_image_mask", "input_schema", "items", "json_schema",
    "maxContains", "maxItems", "maxLength", "maxProperties", "max_num_results", "max_uses", "maximum", "memory_limit",
    "minContains", "minItems", "minLength", "minProperties", "minimum", "model", "moderation", "multipleOf", "name",
    "not", "nullable", "oneOf", "output_compression", "output_format", "parameters", "partial_images", "pattern",
    "patternProperties", "prefixItems", "properties", "propertyNames", "quality", "ranking_options", "readOnly",
    "read_only", "require_approval", "required", "schema", "search_context_size", "server_description",
    "server_label", "server_url", "size", "strict", "syntax", "task_budget", "then", "timezone", "title",
    "tool_names", "ttl", "type", "unevaluatedProperties", "uniqueItems", "user_location", "vector_store_ids",
    "verbosity", "writeOnly",
];

/// Keys whose numbers bound or measure something: the largest integer of a type looks like any other number.
#[rustfmt::skip]
const BOUNDS: [&str; 19] = [
    "display_height_px", "display_number", "display_width_px", "exclusiveMaximum", "exclusiveMinimum", "maxContains",
    "maxItems", "maxLength", "maxProperties", "max_num_results", "max_uses", "maximum", "minContains", "minItems",
    "minLength", "minProperties", "minimum", "multipleOf", "output_compression",
];

impl Walk {
    /// A list of tool definitions (`tools`, `functions`).
    pub(crate) fn tools(&mut self, value: Value<'_>, origin: Origin) {
        let place = Place::aside(origin, SegmentKind::ToolSchema);
        if value.kind() != Kind::Array {
            return self.schema(value, place);
        }
        for (position, tool) in value.items().enumerate() {
            self.tool(tool, place.part(ordinal(position)));
        }
    }

    /// One tool: its name ties it to the calls, the rest is schema.
    fn tool(&mut self, tool: Value<'_>, place: Place) {
        if tool.kind() != Kind::Object {
            return self.schema(tool, place);
        }
        for (key, value) in tool.members() {
            match key.text().as_deref() {
                Some("name") => self.text(value, place.kind(SegmentKind::Identifier)),
                Some("function" | "custom") => self.tool(value, place),
                Some("type") => self.structure(value, place),
                _ => self.schema_member(key, value, place),
            }
        }
    }

    /// Every string and long number of a schema, and every key that is not JSON Schema's own.
    pub(crate) fn schema(&mut self, value: Value<'_>, place: Place) {
        match value.kind() {
            Kind::Array => value.items().for_each(|item| self.schema(item, place)),
            Kind::Object => value.members().for_each(|(key, member)| self.schema_member(key, member, place)),
            Kind::String => self.text(value, place),
            Kind::Number | Kind::Numbers => self.numbers(value, place),
            Kind::Null | Kind::Bool => {}
        }
    }

    fn schema_member(&mut self, key: Value<'_>, value: Value<'_>, place: Place) {
        let name = key.text().unwrap_or_default();
        if KNOWN_KEYS.binary_search(&name.as_ref()).is_err() {
            self.key(key, place);
        }
        if value.kind() == Kind::Number && BOUNDS.binary_search(&name.as_ref()).is_ok() {
            return;
        }
        match name.as_ref() {
            "type" | "format" if value.kind() != Kind::Object => self.structure(value, place),
            _ => self.schema(value, place),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_known_keys_are_sorted_for_the_search() {
        assert!(KNOWN_KEYS.is_sorted());
        assert!(BOUNDS.is_sorted());
    }
}
