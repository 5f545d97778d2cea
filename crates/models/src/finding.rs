//! What a scan says: codes, findings and verdicts.

use redoubt_domain::Severity;

/// What is to be done with a file. The worst of its findings decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Everything that was looked for was looked for, and nothing was found.
    Clean,
    /// It could not be read to its end, so nothing is known about the rest: it must not be loaded either.
    Unreadable,
    /// It does what a model need not do, or names what is not known to be harmless.
    Suspicious,
    /// It does what no model does: loading it would run a stranger's code or reach beyond the model's folder.
    Malicious,
}

impl Verdict {
    /// Every verdict, mildest first.
    pub const ALL: [Self; 4] = [Self::Clean, Self::Unreadable, Self::Suspicious, Self::Malicious];

    /// The word in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Unreadable => "unreadable",
            Self::Suspicious => "suspicious",
            Self::Malicious => "malicious",
        }
    }
}

/// What kind of thing was found; a row of [`CODES`].
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// The name in reports, which stays.
    pub name: &'static str,
    /// What a finding of this kind makes of the file.
    pub verdict: Verdict,
    /// How bad it is.
    pub severity: Severity,
    /// One line for people.
    pub about: &'static str,
}

/// Where in a file something was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Members of archives, from the outermost in, joined by `!`.
    pub member: Option<String>,
    /// Byte within the member, or within the file if there is none.
    pub offset: Option<u64>,
    /// JSON pointer (RFC 6901) or key within a document.
    pub path: Option<String>,
}

/// Something that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What kind of thing.
    pub code: &'static Code,
    /// Where.
    pub place: Place,
    /// What exactly, for people. Words of the file are in it, so it must be made harmless for a terminal.
    pub words: String,
}

macro_rules! codes {
    ($($constant:ident $name:literal $verdict:ident $severity:ident $about:literal)*) => {
        $(#[doc = $about]
        pub(crate) const $constant: &Code = &Code {
            name: $name, verdict: Verdict::$verdict, severity: Severity::$severity, about: $about,
        };)*
        /// Every kind of thing that a scan can find.
        pub const CODES: &[&Code] = &[$($constant),*];
    };
}

codes! {
    PICKLE_DANGEROUS "pickle_dangerous_global" Malicious Critical
        "a pickle names a function that runs code, opens files or reaches the network"
    PICKLE_UNKNOWN "pickle_unknown_global" Suspicious High
        "a pickle names a function or class that is not known to be harmless"
    PICKLE_COMPUTED "pickle_computed_name" Suspicious High
        "a pickle makes a name, or what it calls, while it is loaded"
    PICKLE_MISUSE "pickle_misused_global" Suspicious High
        "a pickle calls something harmless in a way that its library never does"
    PICKLE_PATCH "pickle_patched_global" Malicious High
        "a pickle sets attributes of a module, class or function for everybody who uses it"
    PICKLE_EXTENSION "pickle_extension_code" Suspicious High
        "a pickle names something by a number of the copyreg registry, which is not in the file"
    PICKLE_PERSISTENT "pickle_persistent_id" Suspicious Medium
        "a pickle leaves an object to its loader, and it is none of PyTorch's storages"
    PICKLE_BROKEN "pickle_broken" Suspicious High
        "a pickle ends or breaks after it has named functions: those before the break run"
    PICKLE_CUT "pickle_cut" Unreadable Medium
        "a pickle ends or breaks before its end"
    PICKLE_TRAILING "pickle_trailing_data" Suspicious Medium
        "something that is no pickle lies behind one"
    PICKLE_LIMIT "pickle_too_large" Unreadable Medium
        "a pickle has more opcodes, values or layers than are looked at"
    PICKLE_EMBEDDED "pickle_embedded" Malicious High
        "a pickle that calls something dangerous lies within other data"
    ARCHIVE_NAME "archive_unsafe_name" Malicious High
        "a member of an archive would be written outside the folder it is unpacked into"
    ARCHIVE_LINK "archive_link" Suspicious High
        "an archive holds a link or a device"
    ARCHIVE_DUPLICATE "archive_duplicate" Suspicious High
        "two members of an archive have one name: which one is loaded depends on the loader"
    ARCHIVE_MISMATCH "archive_mismatch" Suspicious High
        "an archive says one thing in its directory and another before its members"
    ARCHIVE_HIDDEN "archive_hidden_data" Suspicious High
        "an archive has data that its directory does not name"
    ARCHIVE_ENCRYPTED "archive_encrypted" Unreadable Medium
        "a member of an archive is encrypted, or says so"
    ARCHIVE_BOMB "archive_bomb" Malicious High
        "a member of an archive becomes more than a thousand times as large"
    ARCHIVE_LIMIT "archive_too_large" Unreadable Medium
        "an archive is larger, deeper or has more members than is looked at"
    ARCHIVE_BROKEN "archive_broken" Unreadable Medium
        "an archive cannot be read to its end"
    ARCHIVE_METHOD "compression_not_read" Unreadable Medium
        "something is compressed in a way that is not read here"
    POLYGLOT "polyglot" Suspicious High
        "a file is two things at once: which one is loaded depends on the loader"
    SAFETENSORS_HEADER "safetensors_header" Suspicious High
        "a safetensors file has a header that its format forbids"
    SAFETENSORS_LAYOUT "safetensors_layout" Suspicious High
        "tensors of a safetensors file overlap, leave a hole or have another length than their shape"
    GGUF_BOUNDS "gguf_bounds" Suspicious High
        "a GGUF file has a count, length or offset that its format forbids"
    NPY_HEADER "npy_header" Suspicious Medium
        "a NumPy array has a header that NumPy does not write"
    ONNX_PATH "onnx_external_path" Malicious High
        "an ONNX model reads its weights from outside its folder"
    ONNX_OPERATOR "onnx_custom_operator" Suspicious Medium
        "an ONNX model needs operators that a library of its own would bring"
    ONNX_PYTHON "onnx_python_operator" Malicious Critical
        "an ONNX model runs Python"
    TENSORFLOW_FILE "tensorflow_file_operation" Malicious High
        "a TensorFlow graph reads or writes files, or runs Python"
    TENSORFLOW_OPERATION "tensorflow_unusual_operation" Suspicious Medium
        "a TensorFlow graph has an operation that reaches the file system or prints to files"
    PROTOBUF_BROKEN "protobuf_broken" Unreadable Medium
        "a protocol buffer cannot be read to its end"
    TORCHSCRIPT_CALL "torchscript_file_operation" Suspicious High
        "TorchScript code reads, writes or loads files"
    KERAS_LAMBDA "keras_lambda" Malicious Critical
        "a Keras model has a Lambda layer, which is Python code"
    KERAS_CUSTOM "keras_custom_object" Suspicious High
        "a Keras model names an object outside Keras, or one that loads code or files"
    TEMPLATE_ESCAPE "template_escape" Malicious Critical
        "a chat template reaches for Python's own attributes"
    TEMPLATE_UNUSUAL "template_unusual" Suspicious Medium
        "a chat template does what none needs to: includes others, or makes names while it runs"
    REMOTE_CODE "remote_code" Suspicious High
        "a configuration has the loader run Python code of the model's own"
    CONFIGURED_IMPORT "configured_import" Suspicious High
        "a configuration names a Python module or class to be imported"
    CONFIGURED_DANGER "configured_dangerous_import" Malicious Critical
        "a configuration names a function that runs code, opens files or reaches the network"
    CONFIGURED_PATH "configured_path" Malicious High
        "a configuration names a file outside the model's folder"
    TRUSTED_TYPES "trusted_types" Suspicious High
        "a model brings its own list of types to be trusted"
    JSON_DUPLICATE "json_duplicate_key" Suspicious Medium
        "a JSON document has a key twice: which one counts depends on the reader"
    JSON_BROKEN "json_broken" Unreadable Low
        "a document that should be JSON cannot be read"
    YAML_BEYOND "yaml_not_read" Unreadable Low
        "a YAML document uses what is not read here: anchors, tags or the like"
    YAML_OBJECT "yaml_object" Malicious Critical
        "a YAML document makes Python objects"
    PYTHON_SOURCE "python_source" Suspicious Medium
        "Python source beside a model: a loader that trusts remote code runs it"
    PYTHON_BYTECODE "python_bytecode" Suspicious High
        "compiled Python code"
    NATIVE_CODE "native_code" Suspicious High
        "machine code or a script"
    REQUIREMENT_URL "requirement_url" Suspicious Medium
        "a list of requirements installs from an address instead of the index"
    LINK "link" Unreadable Low
        "a link: it is not followed, and what it points to has not been looked at"
    NOT_A_FILE "not_a_file" Unreadable Low
        "neither a file nor a folder"
    TOO_LARGE "too_large" Unreadable Low
        "a document is larger than is looked at"
    UNKNOWN "unknown_kind" Unreadable Low
        "the bytes are of no kind that is known here"
    NOT_READ "kind_not_read" Unreadable Low
        "the kind is known, but its inside is not read here"
    READ_FAILED "read_failed" Unreadable Low
        "the file cannot be read, or changed meanwhile"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_names_of_their_own_and_no_finding_is_clean() {
        let mut names: Vec<_> = CODES.iter().map(|code| code.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), CODES.len());
        for code in CODES {
            assert_ne!(code.verdict, Verdict::Clean, "{}", code.name);
            assert!(!code.about.ends_with('.') && code.about.starts_with(char::is_alphanumeric), "{}", code.name);
        }
    }
}
