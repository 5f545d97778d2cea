//! Programs of pipelines, and how far they get.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

/// A folder with a pipeline whose only step runs a script of the shell.
fn pipeline(script: &str, settings: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let text = format!(
        "name = \"own\"\n[data.rows]\npath = \"rows.csv\"\n[steps.own]\nkind = \"command\"\n\
         command = [\"sh\", \"own.sh\"]\nfiles = [\"own.sh\"]\n{settings}\n\
         environment = {{ PATH = \"/usr/bin:/bin\" }}\n\
         inputs.rows = {{ from = \"rows\" }}\noutputs.out = {{ }}\n"
    );
    fs::write(folder.path().join("pipeline.toml"), text).unwrap();
    fs::write(folder.path().join("rows.csv"), "a,b\n1,x\n2,y\n").unwrap();
    fs::write(folder.path().join("own.sh"), script).unwrap();
    folder
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_redoubt"));
    command.arg("--home").arg(folder.join("home")).args(["pipeline", "run"]).args(arguments);
    command.arg(folder.join("pipeline.toml")).stdin(Stdio::null());
    command
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    command(folder, arguments).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn product(folder: &Path, product: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_redoubt"));
    command.arg("--home").arg(folder.join("home")).args(["pipeline", "show"]);
    let output = command.arg(folder.join("pipeline.toml")).arg(product).output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Whether this system lets anybody have namespaces. Where it does not, nothing is run, which is tested instead.
fn has_walls() -> bool {
    let namespaces = ["--user", "--map-root-user", "--mount", "--pid", "--net", "--fork", "true"];
    Command::new("/usr/bin/unshare").args(namespaces).status().is_ok_and(|status| status.success())
}

/// Runs a script behind walls; if it ends well it must say `out`, else the error has it.
fn check(script: &str, settings: &str, expected: Result<&str, &str>) {
    let folder = pipeline(script, settings);
    let output = run(folder.path(), &[]);
    let told = said(&output);
    if !has_walls() {
        assert!(!output.status.success() && told.contains("allow-unsandboxed"), "{told}");
        return;
    }
    match expected {
        Ok(rows) => {
            assert!(output.status.success(), "{script}: {told}");
            assert_eq!(
                product(folder.path(), "own.out").lines().skip(1).collect::<Vec<_>>().join(" "),
                rows,
                "{script}"
            );
        }
        Err(reason) => {
            assert!(!output.status.success(), "{script}: {told}");
            assert!(told.contains(reason), "{script}: {told}");
        }
    }
}

#[test]
fn a_program_sees_what_it_is_given() {
    check("sed s/a,b/c,d/ rows.csv > out.csv", "", Ok("c,d 1,x 2,y"));
    check("echo n > out.csv; env | grep -vc -e ^PWD -e ^_ -e ^SHLVL -e ^OLDPWD >> out.csv", "", Ok("n 1"));
    check(
        "echo n > out.csv; ls /etc /home /root /var 2>/dev/null | grep -c -e passwd -e shadow >> out.csv || true",
        "",
        Ok("n 0"),
    );
    check("exit 3", "", Err("ended with 3"));
    check("echo it is broken >&2; exit 1", "", Err("its last words: it is broken"));
    check("true", "", Err("the output `out.csv` is not there"));
    check("printf 'a,b\\n1\\n' > out.csv", "", Err("the output `out` in `out.csv` is no table"));
}

#[test]
fn no_way_leads_out() {
    let secret = tempfile::tempdir().unwrap();
    let file = secret.path().join("shadow");
    fs::write(&file, "n\nsecret\n").unwrap();
    let path = file.to_str().unwrap();
    check(&format!("cat {path} > out.csv"), "", Err("No such file"));
    check("cat /etc/shadow > out.csv", "", Err("No such file"));
    check(&format!("echo x > {path}; echo x > /usr/bin/new; echo x > /new; echo n > out.csv"), "", Ok("n"));
    assert_eq!(fs::read_to_string(&file).unwrap(), "n\nsecret\n");
    assert!(!Path::new("/usr/bin/new").exists() && !Path::new("/new").exists());
    // A link out is no output, and neither is a file behind one.
    check(&format!("ln -s {path} out.csv"), "", Err("is a link"));
    check(&format!("ln -s {} dir; true", secret.path().display()), "", Err("is not there"));
    check("mkfifo out.csv", "", Err("is not a plain file"));
    // No rights to get any back, and nobody else's processes.
    check("mount -o remount,rw /usr && echo n > out.csv", "", Err("ended with"));
    check("umount /usr && echo n > out.csv", "", Err("ended with"));
    check("unshare -U true && echo n > out.csv", "", Err("ended with"));
    check(
        "echo n > out.csv; grep -h ^CapEff /proc/self/status | grep -vc 0000000000000000 >> out.csv || true",
        "",
        Ok("n 0"),
    );
    let own = std::process::id();
    check(&format!("kill -0 {own} && echo n > out.csv"), "", Err("ended with"));
}

#[test]
fn no_connection_leads_out() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let script = format!(
        "perl -MSocket -e 'socket(S,PF_INET,SOCK_STREAM,0); connect(S,sockaddr_in({port},inet_aton(\"127.0.0.1\"))) or die \"no way out\"' && echo n > out.csv"
    );
    check(&script, "", Err("no way out"));
}

#[test]
fn what_a_program_uses_has_bounds() {
    check("sleep 60", "limits.time = \"300ms\"", Err("took longer than `limits.time`"));
    check("while :; do :; done", "limits.processor_s = 1", Err("passes `limits.processor_s`"));
    check("head -c 9000000 /dev/zero > out.csv", "limits.disk = \"1MiB\"", Err("the program"));
    check(
        "head -c 900000 /dev/zero > a; head -c 900000 /dev/zero > b; sleep 60",
        "limits.disk = \"1MiB\"",
        Err("wrote more"),
    );
    check(
        "for at in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 5 & done; echo n > out.csv",
        "limits.processes = 8",
        Err("the program ended with"),
    );
    check(
        "perl -e '$x = \"x\" x 3_000_000_000; print length $x' && echo n > out.csv",
        "limits.memory = \"256MiB\"",
        Err("the program ended"),
    );
    let folder = pipeline("yes | head -c 5000000; echo n > out.csv", "limits.log = \"1KiB\"");
    if run(folder.path(), &[]).status.success() {
        let log = product(folder.path(), "own.log");
        assert!(log.contains("\"bytes_lost\": 4998976"), "{log}");
    } else {
        assert!(!has_walls());
    }
}

#[test]
fn without_walls_nothing_runs_unless_file_and_person_say_so() {
    let folder = pipeline("echo n > out.csv", "sandbox = \"none\"");
    let output = run(folder.path(), &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("give `--allow-unsandboxed`"), "{}", said(&output));
    let output = run(folder.path(), &["--allow-unsandboxed"]);
    assert!(output.status.success(), "{}", said(&output));
    // Its whole group ends with its time.
    let mark = folder.path().join("mark");
    let script = format!("(sleep 2; echo x > {}) & sleep 60", mark.display());
    let folder = pipeline(&script, "sandbox = \"none\"\nlimits.time = \"200ms\"");
    let output = run(folder.path(), &["--allow-unsandboxed"]);
    assert!(said(&output).contains("took longer"), "{}", said(&output));
    thread::sleep(Duration::from_millis(2_500));
    assert!(!mark.exists());
}

#[test]
fn a_program_ends_with_the_run_that_was_killed_and_leaves_nothing() {
    let folder = pipeline("sleep 2; echo n > out.csv", "");
    let mut child = command(folder.path(), &[]).stderr(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
    thread::sleep(Duration::from_millis(700));
    child.kill().unwrap();
    child.wait().unwrap();
    let noted = |folder: &Path| fs::read_dir(folder.join("home/pipelines/steps")).map_or(0, Iterator::count);
    assert_eq!(noted(folder.path()), 0);
    let output = run(folder.path(), &[]);
    assert_eq!(output.status.success(), has_walls(), "{}", said(&output));
}

#[test]
fn what_fails_by_chance_is_tried_again() {
    let folder = pipeline("exit 7", "retries = { attempts = 3, wait = \"10ms\" }");
    let output = run(folder.path(), &[]);
    let told = said(&output);
    assert_eq!(output.status.code(), Some(1), "{told}");
    if has_walls() {
        assert!(told.contains("try 1 of 3") && told.contains("try 2 of 3") && !told.contains("try 3 of 3"), "{told}");
    }
}
