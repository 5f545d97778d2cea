//! Formats of tensors alone: headers that lie.

use redoubt_models::Verdict::{Malicious, Suspicious, Unreadable};

use super::{EVIL, check, clean};

fn safetensors(header: &str, data: usize) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &vec![0; data]].concat()
}

#[test]
fn safetensors_headers_tell_the_truth() {
    let one = r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#;
    clean(&safetensors(one, 8), "m.safetensors");
    clean(
        &safetensors(
            r#"{"__metadata__":{"format":"pt"},"b":{"dtype":"I8","shape":[],"data_offsets":[4,5]},"a":{"dtype":"F16","shape":[2,1],"data_offsets":[0,4]}}   "#,
            5,
        ),
        "m",
    );
    clean(&safetensors(r#"{"a":{"dtype":"F4","shape":[4],"data_offsets":[0,2]}}"#, 2), "m");
    let two = |a: &str, b: &str| {
        format!(
            r#"{{"a":{{"dtype":"F32","shape":[1],"data_offsets":[{a}]}},"b":{{"dtype":"F32","shape":[1],"data_offsets":[{b}]}}}}"#
        )
    };
    clean(&safetensors(&two("0,4", "4,8"), 8), "m");
    for (header, data, code) in [
        (two("0,4", "0,4"), 4, "safetensors_layout"),
        (two("0,4", "2,6"), 6, "safetensors_layout"),
        (two("0,4", "8,12"), 12, "safetensors_layout"),
        (two("0,4", "4,8"), 9, "safetensors_layout"),
        (two("0,4", "4,8"), 7, "safetensors_layout"),
        (two("4,0", "4,8"), 8, "safetensors_layout"),
        (two("0,5", "5,9"), 9, "safetensors_layout"),
        (r#"{"a":{"dtype":"X","shape":[2],"data_offsets":[0,8]}}"#.to_owned(), 8, "safetensors_layout"),
        (r#"{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}"#.to_owned(), 8, "safetensors_layout"),
        (
            r#"{"a":{"dtype":"F32","shape":[4294967296,4294967296,4294967296],"data_offsets":[0,8]}}"#.to_owned(),
            8,
            "safetensors_layout",
        ),
        (r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"code":"x"}}"#.to_owned(), 8, "safetensors_layout"),
        (format!("{{{},{}", &one[1..one.len() - 1], &one[1..]), 8, "json_duplicate_key"),
        (r#"{"__metadata__":{"a":1}}"#.to_owned(), 0, "safetensors_header"),
        (r#"{"a":"#.to_owned(), 0, "safetensors_header"),
        (r#"{"a":[]}"#.to_owned(), 0, "safetensors_layout"),
    ] {
        check(&safetensors(&header, data), "m.safetensors", Suspicious, code);
    }
    for length in [1_u64 << 40, 100_000_001, 4_096] {
        check(&[&length.to_le_bytes(), b"{}".as_slice()].concat(), "m.safetensors", Suspicious, "safetensors_header");
    }
}

/// A GGUF file of these pairs and tensors, already written out.
fn gguf(pairs: &[Vec<u8>], tensors: &[Vec<u8>], data: usize) -> Vec<u8> {
    let mut out = b"GGUF\x03\0\0\0".to_vec();
    out.extend((tensors.len() as u64).to_le_bytes());
    out.extend((pairs.len() as u64).to_le_bytes());
    out.extend(pairs.concat());
    out.extend(tensors.concat());
    out.resize(out.len().next_multiple_of(32) + data, 0);
    out
}

fn string(text: &str) -> Vec<u8> {
    [&(text.len() as u64).to_le_bytes(), text.as_bytes()].concat()
}

fn text_pair(key: &str, value: &str) -> Vec<u8> {
    [string(key), 8_u32.to_le_bytes().to_vec(), string(value)].concat()
}

fn tensor(name: &str, shape: &[u64], kind: u32, offset: u64) -> Vec<u8> {
    let mut out = string(name);
    out.extend((shape.len() as u32).to_le_bytes());
    shape.iter().for_each(|size| out.extend(size.to_le_bytes()));
    out.extend(kind.to_le_bytes());
    out.extend(offset.to_le_bytes());
    out
}

#[test]
fn gguf_counts_lengths_and_offsets_are_within() {
    let pair = text_pair("general.architecture", "llama");
    let good = gguf(std::slice::from_ref(&pair), &[tensor("a", &[4], 0, 0), tensor("b", &[32], 2, 32)], 50);
    clean(&good, "m.gguf");
    for end in 8..good.len() {
        check(&good[..end], "m.gguf", Suspicious, "gguf_bounds");
    }
    let array =
        [string("a"), 9_u32.to_le_bytes().to_vec(), 10_u32.to_le_bytes().to_vec(), u64::MAX.to_le_bytes().to_vec()];
    let nested = [
        string("a"),
        9_u32.to_le_bytes().to_vec(),
        [9_u32.to_le_bytes().as_slice(), &1_u64.to_le_bytes()].concat().repeat(8),
    ];
    for bad in [
        gguf(&[pair.clone(), pair.clone()], &[], 0),
        gguf(&[array.concat()], &[], 0),
        gguf(&[nested.concat()], &[], 0),
        gguf(&[[string("a"), 99_u32.to_le_bytes().to_vec()].concat()], &[], 0),
        gguf(
            &[[string("general.alignment"), 4_u32.to_le_bytes().to_vec(), 0_u32.to_le_bytes().to_vec()].concat()],
            &[],
            0,
        ),
        gguf(&[], &[tensor("a", &[4], 0, 0), tensor("a", &[4], 0, 32)], 64),
        gguf(&[], &[tensor("a", &[16], 0, 0), tensor("b", &[4], 0, 32)], 64),
        gguf(&[], &[tensor("a", &[4], 0, 0)], 8),
        gguf(&[], &[tensor("a", &[4], 0, 7)], 64),
        gguf(&[], &[tensor("a", &[4], 99, 0)], 64),
        gguf(&[], &[tensor("a", &[u64::MAX, 4], 0, 0)], 64),
        gguf(&[], &[tensor("a", &[1, 1, 1, 1, 1], 0, 0)], 64),
        gguf(&[], &[tensor("a", &[31], 2, 0)], 64),
        gguf(&[], &[tensor(&"a".repeat(65), &[4], 0, 0)], 64),
    ] {
        check(&bad, "m.gguf", Suspicious, "gguf_bounds");
    }
    let counts = [b"GGUF\x03\0\0\0".as_slice(), &u64::MAX.to_le_bytes(), &u64::MAX.to_le_bytes()].concat();
    check(&counts, "m.gguf", Suspicious, "gguf_bounds");
    check(b"GGUF\0\0\0\x03", "m.gguf", Unreadable, "kind_not_read");
}

#[test]
fn templates_in_gguf_are_looked_at() {
    let template = |text: &str| gguf(&[text_pair("tokenizer.chat_template", text)], &[], 0);
    clean(&template("{% for m in messages %}{{ m.content }}{% endfor %}"), "m.gguf");
    check(&template("{{ ''.__class__ }}"), "m.gguf", Malicious, "template_escape");
    let named = gguf(&[text_pair("tokenizer.chat_template.tool_use", "{{ x|attr('y') }}")], &[], 0);
    check(&named, "m.gguf", Malicious, "template_escape");
}

fn npy(header: &str, data: &[u8]) -> Vec<u8> {
    [b"\x93NUMPY\x01\0".as_slice(), &(header.len() as u16).to_le_bytes(), header.as_bytes(), data].concat()
}

#[test]
fn arrays_of_objects_are_pickles() {
    clean(&npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }\n", &[0; 8]), "a.npy");
    let objects = "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }\n";
    clean(&npy(objects, b"\x80\x02K\x01."), "a.npy");
    check(&npy(objects, EVIL), "a.npy", Malicious, "pickle_dangerous_global");
    let field = "{'descr': [('a', '<f8'), ('b', 'O')], 'fortran_order': False, 'shape': (1,), }\n";
    check(&npy(field, EVIL), "a.npy", Malicious, "pickle_dangerous_global");
    check(&npy("[__import__('os').system('id')]\n", b"x"), "a.npy", Suspicious, "npy_header");
    check(b"\x93NUMPY\x01\0\xff\xff", "a.npy", Suspicious, "npy_header");
}
