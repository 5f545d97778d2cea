//! Keras models: layers as JSON, in a zip (version 3), in an attribute of an HDF5 file, or beside a SavedModel.

use crate::finding::{CONFIGURED_DANGER, KERAS_CUSTOM, KERAS_LAMBDA};
use crate::json::Json;
use crate::pickle::{Standing, standing};
use crate::scan::Scan;
use crate::source::{Source, peek};

/// HDF5 files are searched in pieces of this size, each with the end of the one before.
const PIECE: usize = 1 << 20;
const OVERLAP: u64 = 4_096;
/// Classes of Keras that load code, pickles or files named in their configuration.
const LOADERS: &[&str] = &["TorchModuleWrapper", "JaxLayer", "FlaxLayer", "TFSMLayer"];
/// Layers whose vocabulary may be the path of a file, which is read.
const VOCABULARIES: &[&str] = &["StringLookup", "IntegerLookup", "TextVectorization", "IndexLookup"];
/// Functions that a layer may name: activations, losses, initializers.
#[rustfmt::skip]
const FUNCTIONS: &[&str] = &[
    "relu", "relu6", "gelu", "elu", "selu", "celu", "glu", "silu", "swish", "sigmoid", "hard_sigmoid", "hard_silu",
    "hard_swish", "hard_tanh", "hard_shrink", "leaky_relu", "linear", "log_sigmoid", "log_softmax", "mish", "softmax",
    "softplus", "softsign", "soft_shrink", "sparse_plus", "sparsemax", "squareplus", "tanh", "tanh_shrink", "threshold",
    "exponential", "mean_squared_error", "mean_absolute_error", "binary_crossentropy", "categorical_crossentropy",
    "sparse_categorical_crossentropy", "mse", "mae", "hinge", "kl_divergence", "poisson", "cosine_similarity", "huber",
    "log_cosh",
];

/// Looks at an object of a document that may describe something of Keras.
pub(crate) fn check_object(scan: &mut Scan<'_>, object: &Json, pointer: &str) {
    let Some(class) = object.get("class_name").and_then(Json::text) else { return };
    if class == "Lambda" || class == "__lambda__" {
        return scan.key(KERAS_LAMBDA, pointer, format!("class `{class}`"));
    }
    let module = object.get("module").and_then(Json::text);
    let config = object.get("config");
    if let Some(module) = module {
        // `{"module": "os", "class_name": "function", "config": "system"}` is imported and called (CVE-2025-1550).
        let name = if class == "function" { config.and_then(Json::text).unwrap_or(class) } else { class };
        if standing(module, name) == Standing::Dangerous {
            return scan.key(CONFIGURED_DANGER, pointer, format!("`{module}.{name}`"));
        }
        let root = module.split('.').next().unwrap_or_default();
        let is_keras = matches!(root, "keras" | "keras_hub" | "keras_nlp" | "keras_cv" | "tf_keras")
            || module.starts_with("tensorflow.python.keras")
            || module.starts_with("tensorflow.keras");
        let is_builtin = module == "builtins" && class != "function";
        if !is_keras && !is_builtin {
            scan.key(KERAS_CUSTOM, pointer, format!("`{module}.{name}`"));
        } else if class == "function" && !FUNCTIONS.contains(&name) {
            scan.key(KERAS_CUSTOM, pointer, format!("function `{module}.{name}`"));
        }
    }
    if LOADERS.contains(&class) {
        scan.key(KERAS_CUSTOM, pointer, format!("class `{class}` loads code or another model"));
    }
    if VOCABULARIES.contains(&class)
        && let Some(path) = config.and_then(|config| config.get("vocabulary")).and_then(Json::text)
    {
        scan.key(KERAS_CUSTOM, pointer, format!("`{class}` reads the file `{path}`"));
    }
}

/// Searches a file whose structure is not read, HDF5 or a protocol buffer, for the JSON in it. Attributes of HDF5 are
/// neither compressed nor cut, so a layer's class stands there as it is.
pub(crate) fn scan_bytes(scan: &mut Scan<'_>, source: &dyn Source) {
    let mut from = 0;
    loop {
        let piece = match peek(source, from, PIECE) {
            Ok(piece) => piece,
            Err(error) => return scan.unread(&error),
        };
        for at in memchr::memmem::find_iter(&piece, b"class_name") {
            let Some(class) = piece.get(at + b"class_name".len()..).and_then(quoted) else { continue };
            let place = from + at as u64;
            match class {
                b"Lambda" | b"__lambda__" => scan.at(KERAS_LAMBDA, place, "a layer of the class `Lambda`"),
                class if LOADERS.iter().any(|known| known.as_bytes() == class) => {
                    scan.at(
                        KERAS_CUSTOM,
                        place,
                        format!("class `{}` loads code or another model", String::from_utf8_lossy(class)),
                    );
                }
                _ => {}
            }
        }
        for at in memchr::memmem::find_iter(&piece, b"\"module\"") {
            let Some(module) = piece.get(at + 7..).and_then(quoted) else { continue };
            let module = String::from_utf8_lossy(module);
            if standing(&module, "") == Standing::Dangerous {
                scan.at(CONFIGURED_DANGER, from + at as u64, format!("module `{module}`"));
            }
        }
        if piece.len() < PIECE {
            return;
        }
        from += PIECE as u64 - OVERLAP;
    }
}

/// The text in quotation marks behind a key, whose own mark may be escaped: `": "Lambda"` or `\": \"Lambda\"`.
fn quoted(rest: &[u8]) -> Option<&[u8]> {
    let is_between = |byte: &u8| matches!(byte, b'"' | b'\\' | b':' | b' ' | b'\n' | b'\r' | b'\t');
    let begin = rest.iter().take(64).position(|byte| !is_between(byte))?;
    let rest = rest.get(begin..)?;
    let end = rest.iter().take(256).position(|byte| matches!(byte, b'"' | b'\\'))?;
    rest.get(..end)
}
