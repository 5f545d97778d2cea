//! YAML of MLflow, conda and their like, line by line: `key: value` and lists, in whatever order and depth. What goes
//! beyond that is said to be unread, since there is no telling what a reader would make of it.

use super::requirements;
use crate::archive::is_outside;
use crate::finding::{
    CONFIGURED_DANGER, CONFIGURED_IMPORT, CONFIGURED_PATH, REMOTE_CODE, TRUSTED_TYPES, YAML_BEYOND, YAML_OBJECT,
};
use crate::pickle::{Standing, standing};
use crate::scan::Scan;

/// Modules of MLflow that load models of its own kinds.
const LOADERS: &str = "mlflow.";

/// Keys whose value is a file or folder of the model.
const PATHS: &[&str] = &[
    "data",
    "model_path",
    "code",
    "python_env",
    "conda",
    "virtualenv",
    "pickled_model",
    "artifact_path",
    "python_model",
    "uri",
    "path",
];

/// Looks at every line.
pub(super) fn check(scan: &mut Scan<'_>, text: &str, name: &str) {
    let is_mlmodel = name == "mlmodel";
    for (number, line) in text.lines().enumerate() {
        let place = format!("line {}", number + 1);
        let line = line.trim();
        if line.starts_with('#') || line.is_empty() {
            continue;
        }
        let entry = line.trim_start_matches("- ").trim();
        // `!!python/object/apply:os.system`, which an unsafe loader calls.
        if line.contains("!!python") || line.contains("tag:yaml.org,2002:python") {
            scan.key(YAML_OBJECT, place, format!("`{entry}`"));
            continue;
        }
        if !is_mlmodel {
            requirement(scan, entry, number);
        }
        let Some((key, value)) = pair(entry) else {
            if is_mlmodel && entry.starts_with(['&', '*', '?', '%']) {
                scan.key(YAML_BEYOND, place, format!("`{entry}`"));
            }
            continue;
        };
        let bare = value.trim_matches(['"', '\'']);
        match key {
            "skops_trusted_types" | "sk_trusted_types" if !matches!(bare, "null" | "~" | "[]" | "{}") => {
                scan.key(TRUSTED_TYPES, place, format!("`{entry}`"));
            }
            "loader_module" if !bare.starts_with(LOADERS) && !bare.is_empty() => {
                let (module, name) = bare.rsplit_once('.').unwrap_or((bare, ""));
                let is_dangerous =
                    standing(module, name) == Standing::Dangerous || standing(bare, "") == Standing::Dangerous;
                let code = if is_dangerous { CONFIGURED_DANGER } else { CONFIGURED_IMPORT };
                scan.key(code, place, format!("`{entry}`"));
            }
            "trust_remote_code" if bare == "true" => scan.key(REMOTE_CODE, place, format!("`{entry}`")),
            "code" | "code_paths" | "model_code_path" if is_mlmodel && !matches!(bare, "null" | "~" | "") => {
                scan.key(REMOTE_CODE, place.clone(), format!("`{entry}`"));
                path(scan, bare, place, entry);
            }
            "_target_" => scan.key(CONFIGURED_IMPORT, place, format!("`{entry}`")),
            key if is_mlmodel && PATHS.contains(&key) => path(scan, bare, place, entry),
            _ if is_mlmodel && value.starts_with(['&', '*', '!', '{']) && value != "{}" => {
                scan.key(YAML_BEYOND, place, format!("`{entry}`"));
            }
            _ => {}
        }
    }
}

fn path(scan: &mut Scan<'_>, path: &str, place: String, entry: &str) {
    if is_outside(path) || path.starts_with("file:") {
        scan.key(CONFIGURED_PATH, place, format!("`{entry}`"));
    }
}

/// An entry of a list of packages, as conda's environments have under `pip`.
fn requirement(scan: &mut Scan<'_>, entry: &str, number: usize) {
    let is_package = entry.contains("git+") || entry.contains(" @ ") || entry.starts_with("--");
    if is_package {
        requirements::check_line(scan, entry, number);
    }
}

fn pair(entry: &str) -> Option<(&str, &str)> {
    let (key, value) = entry.split_once(':')?;
    if !(value.is_empty() || value.starts_with([' ', '\t'])) {
        return None;
    }
    Some((key.trim().trim_matches(['"', '\'']), value.trim()))
}
