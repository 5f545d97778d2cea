//! Everything the tests need, then every test.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::command::{cargo, check};
use crate::metadata::root;
use crate::{Outcome, layers, licences, pages, trials};

/// Runs the whole suite. With arguments: only `rust`, `demo`, `conformance`, `faults` or `sdk`.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let wanted = |name: &str| arguments.is_empty() || arguments.iter().any(|argument| argument == name);
    if wanted("rust") {
        layers::run(&[])?;
        licences::run(&[])?;
        rust()?;
        fuzz_laws()?;
        pages::run(&["--check".to_owned()])?;
    }
    if wanted("demo") {
        demo()?;
    }
    if wanted("conformance") {
        trials::debug("conformance", &["--quick".to_owned()])?;
    }
    if wanted("sdk") {
        sdk()?;
    }
    if wanted("faults") {
        trials::debug("faults", &["--quick".to_owned()])?;
    }
    Ok(())
}

fn rust() -> Outcome {
    let has_nextest =
        Command::new(env!("CARGO")).args(["nextest", "--version"]).output().is_ok_and(|o| o.status.success());
    if has_nextest {
        cargo(&["nextest", "run", "--workspace", "--locked", "--no-fail-fast"])?;
        cargo(&["test", "--workspace", "--locked", "--doc"])?;
    } else {
        cargo(&["test", "--workspace", "--locked", "--no-fail-fast"])?;
    }
    // What is off by default; the rest is built and tested above. All packages are named again, since what one asks of a
    // library decides how it is built: so none is built twice.
    let with_all = ["--workspace", "--locked", "--features", "redoubt/infer,redoubt/lake,redoubt-training/infer"];
    cargo(&[&["test"], &with_all[..], &["--bins"]].concat())?;
    cargo(&[&["test"], &with_all[..], &["--test", "it", "query"]].concat())
}

/// The fuzz targets include the laws of the tests by path, and nothing else would notice if they no longer compiled.
fn fuzz_laws() -> Outcome {
    let manifest = ["--manifest-path", "fuzz/Cargo.toml", "--target-dir", "target"];
    cargo(&[&["check", "--locked", "--lib", "--no-default-features"], manifest.as_slice()].concat())
}

/// The main job as a user runs it: every line of the demonstration must come out as it must.
fn demo() -> Outcome {
    cargo(&["build", "--locked", "--package", "redoubt"])?;
    let home = root().join("target/test-demo-home");
    if home.exists() {
        fs::remove_dir_all(&home).map_err(|error| format!("cannot empty {}: {error}", home.display()))?;
    }
    let mut demo = Command::new(root().join("target/debug/redoubt"));
    demo.args(["demo", "--once", "--port", "0", "--home"]).arg(&home);
    check(demo, "redoubt demo --once")
}

/// The vendors' own clients against the real binary.
fn sdk() -> Outcome {
    let python = environment(".venv", "requirements.txt")?;
    // The client of MLflow 2 cannot live beside that of MLflow 3.
    let older = environment(".venv/mlflow-2", "requirements-mlflow-2.txt")?;
    cargo(&["build", "--locked", "--package", "redoubt"])?;
    cargo(&["test", "--locked", "--package", "redoubt", "--test", "it", "--", "--ignored"])?;
    let mut pytest = Command::new(&python);
    pytest.args(["-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/sdk"]).current_dir(root());
    pytest.env("REDOUBT_BINARY", root().join("target/debug/redoubt")).env("REDOUBT_MLFLOW_2", older);
    check(pytest, "pytest tests/sdk")
}

/// The Python of a virtual environment that holds what `list` in `tests/sdk` names; both are made if they are not there.
fn environment(folder: &str, list: &str) -> Result<PathBuf, String> {
    let environment = root().join(folder);
    let python = environment.join("bin/python");
    if !python.exists() {
        let mut venv = Command::new("python3");
        venv.args(["-m", "venv"]).arg(&environment);
        check(venv, "python3 -m venv (on Debian: apt-get install python3-venv)")?;
    }
    install(&python, &environment, list)?;
    Ok(python)
}

/// Installs the clients unless the very same list has been installed already.
fn install(python: &Path, environment: &Path, list: &str) -> Outcome {
    let name = list;
    let list = root().join("tests/sdk").join(list);
    let wanted = fs::read_to_string(&list).map_err(|error| format!("cannot read {}: {error}", list.display()))?;
    let stamp = environment.join("installed.txt");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    let mut pip = Command::new(python);
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"]).arg(&list);
    check(pip, &format!("pip install -r tests/sdk/{name}"))?;
    fs::write(&stamp, wanted).map_err(|error| format!("cannot write {}: {error}", stamp.display()))
}
