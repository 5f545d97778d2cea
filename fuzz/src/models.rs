//! Model files, of any kind and none.

#[path = "../../crates/models/tests/it/laws.rs"]
mod laws;
#[path = "../../crates/models/tests/it/support.rs"]
mod support;

/// Names by which texts are known; everything else is known by its bytes.
const NAMES: &[&str] = &[
    "m.bin",
    "config.json",
    "chat_template.jinja",
    "MLmodel",
    "requirements.txt",
    "conda.yaml",
    "modules.json",
    "model_index.json",
];

/// A scan ends and is a function; a call that is put into a file is found.
pub fn scan(data: &[u8]) {
    let (name, data) = crate::choose(data, NAMES.len());
    laws::a_scan_is_a_function(data, NAMES[name]);
    laws::a_call_at_the_front_is_found(data);
    laws::a_call_at_the_end_is_found(data);
    laws::a_member_is_found(data, "x");
}
