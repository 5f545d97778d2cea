//! Pages of `docs/` that the binary writes, so that they cannot fall behind it.

use std::fs;
use std::process::Command;

use crate::Outcome;
use crate::metadata::root;

/// A page and the command that prints it.
const PAGES: &[(&str, &[&str])] = &[
    ("docs/reference/redoubt.schema.json", &["config", "schema"]),
    ("docs/reference/detectors.md", &["config", "detectors"]),
    ("docs/reference/steps.md", &["pipeline", "steps"]),
];

/// Pages that show whole files between `<!-- file: PATH -->` and `<!-- end -->`.
const SHOWING: &[&str] = &["docs/guide/adding-a-provider.md"];

pub(crate) fn run(arguments: &[String]) -> Outcome {
    let check = arguments.iter().any(|argument| argument == "--check");
    let mut fresh = Vec::new();
    for (path, command) in PAGES {
        fresh.push((*path, print(command)?));
    }
    for path in SHOWING {
        fresh.push((*path, show(path)?.into_bytes()));
    }
    let mut stale = Vec::new();
    for (path, fresh) in fresh {
        let file = root().join(path);
        if fs::read(&file).is_ok_and(|written| written == fresh) {
            continue;
        }
        if check {
            stale.push(path);
            continue;
        }
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder).map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
        }
        fs::write(&file, fresh).map_err(|error| format!("cannot write {path}: {error}"))?;
    }
    if stale.is_empty() { Ok(()) } else { Err(format!("run `cargo xtask pages`; stale: {}", stale.join(", "))) }
}

/// The page with every file it shows as the file is now.
fn show(path: &str) -> Result<String, String> {
    const OPEN: &str = "<!-- file: ";
    const CLOSE: &str = " -->\n";
    const END: &str = "<!-- end -->";
    let read =
        |path: &str| std::fs::read_to_string(root().join(path)).map_err(|error| format!("cannot read {path}: {error}"));
    let page = read(path)?;
    let mut fresh = String::new();
    let mut rest = page.as_str();
    while let Some((before, after)) = rest.split_once(OPEN) {
        let wrong = || format!("{path}: `{OPEN}PATH{}` and `{END}` belong together", CLOSE.trim_end());
        let (file, after) = after.split_once(CLOSE).ok_or_else(wrong)?;
        let (_, after) = after.split_once(END).ok_or_else(wrong)?;
        fresh.push_str(&format!("{before}{OPEN}{file}{CLOSE}\n```rust\n{}```\n\n{END}", read(file)?));
        rest = after;
    }
    fresh.push_str(rest);
    Ok(fresh)
}

fn print(arguments: &[&str]) -> Result<Vec<u8>, String> {
    let output = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--locked", "--package", "redoubt", "--"])
        .args(arguments)
        .current_dir(root())
        .output()
        .map_err(|error| format!("cannot run redoubt: {error}"))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(format!("redoubt {} failed:\n{}", arguments.join(" "), String::from_utf8_lossy(&output.stderr)))
}
