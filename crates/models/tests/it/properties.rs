//! The laws, on bytes drawn at random and on files that were damaged at random.

use proptest::collection::vec;
use proptest::prelude::*;

use super::laws;

/// Files of every kind, to be damaged.
const FILES: &[&[u8]] = &[
    include_bytes!("../fixtures/pipeline.p0.pkl"),
    include_bytes!("../fixtures/pipeline.p5.pkl"),
    include_bytes!("../fixtures/objects.joblib"),
    include_bytes!("../fixtures/objects.npy"),
    include_bytes!("../fixtures/rows.npz"),
    include_bytes!("../fixtures/torch.pt"),
    b"GGUF\x03\0\0\0\x01\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0a\x04\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0t\x01\0\0\0\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
    b"\x36\0\0\0\0\0\0\0{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}\0\0\0\0\0\0\0\0",
    b"\x08\x08\x12\x07pytorch\x3a\x08\x0a\x06\x22\x04Relu\x42\x02\x10\x11",
    b"{\"chat_template\": \"{% for m in messages %}{{ m['content'] }}{% endfor %}\", \"auto_map\": {}}",
];

const NAMES: &[&str] =
    &["m.pkl", "config.json", "chat_template.jinja", "MLmodel", "requirements.txt", "a.yaml", "modules.json"];

/// Opcodes with arguments that fit them, now and then.
fn opcodes() -> impl Strategy<Value = Vec<u8>> {
    let pieces: &[&[u8]] = &[
        b"(",
        b".",
        b"0",
        b"1",
        b"2",
        b"N",
        b"]",
        b"}",
        b")",
        b"t",
        b"l",
        b"d",
        b"a",
        b"e",
        b"s",
        b"u",
        b"R",
        b"o",
        b"b",
        b"Q",
        b"\x80\x02",
        b"\x81",
        b"\x85",
        b"\x86",
        b"\x8f",
        b"\x91",
        b"\x92",
        b"\x93",
        b"\x94",
        b"I1\n",
        b"S'x'\n",
        b"Vos\n",
        b"K\x01",
        b"h\x00",
        b"q\x00",
        b"C\x02ab",
        b"\x8c\x01x",
        b"ccollections\nOrderedDict\n",
        b"cnumpy\ndtype\n",
        b"cjoblib.numpy_pickle\nNumpyArrayWrapper\n",
        b"ctorch.storage\n_load_from_bytes\n",
    ];
    vec(proptest::sample::select(pieces.to_vec()), 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_bytes(bytes in vec(any::<u8>(), 0..300), name in 0..NAMES.len()) {
        laws::a_scan_is_a_function(&bytes, NAMES[name]);
        laws::a_call_at_the_front_is_found(&bytes);
        laws::a_member_is_found(&bytes, "x");
    }

    #[test]
    fn any_opcodes(bytes in opcodes()) {
        laws::a_scan_is_a_function(&bytes, "m.pkl");
        laws::a_call_at_the_front_is_found(&bytes);
        laws::a_call_at_the_end_is_found(&bytes);
    }

    #[test]
    fn any_damage(file in 0..FILES.len(), at in any::<prop::sample::Index>(), byte in any::<u8>(), end in any::<prop::sample::Index>()) {
        let mut bytes = FILES[file].to_vec();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        laws::a_scan_is_a_function(&bytes, "m.bin");
        bytes.truncate(end.index(bytes.len()) + 1);
        laws::a_scan_is_a_function(&bytes, "m.bin");
        laws::a_call_at_the_end_is_found(&bytes);
    }

    #[test]
    fn any_template(text in r"(\{\{|\{%|\}\}|%\}|'|_|[a-z]| |\.|\||\\x5f|\[|\]|é){0,40}") {
        laws::a_scan_is_a_function(text.as_bytes(), "chat_template.jinja");
        laws::a_scan_is_a_function(text.as_bytes(), "MLmodel");
    }
}

#[test]
fn honest_pickles_do_not_pass_with_a_call_in_them() {
    for file in FILES {
        laws::a_call_at_the_end_is_found(file);
    }
}
