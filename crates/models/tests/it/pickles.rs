//! Pickles: what runs is found, what honest libraries write passes, what breaks is refused.

use redoubt_models::Verdict::{Malicious, Suspicious, Unreadable};

use super::{EVIL, check, clean, scan};

/// `module.name(text)` in protocol 4, the names on the stack.
fn call(module: &str, name: &str, argument: &str) -> Vec<u8> {
    let text = |text: &str| [&[0x8c, u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
    [b"\x80\x04".to_vec(), text(module), text(name), b"\x93".to_vec(), text(argument), b"\x85R.".to_vec()].concat()
}

#[test]
fn honest_libraries_pass() {
    for (name, bytes) in [
        ("pipeline.p0.pkl", include_bytes!("../fixtures/pipeline.p0.pkl").as_slice()),
        ("pipeline.p2.pkl", include_bytes!("../fixtures/pipeline.p2.pkl")),
        ("pipeline.p5.pkl", include_bytes!("../fixtures/pipeline.p5.pkl")),
        ("forest.pkl", include_bytes!("../fixtures/forest.pkl")),
        ("pipeline.joblib", include_bytes!("../fixtures/pipeline.joblib")),
        ("pipeline.joblib.z", include_bytes!("../fixtures/pipeline.joblib.z")),
        ("objects.joblib", include_bytes!("../fixtures/objects.joblib")),
        ("rows.npy", include_bytes!("../fixtures/rows.npy")),
        ("objects.npy", include_bytes!("../fixtures/objects.npy")),
        ("rows.npz", include_bytes!("../fixtures/rows.npz")),
        ("torch.pt", include_bytes!("../fixtures/torch.pt")),
    ] {
        clean(bytes, name);
        // The name tells nothing.
        clean(bytes, "model.safetensors");
    }
}

#[test]
fn what_runs_code_is_malicious() {
    for (module, name) in [
        ("os", "system"),
        ("posix", "system"),
        ("subprocess", "Popen"),
        ("builtins", "eval"),
        ("__builtin__", "exec"),
        ("builtins", "getattr"),
        ("importlib", "import_module"),
        ("marshal", "loads"),
        ("pkgutil", "resolve_name"),
        ("ctypes", "CDLL"),
        ("pydoc", "locate"),
        ("mailcap", "findmatch"),
        ("logging.config", "dictConfig"),
        ("runpy", "run_path"),
        ("socket", "create_connection"),
        ("webbrowser", "open"),
        ("torch.hub", "load"),
        ("torch", "load"),
        ("joblib", "load"),
        ("numpy", "load"),
        ("pickle", "loads"),
        ("operator", "attrgetter"),
        ("functools", "partial"),
        ("types", "CodeType"),
        ("numpy", "core.os.system"),
    ] {
        check(&call(module, name, "x"), "m.pkl", Malicious, "pickle_dangerous_global");
        let old = format!("c{module}\n{name}\n(S'x'\ntR.");
        check(old.as_bytes(), "notes.txt", Malicious, "pickle_dangerous_global");
        let instance = format!("(S'x'\ni{module}\n{name}\n.");
        check(instance.as_bytes(), "m.pkl", Malicious, "pickle_dangerous_global");
        let object = format!("(c{module}\n{name}\nS'x'\no.");
        check(object.as_bytes(), "m.pkl", Malicious, "pickle_dangerous_global");
    }
}

#[test]
fn nothing_that_others_use_is_changed() {
    for bytes in [b"ccollections\nOrderedDict\n}S'a'\nS'b'\nsb.".as_slice(), b"ctorch\n_utils\n(N}S'a'\nS'b'\nstb."] {
        check(bytes, "m.pkl", Malicious, "pickle_patched_global");
    }
}

#[test]
fn what_is_not_known_is_suspicious() {
    let cases: &[(&[u8], &str)] = &[
        (&call("mymodel", "Thing", "x"), "pickle_unknown_global"),
        (&call("torch.nn.modules.linear", "Evil", "x"), "pickle_unknown_global"),
        // Its state is text that SciPy executes.
        (&call("scipy.stats._continuous_distns", "norm_gen", "x"), "pickle_unknown_global"),
        // Harmless, but not called so by its library.
        (b"cnumpy\nndarray\n(tR.", "pickle_misused_global"),
        (b"c_codecs\nencode\n(S'x'\nS'evil'\ntR.", "pickle_misused_global"),
        (b"cnumpy.core\n_ufunc_reconstruct\n(S'os'\nS'system'\ntR.", "pickle_misused_global"),
        (
            b"cnumpy.random._pickle\n__generator_ctor\n(S'x'\nctorch.storage\n_load_from_bytes\ntR.",
            "pickle_misused_global",
        ),
        // A name, or what is called, that is made while loading.
        (b"\x80\x04cnumpy.core.multiarray\nscalar\n)R\x8c\x06system\x93.", "pickle_computed_name"),
        (b"\x80\x02ccollections\nOrderedDict\n)R)R.", "pickle_computed_name"),
        (b"\x80\x02ccopyreg\n__newobj__\n(cnumpy\nfloat64\nK\x01tR)R.", "pickle_computed_name"),
        (b"\x80\x02\x82\x01)R.", "pickle_extension_code"),
        (b"\x80\x02X\x01\x00\x00\x00aQ.", "pickle_persistent_id"),
        (b"\x80\x02ccollections\nOrderedDict\n(tRb", "pickle_broken"),
        (b"\x80\x02K\x01.more than a pickle", "pickle_trailing_data"),
    ];
    for (bytes, code) in cases {
        check(bytes, "m.pkl", Suspicious, code);
    }
}

#[test]
fn what_breaks_is_refused() {
    check(b"\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00]\x94(K\x01", "m.pkl", Unreadable, "pickle_cut");
    check(b"\x80\x02]]]]\xff", "m.pkl", Unreadable, "pickle_cut");
    // The call has been made when the stream breaks.
    check(&[&EVIL[..EVIL.len() - 1], b"\xff\xff"].concat(), "m.pkl", Malicious, "pickle_broken");
    let whole = include_bytes!("../fixtures/pipeline.p5.pkl");
    for end in 3..whole.len() {
        let verdict = scan(&whole[..end], "m.pkl").verdict;
        assert!(verdict > redoubt_models::Verdict::Clean, "cut at {end}: {verdict:?}");
    }
}

#[test]
fn a_pickle_is_found_wherever_a_loader_would() {
    let clean_pickle = b"\x80\x02]K\x01a.".as_slice();
    for bytes in [
        // Behind another.
        [clean_pickle, EVIL].concat(),
        [clean_pickle, clean_pickle, EVIL].concat(),
        // Within bytes that PyTorch loads.
        [b"\x80\x03ctorch.storage\n_load_from_bytes\nC".as_slice(), &[EVIL.len() as u8], EVIL, b"\x85R."].concat(),
        // Within bytes that look like one.
        [b"\x80\x03C".as_slice(), &[EVIL.len() as u8 + 2], b"\x80\x02", EVIL, b"."].concat(),
        // With opcodes in front that do nothing.
        [b"\x80\x63\x80\x02(0N0(1".as_slice(), EVIL].concat(),
        // Within something else.
        [b"\xf8\xf9\x00\x01".as_slice(), b"\x80\x02", EVIL].concat(),
        // Escapes in the texts of old protocols.
        b"\x80\x04V\\u006fs\nV\\u0073ystem\n\x93(S'id'\ntR.".to_vec(),
        // Names from the memo.
        b"\x80\x04\x8c\x02os\x94\x8c\x06system\x94]h\x00h\x01\x93\x8c\x02id\x85R.".to_vec(),
    ] {
        assert_eq!(scan(&bytes, "m.bin").verdict, Malicious, "{bytes:?}");
    }
}

#[test]
fn arrays_of_joblib_are_also_read_as_opcodes() {
    let wrapper = b"\x80\x04cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81}(\x8c\x05shapeK\x0c\x85\
        \x8c\x05dtypecnumpy\ndtype\n\x8c\x02u1\x89\x88\x87Rub";
    clean(&[wrapper.as_slice(), b"twelve bytes.."].concat()[..wrapper.len() + 13], "m.joblib");
    // For whoever does not go over the array's bytes they are the pickle's rest.
    check(&[wrapper.as_slice(), b"cos\nsystem\n0."].concat(), "m.joblib", Malicious, "pickle_dangerous_global");
    // And the array must end within the file.
    check(&[wrapper.as_slice(), b"short"].concat(), "m.joblib", Suspicious, "pickle_broken");
}

#[test]
fn ordinary_texts_are_no_pickles() {
    for text in [
        "copyright\nall rights\nreserved",
        "cat\ndog\ntree\n",
        "import os\nos.system('id')\n",
        "I am\nL is\nF.\nVery.\n",
        "Some text\n(with brackets)\n.\n",
        "# Model card\n\nuse `pickle`.\n",
    ] {
        clean(text.as_bytes(), "README.md");
    }
}

#[test]
fn hostile_sizes_cost_nothing() {
    check(b"\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\x7f", "m.pkl", Unreadable, "unknown_kind");
    check(b"\x80\x02]r\xff\xff\xff\xff0j\xff\xff\xff\xff.", "m.pkl", redoubt_models::Verdict::Clean, "");
    let deep = [b"\x80\x02N".as_slice(), &vec![0x85; 1 << 20], b"."].concat();
    clean(&deep, "m.pkl");
    let marks = [b"\x80\x02N".as_slice(), &vec![b'('; 1 << 20], b"."].concat();
    clean(&marks, "m.pkl");
    let limits = redoubt_models::Limits { opcodes_max: 1_000, ..redoubt_models::Limits::default() };
    let scanned = redoubt_models::scan(&marks, "m.pkl", &limits);
    assert_eq!(scanned.verdict, Unreadable, "{scanned:?}");
}
