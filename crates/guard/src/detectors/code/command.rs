//! Injected shell commands, and code that runs other code.

use std::ops::Range;

use redoubt_domain::finding::Severity;

use super::{Form, Reader, Sight, form};

const COMMAND: &str = "COMMAND_INJECTION";
const CODE: &str = "CODE_INJECTION";

const fn shell(mark: &'static str, rule: &'static str, read: Reader) -> Form {
    form(mark, COMMAND, rule, Severity::High, read)
}

const fn code(mark: &'static str, rule: &'static str, read: Reader) -> Form {
    form(mark, CODE, rule, Severity::High, read)
}

pub(super) static FORMS: &[Form] = &[
    shell(";", "chained-command", chained),
    shell("|", "chained-command", piped),
    shell("&&", "chained-command", chained),
    shell("$(", "substituted-command", substituted),
    shell("`", "substituted-command", ticked),
    shell("/dev/tcp/", "reverse-shell", |sight| Some((sight.reaching(40), 0.93))),
    shell("bash -i", "reverse-shell", |sight| sight.after.contains(">&").then(|| (sight.to_line_end(), 0.93))),
    shell("nc -e", "reverse-shell", |sight| Some((sight.to_line_end(), 0.88))),
    shell("ncat -e", "reverse-shell", |sight| Some((sight.to_line_end(), 0.88))),
    shell("-e /bin/sh", "reverse-shell", |sight| Some((sight.reaching(0), 0.85))),
    shell("-e /bin/bash", "reverse-shell", |sight| Some((sight.reaching(0), 0.85))),
    shell("/bin/sh -i", "reverse-shell", |sight| Some((sight.to_line_end(), 0.7))),
    shell("os.dup2(s.fileno(", "reverse-shell", |sight| Some((sight.to_line_end(), 0.9))),
    shell("mkfifo /tmp/", "reverse-shell", |sight| Some((sight.to_line_end(), 0.8))),
    shell("rm -rf ", "destructive-command", destructive),
    shell("rm -fr ", "destructive-command", destructive),
    shell(":(){", "destructive-command", |sight| Some((sight.reaching(12), 0.9))),
    shell("mkfs.", "destructive-command", |sight| sight.after.contains("/dev/").then(|| (sight.to_line_end(), 0.85))),
    shell("of=/dev/sd", "destructive-command", |sight| Some((sight.reaching(8), 0.85))),
    shell("> /dev/sda", "destructive-command", |sight| Some((sight.reaching(4), 0.85))),
    shell("powershell -e", "encoded-command", |sight| Some((sight.to_line_end(), 0.85))),
    shell("powershell.exe -e", "encoded-command", |sight| Some((sight.to_line_end(), 0.85))),
    shell("iex(", "encoded-command", |sight| sight.after.contains("download").then(|| (sight.to_line_end(), 0.9))),
    shell("iex (", "encoded-command", |sight| sight.after.contains("download").then(|| (sight.to_line_end(), 0.9))),
    shell("cmd.exe /c", "encoded-command", |sight| Some((sight.to_line_end(), 0.7))),
    shell("/etc/shadow", "password-file", |sight| Some((sight.reaching(0), 0.55))),
    code("__import__(", "runs-code", |sight| {
        Some((
            sight.to_line_end(),
            if sight.after.contains("system") || sight.after.contains("subprocess") || sight.after.contains("popen") {
                0.93
            } else {
                0.6
            },
        ))
    }),
    code("eval(", "runs-code", evaluated),
    code("exec(", "runs-code", evaluated),
    code("new function(", "runs-code", evaluated),
    code("os.system(", "runs-commands", called),
    code("os.popen(", "runs-commands", called),
    code("subprocess.", "runs-commands", |sight| {
        sight.after.contains("shell=true").then(|| (sight.to_line_end(), 0.6))
    }),
    code("require('child_process')", "runs-commands", |sight| {
        Some((
            sight.to_line_end(),
            if sight.after.contains("exec") || sight.after.contains("spawn") { 0.82 } else { 0.6 },
        ))
    }),
    code("require(\"child_process\")", "runs-commands", |sight| {
        Some((
            sight.to_line_end(),
            if sight.after.contains("exec") || sight.after.contains("spawn") { 0.82 } else { 0.6 },
        ))
    }),
    code("process.mainmodule", "runs-commands", |sight| Some((sight.to_line_end(), 0.88))),
    code("getruntime().exec(", "runs-commands", |sight| Some((sight.to_line_end(), 0.8))),
    code("<?php", "runs-code", |sight| {
        ["system(", "eval(", "passthru(", "shell_exec(", "exec("]
            .iter()
            .any(|call| sight.after.contains(call))
            .then(|| (sight.to_line_end(), 0.85))
    }),
    code("passthru(", "runs-commands", called),
    code("shell_exec(", "runs-commands", called),
    code("pickle.loads(", "unsafe-load", |sight| {
        (sight.after.contains("base64") || sight.after.contains("b64decode") || sight.after.starts_with("b'"))
            .then(|| (sight.to_line_end(), 0.8))
    }),
    code("marshal.loads(", "unsafe-load", |sight| Some((sight.to_line_end(), 0.65))),
    code("!!python/object", "unsafe-load", |sight| Some((sight.to_line_end(), 0.9))),
    code("java.lang.runtime", "runs-commands", |sight| {
        sight.after.contains("exec").then(|| (sight.to_line_end(), 0.85))
    }),
];

/// Commands that need no argument to be one.
pub(super) const BARE: &[&str] = &["whoami", "ifconfig", "hostname", "uname", "netstat", "env", "printenv"];
/// Commands that are words, too: only with what they take.
pub(super) const WITH_ARGUMENT: &[&str] = &[
    "cat",
    "rm",
    "curl",
    "wget",
    "nc",
    "ncat",
    "bash",
    "sh",
    "zsh",
    "chmod",
    "ls",
    "ping",
    "sleep",
    "id",
    "type",
    "dir",
    "del",
    "net",
    "echo",
    "powershell",
    "python",
    "python3",
    "perl",
    "ruby",
    "telnet",
    "ssh",
    "scp",
    "tee",
    "base64",
    "nslookup",
    "kill",
    "mail",
    "touch",
    "cp",
    "mv",
];

/// `; cat /etc/passwd`, not `; cat lovers`.
fn chained(sight: &Sight<'_>) -> Option<(Range<usize>, f32)> {
    command(behind_separator(sight.after)).map(|score| (sight.to_line_end(), score))
}

/// The same behind `|`, of which tables have many.
fn piped(sight: &Sight<'_>) -> Option<(Range<usize>, f32)> {
    let line = sight.before.rsplit('\n').next().unwrap_or("").trim_start();
    if line.is_empty() || line.starts_with('|') {
        return None;
    }
    chained(sight)
}

/// The command behind a separator.
pub(super) fn behind_separator(after: &str) -> &str {
    let command = after.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '&' | '|'));
    command.strip_prefix("sudo ").map_or(command, str::trim_start)
}

fn substituted(sight: &Sight<'_>) -> Option<(Range<usize>, f32)> {
    let inside = sight.after.get(..sight.after.find(')')?)?;
    command(inside).map(|score| (sight.reaching(inside.len() + 1), score))
}

fn ticked(sight: &Sight<'_>) -> Option<(Range<usize>, f32)> {
    // Mark-up uses the same sign to show a command, so only what fetches or reads counts.
    let inside = sight.after.get(..sight.after.find('`')?)?;
    let is_glued = sight.before.ends_with([';', '=', '|', '/', '"']);
    (is_glued && command(inside).is_some()).then(|| (sight.reaching(inside.len() + 1), 0.8))
}

fn command(text: &str) -> Option<f32> {
    let mut words = text.split_whitespace();
    let name = words.next()?.trim_end_matches([';', ')', '"', '\'', '|', '&']);
    let name = name.rsplit('/').next().unwrap_or(name);
    let rest = words.next().unwrap_or("");
    let third = words.next();
    if BARE.contains(&name) {
        let is_last = rest.is_empty() || rest.starts_with(['-', ';', '|', '&', '#', '>']);
        return is_last.then_some(0.75);
    }
    if !WITH_ARGUMENT.contains(&name) {
        return None;
    }
    let pipes_to_shell = matches!(name, "sh" | "bash" | "zsh") && (rest.is_empty() || rest.starts_with(['-', ')']));
    let is_path = rest.starts_with(['/', '~', '$', '.']) && rest.len() > 1 || rest.starts_with("c:\\");
    let is_address = rest.contains("://") || text.contains("http://") || text.contains("https://");
    let is_option =
        rest.starts_with('-') && rest.len() > 1 && rest.as_bytes().get(1).is_some_and(u8::is_ascii_alphabetic);
    let is_number =
        matches!(name, "sleep" | "ping" | "kill") && rest.bytes().next().is_some_and(|byte| byte.is_ascii_digit());
    let is_lonely = matches!(name, "id" | "ls" | "dir")
        && (rest.is_empty() && !text.contains(' ') || rest.starts_with([';', '|', '&', '#', '>']));
    match name {
        _ if text.contains("/etc/passwd") || text.contains("/etc/shadow") || text.contains(".ssh/") => Some(0.92),
        _ if pipes_to_shell => Some(0.72),
        "rm" | "nc" | "ncat" if is_path || is_option => Some(0.8),
        "nc" | "ncat" | "telnet" if is_host_and_port(rest, third) => Some(0.8),
        "curl" | "wget" if is_address || is_option => Some(0.75),
        "sh" | "bash" | "zsh" | "powershell" | "python" | "python3" | "perl" | "ruby" if is_option => Some(0.7),
        "echo" | "type" | "net" | "mail" | "touch" | "tee" | "cp" | "mv" | "python" | "python3" | "perl" | "ruby" => {
            None
        }
        "ls" | "dir" if is_lonely => Some(0.45),
        _ if is_path || is_number || is_lonely => Some(0.66),
        _ if is_option => Some(0.55),
        _ => None,
    }
}

/// `evil.example 4444`.
fn is_host_and_port(host: &str, port: Option<&str>) -> bool {
    let port = port.unwrap_or("").trim_end_matches(|c: char| !c.is_ascii_digit());
    host.contains('.') && !port.is_empty() && port.len() <= 5 && port.bytes().all(|byte| byte.is_ascii_digit())
}

fn destructive(sight: &Sight<'_>) -> Option<(Range<usize>, f32)> {
    let target = sight.after.split_whitespace().next().unwrap_or("");
    let is_root = matches!(
        target.trim_end_matches([';', '"', '\'', '`', '.']),
        "/" | "/*"
            | "~"
            | "~/"
            | "~/*"
            | "*"
            | "$home"
            | "--no-preserve-root"
            | "/home"
            | "/etc"
            | "/var"
            | "/usr"
            | "/boot"
    );
    is_root.then(|| (sight.reaching(target.len()), 0.85))
}

fn evaluated(sight: &Sight<'_>) -> Option<(Range<usize>, f32)> {
    if sight.before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '$')) {
        return None;
    }
    let inside = sight.after.get(..sight.after.find('\n').unwrap_or(sight.after.len())).unwrap_or("");
    let is_hidden = [
        "base64",
        "b64decode",
        "atob(",
        "request",
        "input(",
        "decode(",
        "fromcharcode",
        "$_get",
        "$_post",
        "compile(",
        "urlopen",
        "__import__",
        "unescape(",
    ]
    .iter()
    .any(|sign| inside.contains(sign));
    is_hidden.then(|| (sight.to_line_end(), 0.82))
}

/// A call with a text for an argument.
fn called(sight: &Sight<'_>) -> Option<(Range<usize>, f32)> {
    let is_text = sight.after.trim_start().starts_with(['"', '\'', 'f', '$', 'r']);
    is_text.then(|| (sight.to_line_end(), 0.62))
}
