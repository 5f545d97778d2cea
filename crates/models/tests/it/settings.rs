//! Configurations, templates and lists.

use redoubt_models::Verdict::{Malicious, Suspicious, Unreadable};
use redoubt_models::{FileReport, Kind, Report, Verdict, settle};

use super::{check, clean, scan};

#[test]
fn configurations_that_run_code_are_told() {
    clean(
        br#"{"architectures": ["BertModel"], "hidden_size": 384, "auto_map": null, "trust_remote_code": false}"#,
        "config.json",
    );
    clean(br#"{"peft_type": "LORA", "auto_mapping": null, "megatron_core": "", "r": 8}"#, "adapter_config.json");
    for (json, code, verdict) in [
        (r#"{"auto_map": {"AutoModel": "modeling.Evil"}}"#, "remote_code", Suspicious),
        (r#"{"custom_pipelines": {"x": {"impl": "p.P"}}}"#, "remote_code", Suspicious),
        (r#"{"trust_remote_code": true}"#, "remote_code", Suspicious),
        (r#"{"_attn_implementation": "someone/kernels"}"#, "remote_code", Suspicious),
        (r#"{"auto_mapping": {"base_model_class": "X", "parent_library": "evil"}}"#, "configured_import", Suspicious),
        (r#"{"megatron_core": "evil.core"}"#, "configured_import", Suspicious),
        (r#"{"megatron_core": "os.system"}"#, "configured_dangerous_import", Malicious),
        (r#"{"model": {"_target_": "subprocess.Popen"}}"#, "configured_dangerous_import", Malicious),
        (r#"{"weight_map": {"a": "../../x.safetensors"}}"#, "configured_path", Malicious),
        (r#"{"__module__": "os", "__class__": "system"}"#, "configured_dangerous_import", Malicious),
        (r#"{"__module__": "mine", "__class__": "X"}"#, "configured_import", Suspicious),
        (r#"{"chat_template": "{{ ''.__class__ }}"}"#, "template_escape", Malicious),
        (r#"{"chat_template": [{"name": "a", "template": "{{ x|attr('b') }}"}]}"#, "template_escape", Malicious),
        (r#"{"chat_template": "{{ ''['\\x5f\\x5fclass__'] }}"}"#, "template_escape", Malicious),
        (r#"{"a": 1, "a": 2}"#, "json_duplicate_key", Suspicious),
        (r#"{"a": "#, "json_broken", Unreadable),
    ] {
        check(json.as_bytes(), "config.json", verdict, code);
        // A byte order mark and blanks are no disguise.
        check(format!("\u{feff} \n{json}").as_bytes(), "x.json", verdict, code);
    }
    check(br#"[{"type": "evil.Module"}]"#, "modules.json", Suspicious, "configured_import");
    clean(br#"[{"type": "sentence_transformers.models.Transformer", "path": ""}]"#, "modules.json");
    check(br#"{"unet": ["my_code", "Unet"]}"#, "model_index.json", Suspicious, "configured_import");
    clean(br#"{"unet": ["diffusers", "Unet"]}"#, "model_index.json");
    clean(b"{\"text\": \"a\"}\n{\"text\": \"b\"}\n", "train.jsonl");
    check(b"{\"auto_map\": {\"a\": \"b\"}}\n{}\n", "config.json", Suspicious, "remote_code");
    check(b"{\"auto_map\": {\"a\": \"b\"}}\n}\n", "config.json", Unreadable, "json_broken");
}

#[test]
fn texts_are_judged_by_what_they_are_for() {
    check(b"{{ ''.__class__ }}", "chat_template.jinja", Malicious, "template_escape");
    check(b"{%- include 'x' %}", "additional_chat_templates/a.jinja", Suspicious, "template_unusual");
    clean(b"{{ messages[0]['content'] }}", "chat_template.jinja");
    check(b"def f(): pass\n", "modeling_evil.py", Suspicious, "python_source");
    check(b"#!/bin/sh\nid\n", "run", Suspicious, "native_code");
    check(b"\x7fELF\x02\x01\x01\0", "libx.so", Suspicious, "native_code");
    check(b"numpy>=1\nevil @ https://example.com/x.whl\n", "requirements.txt", Suspicious, "requirement_url");
    check(b"--extra-index-url https://example.com\n", "requirements.txt", Suspicious, "requirement_url");
    check(b"git+https://example.com/x\n", "code/requirements.txt", Suspicious, "requirement_url");
    clean(b"# https://example.com\nnumpy==2.0 ; python_version > '3'\n-r other.txt\n", "requirements.txt");
    check(b"dependencies:\n- pip:\n  - git+https://example.com/x\n", "conda.yaml", Suspicious, "requirement_url");
    clean(b"dependencies:\n- python=3.11\n- pip:\n  - numpy==2.0\n", "conda.yaml");
    check(b"\xff\xfe\x00\x01random", "weights.bin", Unreadable, "unknown_kind");
    clean(b"", "empty");
}

#[test]
fn mlmodel_files_name_only_their_own() {
    let model = |more: &str| {
        format!(
            "flavors:\n  python_function:\n    loader_module: mlflow.sklearn\n    model_path: model.pkl\n    env:\n      conda: conda.yaml\n{more}"
        )
    };
    clean(model("  sklearn:\n    code: null\n    pickled_model: model.pkl\n").as_bytes(), "MLmodel");
    for (more, code, verdict) in [
        ("    loader_module: evil\n", "configured_import", Suspicious),
        ("    loader_module: os\n", "configured_dangerous_import", Malicious),
        ("    code: code\n", "remote_code", Suspicious),
        ("    model_path: /etc/passwd\n", "configured_path", Malicious),
        ("    pickled_model: ../../x.pkl\n", "configured_path", Malicious),
        ("    skops_trusted_types: [os.system]\n", "trusted_types", Suspicious),
        ("    x: !!python/object/apply:os.system [id]\n", "yaml_object", Malicious),
        ("    x: *anchor\n", "yaml_not_read", Unreadable),
        ("    x: {loader_module: evil}\n", "yaml_not_read", Unreadable),
    ] {
        check(model(more).as_bytes(), "MLmodel", verdict, code);
    }
}

#[test]
fn weights_that_another_file_names_are_weights() {
    let report =
        |path: &str, bytes: &[u8]| FileReport { path: path.into(), size: 0, digest: None, scanned: scan(bytes, path) };
    let pair = b"\x0a\x08location\x12\x06w.data";
    let tensor = [&[0x6a, pair.len() as u8], pair.as_slice()].concat();
    let graph = [&[0x2a, tensor.len() as u8], tensor.as_slice()].concat();
    let model = [b"\x08\x08\x3a".as_slice(), &[graph.len() as u8], &graph, b"\x42\x02\x10\x11"].concat();
    let mut files =
        vec![report("a/m.onnx", &model), report("a/w.data", b"\xff\xfe\x00"), report("w.data", b"\xff\xfe\x00")];
    assert_eq!(files[0].scanned.kind, Kind::Onnx);
    settle(&mut files);
    let verdicts: Vec<Verdict> = files.iter().map(|file| file.scanned.verdict).collect();
    assert_eq!(verdicts, [Verdict::Clean, Verdict::Clean, Unreadable]);
    files.push(FileReport::link("z".into()));
    let written = Report { name: "m".into(), files, manifest: None }.to_json();
    assert_eq!((written["v"].as_u64(), written["verdict"].as_str()), (Some(1), Some("unreadable")));
    assert_eq!(written["files"][2]["findings"][0]["code"], "unknown_kind");
    assert_eq!(written["files"][3]["findings"][0]["code"], "link");
}
