//! The surfaces that nobody looks at: configurations that name code, templates that are run, lists that install.
//!
//! Texts are known by their names, since loaders find them so: `chat_template.jinja`, `MLmodel`, `requirements.txt`.
//! JSON is looked at whatever it is called.

mod hub;
mod requirements;
pub(crate) mod template;
mod yaml;

use crate::finding::{JSON_BROKEN, JSON_DUPLICATE, PYTHON_SOURCE, TOO_LARGE, TORCHSCRIPT_CALL};
use crate::graph::keras;
use crate::json::{Json, duplicate, step};
use crate::scan::{Role, Scan};
use crate::source::{Source, peek};

/// Calls of TorchScript that reach files; its compiler knows no others of Python's.
const TORCHSCRIPT_CALLS: &[&str] = &[
    "torch.from_file",
    "torch.save",
    "torch.load",
    "aten::from_file",
    "aten::save",
    "ops.aten.save",
    "^PythonOp",
    "prim::PythonOp",
];

fn read(scan: &mut Scan<'_>, source: &dyn Source) -> Option<Vec<u8>> {
    if source.length() > scan.limits.document_bytes_max {
        scan.found(TOO_LARGE, format!("{} bytes", source.length()));
        return None;
    }
    match peek(source, 0, usize::try_from(source.length()).ok()?) {
        Ok(bytes) => Some(bytes),
        Err(error) => {
            scan.unread(&error);
            None
        }
    }
}

/// Looks at a JSON document, or at JSON lines.
pub(crate) fn json(scan: &mut Scan<'_>, source: &dyn Source, name: &str) {
    let Some(bytes) = read(scan, source) else { return };
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    match Json::parse(bytes) {
        Ok(document) => {
            walk(scan, &document, "", 0);
            hub::check(scan, &document, name);
        }
        Err(error) => {
            let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
            let rows: Option<Vec<Json>> = lines.map(|line| Json::parse(line).ok()).collect();
            let is_template = file_name(name).ends_with(".jinja") || file_name(name).ends_with(".j2");
            if is_template || bytes.starts_with(b"{%") || bytes.starts_with(b"{{") || bytes.starts_with(b"{#") {
                template::check(scan, &String::from_utf8_lossy(bytes), "");
            } else if let Some(rows) = rows {
                // Rows, as data sets have them.
                for (at, row) in rows.iter().enumerate() {
                    walk(scan, row, &format!("line {}", at + 1), 0);
                }
            } else if bytes.starts_with(b"[") || name.ends_with(".md") || name.ends_with(".txt") {
                // A text that begins with a bracket: a section of settings, a link.
                text_of(scan, bytes, name, Role::Any);
            } else {
                scan.found(JSON_BROKEN, error.to_string());
            }
        }
    }
}

/// Looks at a text, by what its name says it is for.
pub(crate) fn text(scan: &mut Scan<'_>, source: &dyn Source, name: &str, role: Role) {
    let Some(bytes) = read(scan, source) else { return };
    text_of(scan, &bytes, name, role);
}

fn text_of(scan: &mut Scan<'_>, bytes: &[u8], name: &str, role: Role) {
    let text = String::from_utf8_lossy(bytes);
    let file = file_name(name);
    let lower = file.to_ascii_lowercase();
    let extension = lower.rsplit_once('.').map_or("", |(_, extension)| extension);
    match extension {
        _ if role == Role::TorchScript => {
            for call in TORCHSCRIPT_CALLS {
                if text.contains(call) {
                    scan.found(TORCHSCRIPT_CALL, format!("`{call}`"));
                }
            }
        }
        "pb" => keras::scan_bytes(scan, &bytes),
        "py" | "pyw" | "pyi" | "pth" => scan.found(PYTHON_SOURCE, format!("`{file}`")),
        "jinja" | "jinja2" | "j2" => template::check(scan, &text, ""),
        "yaml" | "yml" => yaml::check(scan, &text, &lower),
        _ if lower == "mlmodel" => yaml::check(scan, &text, &lower),
        "txt" | "in" | "toml" | "cfg" if lower.contains("requirements") || lower.contains("constraints") => {
            requirements::check(scan, &text);
        }
        _ if lower.starts_with("chat_template") => template::check(scan, &text, ""),
        _ => {}
    }
}

fn file_name(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// Looks at every object of a document for what counts wherever it stands.
fn walk(scan: &mut Scan<'_>, value: &Json, pointer: &str, depth: usize) {
    // The parser allows no more.
    if depth > 128 {
        return;
    }
    match value {
        Json::Object(entries) => {
            if let Some(key) = duplicate(entries) {
                scan.key(JSON_DUPLICATE, step(pointer, key), format!("`{key}` stands twice"));
            }
            keras::check_object(scan, value, pointer);
            hub::check_anywhere(scan, entries, pointer);
            for (key, value) in entries {
                if matches!(value, Json::Object(_) | Json::List(_)) {
                    walk(scan, value, &step(pointer, key), depth + 1);
                }
            }
        }
        Json::List(items) => {
            for (at, item) in items.iter().enumerate() {
                if matches!(item, Json::Object(_) | Json::List(_)) {
                    walk(scan, item, &step(pointer, &at.to_string()), depth + 1);
                }
            }
        }
        _ => {}
    }
}
