//! Graphs of operations: ONNX, TensorFlow, Keras.

use redoubt_models::Kind;
use redoubt_models::Verdict::{Malicious, Suspicious, Unreadable};

use super::support::zip;
use super::{check, clean, scan};

/// A field of bytes of a protocol buffer.
fn field(number: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![number << 3 | 2];
    // Fields above 15 take two bytes.
    if number > 15 {
        out = vec![(number << 3 | 2) & 0x7f | 0x80, number >> 4];
    }
    let mut length = content.len();
    while length > 0x7f {
        out.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    out.push(length as u8);
    [out, content.to_vec()].concat()
}

fn onnx(graph: &[u8]) -> Vec<u8> {
    [b"\x08\x08".to_vec(), field(2, b"pytorch"), field(7, graph), field(8, b"\x10\x11")].concat()
}

fn node(operator: &str, domain: &str) -> Vec<u8> {
    field(1, &[field(3, b"n"), field(4, operator.as_bytes()), field(7, domain.as_bytes())].concat())
}

fn external(location: &str) -> Vec<u8> {
    let pair = [field(1, b"location"), field(2, location.as_bytes())].concat();
    field(5, &[field(8, b"weight"), field(13, &pair), b"\x70\x01".to_vec()].concat())
}

#[test]
fn onnx_reads_only_beside_itself_and_runs_only_what_runtimes_bring() {
    clean(&onnx(&node("Add", "")), "m.onnx");
    clean(&onnx(&node("FusedMatMul", "com.microsoft")), "m.onnx");
    check(&onnx(&node("Evil", "my.domain")), "m.onnx", Suspicious, "onnx_custom_operator");
    check(&onnx(&node("PyOp", "ai.onnx.contrib")), "m.onnx", Malicious, "onnx_python_operator");
    let scanned = scan(&onnx(&external("model.onnx_data")), "m.onnx");
    assert_eq!(scanned.data_files.into_iter().collect::<Vec<_>>(), ["model.onnx_data"]);
    for location in ["/etc/passwd", "../../secret", "a/../../b", "C:\\x"] {
        check(&onnx(&external(location)), "m.onnx", Malicious, "onnx_external_path");
    }
    // Within the branch of a node.
    let branch = field(1, &[field(4, b"If"), field(5, &field(6, &external("../x")))].concat());
    check(&onnx(&branch), "m.onnx", Malicious, "onnx_external_path");
    let whole = onnx(&[node("Add", ""), external("x")].concat());
    for end in 12..whole.len() - 5 {
        check(&whole[..end], "m.onnx", Unreadable, if end < 12 { "unknown_kind" } else { "protobuf_broken" });
    }
}

fn graph(operation: &str) -> Vec<u8> {
    let node = |operation: &str| [field(1, b"name"), field(2, operation.as_bytes())].concat();
    [field(1, &node("Const")), field(1, &node(operation))].concat()
}

#[test]
fn tensorflow_graphs_do_not_reach_for_files() {
    let saved = |operation: &str| [b"\x08\x01".to_vec(), field(2, &field(2, &graph(operation)))].concat();
    clean(&saved("MatMul"), "saved_model.pb");
    clean(&graph("MatMul"), "frozen.pb");
    assert_eq!(scan(&graph("MatMul"), "frozen.pb").kind, Kind::FrozenGraph);
    for operation in ["ReadFile", "WriteFile", "PyFunc", "EagerPyFunc"] {
        check(&saved(operation), "saved_model.pb", Malicious, "tensorflow_file_operation");
        check(&graph(operation), "frozen.pb", Malicious, "tensorflow_file_operation");
        let function = field(2, &field(1, &field(3, &[field(1, b"n"), field(2, operation.as_bytes())].concat())));
        let in_library = [b"\x08\x01".to_vec(), field(2, &field(2, &function))].concat();
        check(&in_library, "saved_model.pb", Malicious, "tensorflow_file_operation");
    }
    check(&saved("PrintV2"), "saved_model.pb", Suspicious, "tensorflow_unusual_operation");
}

#[test]
fn keras_layers_are_layers() {
    let model = |layer: &str| {
        zip(&[
            ("config.json", format!(r#"{{"class_name":"Sequential","config":{{"layers":[{layer}]}}}}"#).as_bytes()),
            ("metadata.json", b"{}"),
        ])
    };
    clean(&model(r#"{"module":"keras.layers","class_name":"Dense","config":{"activation":"relu"}}"#), "m.keras");
    clean(&model(r#"{"module":"builtins","class_name":"int","config":1}"#), "m.keras");
    check(
        &model(r#"{"module":"keras.layers","class_name":"Lambda","config":{}}"#),
        "m.keras",
        Malicious,
        "keras_lambda",
    );
    check(&model(r#"{"class_name":"__lambda__","config":{"value":"4wEA"}}"#), "m.keras", Malicious, "keras_lambda");
    check(
        &model(r#"{"module":"os","class_name":"function","config":"system"}"#),
        "m.keras",
        Malicious,
        "configured_dangerous_import",
    );
    check(
        &model(r#"{"module":"builtins","class_name":"function","config":"eval"}"#),
        "m.keras",
        Malicious,
        "configured_dangerous_import",
    );
    check(
        &model(r#"{"module":"mine","class_name":"Layer","config":{}}"#),
        "m.keras",
        Suspicious,
        "keras_custom_object",
    );
    check(
        &model(r#"{"module":"keras.utils","class_name":"function","config":"get_file"}"#),
        "m.keras",
        Suspicious,
        "keras_custom_object",
    );
    check(
        &model(r#"{"module":"keras.layers","class_name":"StringLookup","config":{"vocabulary":"/etc/passwd"}}"#),
        "m.keras",
        Suspicious,
        "keras_custom_object",
    );
    let hdf5 = |text: &str| [b"\x89HDF\r\n\x1a\n".as_slice(), &[0; 300], text.as_bytes(), &[0; 300]].concat();
    clean(&hdf5(r#"{"class_name": "Dense"}"#), "m.h5");
    check(&hdf5(r#"{"class_name": "Lambda", "config": {}}"#), "m.h5", Malicious, "keras_lambda");
    check(&hdf5(r#"{\"class_name\": \"Lambda\"}"#), "m.h5", Malicious, "keras_lambda");
    let metadata =
        [b"\x0a\x40".as_slice(), br#"{"class_name": "Lambda", "config": {"function": "x"}, "more": 1}"#].concat();
    check(&metadata, "keras_metadata.pb", Malicious, "keras_lambda");
}
