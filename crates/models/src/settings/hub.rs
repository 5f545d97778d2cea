//! Configurations of Hugging Face's libraries, skops and their like.

use super::{file_name, template};
use crate::archive::is_outside;
use crate::finding::{CONFIGURED_DANGER, CONFIGURED_IMPORT, CONFIGURED_PATH, REMOTE_CODE, TRUSTED_TYPES};
use crate::json::{Json, step};
use crate::pickle::{Standing, standing};
use crate::scan::Scan;

/// Libraries whose classes a diffusers pipeline is made of.
const PIPELINE_LIBRARIES: &[&str] = &["diffusers", "transformers", "onnxruntime.training", "flax", "k_diffusion"];

/// Keys that have a loader import a module of whatever name they hold.
const IMPORTS: &[&str] =
    &["auto_mapping", "megatron_core", "megatron_config", "_target_", "loader_module", "parent_library"];

/// Keys that have a loader run Python of the model's own folder, or of another repository.
const REMOTE: &[&str] = &["auto_map", "custom_pipelines", "custom_pipeline", "trust_remote_code", "custom_generate"];

/// What counts in whatever object it stands.
pub(super) fn check_anywhere(scan: &mut Scan<'_>, entries: &[(String, Json)], pointer: &str) {
    for (key, value) in entries {
        let place = || step(pointer, key);
        match key.as_str() {
            "chat_template" => chat_template(scan, value, &place()),
            key if REMOTE.contains(&key) && value.is_set() => {
                scan.key(REMOTE_CODE, place(), format!("`{key}` is {}", shown(value)));
            }
            key if IMPORTS.contains(&key) && value.is_set() => {
                let target = value.text().and_then(|path| path.rsplit_once('.'));
                let is_dangerous = target.is_some_and(|(module, name)| standing(module, name) == Standing::Dangerous);
                let code = if is_dangerous { CONFIGURED_DANGER } else { CONFIGURED_IMPORT };
                scan.key(code, place(), format!("`{key}` is {}", shown(value)));
            }
            // Kernels from a hub are machine code.
            "_attn_implementation" | "attn_implementation" if value.text().is_some_and(|name| name.contains('/')) => {
                scan.key(REMOTE_CODE, place(), format!("attention from {}", shown(value)));
            }
            "skops_trusted_types" | "sk_trusted_types" if value.is_set() => {
                scan.key(TRUSTED_TYPES, place(), format!("`{key}` is {}", shown(value)));
            }
            _ => {}
        }
    }
    // skops: each node names its class.
    let text = |wanted: &str| entries.iter().find(|(key, _)| key == wanted).and_then(|(_, value)| value.text());
    if let (Some(module), Some(class)) = (text("__module__"), text("__class__")) {
        match standing(module, class) {
            Standing::Dangerous => scan.key(CONFIGURED_DANGER, pointer, format!("`{module}.{class}`")),
            Standing::Unknown => scan.key(CONFIGURED_IMPORT, pointer, format!("`{module}.{class}`")),
            Standing::Harmless(_) => {}
        }
    }
}

fn chat_template(scan: &mut Scan<'_>, value: &Json, pointer: &str) {
    match value {
        Json::Text(text) => template::check(scan, text, pointer),
        // Several by name: `[{"name": …, "template": …}]`, or an object.
        Json::List(items) => {
            for (at, item) in items.iter().enumerate() {
                if let Some(text) = item.get("template").and_then(Json::text) {
                    template::check(scan, text, &step(&step(pointer, &at.to_string()), "template"));
                }
            }
        }
        Json::Object(entries) => {
            for (key, item) in entries {
                if let Some(text) = item.text() {
                    template::check(scan, text, &step(pointer, key));
                }
            }
        }
        _ => {}
    }
}

/// What counts in documents of certain names.
pub(super) fn check(scan: &mut Scan<'_>, document: &Json, name: &str) {
    let file = file_name(name);
    if let Some(Json::Object(shards)) = document.get("weight_map") {
        for (tensor, shard) in shards {
            if let Some(path) = shard.text().filter(|path| is_outside(path) || path.contains("://")) {
                let place = step("/weight_map", tensor);
                scan.key(CONFIGURED_PATH, place, format!("`{path}`"));
            }
        }
    }
    match (file, document) {
        // sentence-transformers imports each module's class.
        ("modules.json", Json::List(modules)) => {
            for (at, module) in modules.iter().enumerate() {
                let class = module.get("type").and_then(Json::text).unwrap_or_default();
                if !class.starts_with("sentence_transformers.") {
                    imported(scan, class, &step(&step("", &at.to_string()), "type"));
                }
                if let Some(path) = module.get("path").and_then(Json::text).filter(|path| is_outside(path)) {
                    scan.key(CONFIGURED_PATH, step(&step("", &at.to_string()), "path"), format!("`{path}`"));
                }
            }
        }
        // diffusers: each part is a library and a class, or a module of the model's own folder.
        ("model_index.json", Json::Object(parts)) => {
            for (part, value) in parts {
                if let Json::List(pair) = value
                    && let [Json::Text(library), Json::Text(class)] = pair.as_slice()
                    && !PIPELINE_LIBRARIES.contains(&library.as_str())
                {
                    imported(scan, &format!("{library}.{class}"), &step("", part));
                }
            }
        }
        _ => {}
    }
}

fn imported(scan: &mut Scan<'_>, path: &str, pointer: &str) {
    let (module, name) = path.rsplit_once('.').unwrap_or((path, ""));
    let code = if standing(module, name) == Standing::Dangerous { CONFIGURED_DANGER } else { CONFIGURED_IMPORT };
    scan.key(code, pointer, format!("`{path}`"));
}

/// A value in a sentence.
fn shown(value: &Json) -> String {
    match value {
        Json::Text(text) => format!("`{text}`"),
        Json::Bool(value) => format!("`{value}`"),
        Json::Object(entries) => {
            let entries: Vec<String> = entries
                .iter()
                .take(3)
                .map(|(key, value)| value.text().map_or_else(|| key.clone(), |text| format!("{key}: {text}")))
                .collect();
            format!("`{{{}}}`", entries.join(", "))
        }
        Json::List(items) => format!("a list of {}", items.len()),
        Json::Number(number) => format!("`{number}`"),
        Json::Other => "set".to_owned(),
    }
}
