//! Models that are registered while the process is killed.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::Duration;

fn redoubt(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_redoubt"));
    command.args(["--home", "home"]).args(arguments).current_dir(folder).env_remove("REDOUBT_KEY");
    command.output().unwrap()
}

/// A safetensors file of zeros.
fn weights(bytes: usize) -> Vec<u8> {
    let header = format!(r#"{{"w":{{"dtype":"U8","shape":[{bytes}],"data_offsets":[0,{bytes}]}}}}"#);
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend_from_slice(header.as_bytes());
    file.resize(file.len() + bytes, 0);
    file
}

/// Files of the vault, without locks.
fn sealed(folder: &Path) -> usize {
    let places = fs::read_dir(folder.join("home/models")).map(|places| places.flatten().collect()).unwrap_or_default();
    let places: Vec<fs::DirEntry> = places;
    places.iter().map(|place| fs::read_dir(place.path()).unwrap().count() - 1).sum()
}

#[test]
fn an_import_that_is_killed_registers_all_or_nothing() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path();
    fs::create_dir(folder.join("model")).unwrap();
    fs::write(folder.join("model/model.safetensors"), weights(24 << 20)).unwrap();
    fs::write(folder.join("model/config.json"), "{}").unwrap();
    redoubt(folder, &["key", "create"]);

    let mut whole = 0;
    for round in 0..16_u64 {
        let name = format!("m{round}");
        let mut import = Command::new(env!("CARGO_BIN_EXE_redoubt"))
            .args(["--home", "home", "model", "import", "model", "--name", &name])
            .current_dir(folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // From before it has begun to after it has ended, on most machines; each moment must do.
        thread::sleep(Duration::from_millis(round * round * 8));
        import.kill().unwrap();
        import.wait().unwrap();

        let shown = redoubt(folder, &["model", "show", &format!("{name}/latest"), "--json"]);
        if shown.status.success() {
            let version: serde_json::Value = serde_json::from_slice(&shown.stdout).unwrap();
            assert_eq!(version["evidence"][0]["kind"], "file-scan", "{round}");
            let out = format!("out{round}");
            let exported = redoubt(folder, &["model", "export", &format!("{name}/1"), "--out", &out]);
            assert!(exported.status.success(), "{round}: {exported:?}");
            for file in ["model.safetensors", "config.json"] {
                let same = fs::read(folder.join(&out).join(file)).unwrap()
                    == fs::read(folder.join("model").join(file)).unwrap();
                assert!(same, "{round}: {file}");
            }
            fs::remove_dir_all(folder.join(out)).unwrap();
            whole += 1;
        } else {
            let said = String::from_utf8_lossy(&shown.stderr).into_owned();
            assert!(said.contains("there is no model called"), "{round}: {said}");
        }
    }
    // The next one goes in, and what was left behind is gone.
    let last = redoubt(folder, &["model", "import", "model", "--name", "last"]);
    assert!(last.status.success(), "{last:?}");
    assert_eq!(sealed(folder), 2 * (whole + 1));
    assert!(redoubt(folder, &["audit", "verify"]).status.success());
}

#[test]
fn what_was_changed_on_the_disk_is_not_exported() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path();
    fs::write(folder.join("model.safetensors"), weights(1_000)).unwrap();
    let imported = redoubt(folder, &["model", "import", "model.safetensors", "--name", "m"]);
    assert!(imported.status.success(), "{imported:?}");
    let place = fs::read_dir(folder.join("home/models")).unwrap().next().unwrap().unwrap().path();
    let file = place.join("0");
    let good = fs::read(&file).unwrap();
    let export = |expected: bool| {
        let done = redoubt(folder, &["model", "export", "m/1", "--out", "out"]);
        assert_eq!(done.status.success(), expected, "{done:?}");
        assert_eq!(folder.join("out").exists(), expected);
        _ = fs::remove_dir_all(folder.join("out"));
        // Nothing half written lies about.
        let left = fs::read_dir(folder)
            .unwrap()
            .flatten()
            .filter(|entry| entry.file_name().to_string_lossy().ends_with(".part"));
        assert_eq!(left.count(), 0);
    };
    export(true);
    for at in [0, good.len() / 2, good.len() - 1] {
        let mut changed = good.clone();
        changed[at] ^= 1;
        fs::write(&file, changed).unwrap();
        export(false);
    }
    fs::write(&file, &good[..good.len() - 1]).unwrap();
    export(false);
    assert_eq!(redoubt(folder, &["model", "attest", "m/1", "--scan"]).status.code(), Some(1));
    fs::write(&file, &good).unwrap();
    // A scan that failed keeps it in until another one passes.
    export(false);
    assert!(redoubt(folder, &["model", "attest", "m/1", "--scan"]).status.success());
    export(true);
    fs::remove_file(&file).unwrap();
    export(false);
}
