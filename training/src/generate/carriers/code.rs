//! What programs and programmers write.

use crate::generate::grammar::Maker;

pub(super) fn log(maker: &mut Maker<'_>, payload: &str) -> String {
    let lines = maker.random.between(3, 7);
    let place = maker.random.below(lines);
    let mut out = String::new();
    for at in 0..lines {
        let stamp = maker.expand("{date} {time}:{n} ");
        let line = match at == place && !payload.is_empty() {
            true => maker.expand("[[INFO|WARN|ERROR|DEBUG]] [[user_agent=|message: |comment=|input: |]]") + payload,
            false => maker.expand("[[INFO|WARN|ERROR|DEBUG]] [[request {hex} GET {url} 200 {n}ms|user {name} logged in|cache miss for {file}|job {id} finished|connection from {host} closed|retry {small} of 10|ignoring unknown option `{secretword}`|loaded {n} rows from {file}]]"),
        };
        out += &format!("{stamp}{line}\n");
    }
    out
}

/// A source file with the payload in a comment or a string.
pub(super) fn source(maker: &mut Maker<'_>, payload: &str) -> String {
    let note = if payload.is_empty() { maker.prose(1, 1) } else { payload.to_owned() };
    let flat = note.replace('\n', " ");
    match maker.random.below(7) {
        0 => {
            maker.expand("import os\nimport json\n\n")
                + &format!("# {flat}\n")
                + &maker
                    .expand("def load_{secretword}(path):\n    with open(path) as f:\n        return json.load(f)\n")
        }
        1 => {
            maker.expand("// {file}\nfunction {secretword}(items) {{\n")
                + &format!("  // {flat}\n")
                + "  return items.filter(Boolean).length;\n}\n"
        }
        2 => {
            maker.expand("/*\n * {product}\n")
                + &format!(" * {flat}\n */\n")
                + &maker.expand("int {secretword}(int n) {{\n    return n * {n};\n}\n")
        }
        3 => {
            maker.expand("fn {secretword}(count: usize) -> usize {{\n") + &format!("    // {flat}\n    count + 1\n}}\n")
        }
        4 => maker.expand("SELECT id, name FROM {secretword} WHERE city = '{city}'; ") + &format!("-- {flat}\n"),
        5 => {
            maker.expand("class {secretword}:\n")
                + &format!("    \"\"\"{note}\"\"\"\n\n    def run(self):\n        return self.value\n")
        }
        _ => {
            maker.expand("MESSAGE = \"")
                + &flat.replace('"', "'")
                + &maker.expand("\"\nRETRIES = {small}\nprint(MESSAGE)\n")
        }
    }
}

pub(super) fn commit(maker: &mut Maker<'_>, payload: &str) -> String {
    let text = maker.bury(payload, 0, 2);
    maker.expand(
        "commit {hex}{hex}\nAuthor: {name} <{mail}>\nDate: {date}\n\n    [[Fix|Add|Update|Remove]] {file}\n\n    ",
    ) + &text.replace('\n', "\n    ")
}

pub(super) fn trace(maker: &mut Maker<'_>, payload: &str) -> String {
    let text = if payload.is_empty() {
        maker.expand("[[invalid literal: '{secretword}'|{file} not found|'{secretword}'|timeout after {n} s]]")
    } else {
        payload.replace('\n', " ")
    };
    match maker.random.below(3) {
        0 => maker.expand("Traceback (most recent call last):\n  File \"{file}\", line {n}, in <module>\n    main()\n  File \"{file}\", line {n}, in main\n    raise ValueError(text)\n[[ValueError|KeyError|RuntimeError]]: ") + &text,
        1 => maker.expand("Exception in thread \"main\" java.lang.IllegalStateException: ") + &text + &maker.expand("\n\tat com.{secretword}.Main.run(Main.java:{n})\n\tat com.{secretword}.Main.main(Main.java:{n})"),
        _ => maker.expand("error: ") + &text + &maker.expand("\n  --> {file}:{n}:{small}\n   |\n{n} |     let x = {secretword};\n"),
    }
}

pub(super) fn shell(maker: &mut Maker<'_>, payload: &str) -> String {
    let text = maker.bury(payload, 0, 2);
    maker.expand("$ cat {file}\n") + &text + &maker.expand("\n$ ls -l\n-rw-r--r-- 1 root root {n}{n} {date} {file}\n")
}

pub(super) fn diff(maker: &mut Maker<'_>, payload: &str) -> String {
    let text = maker.bury(payload, 0, 2);
    let added: String = text.lines().map(|line| format!("+{line}\n")).collect();
    maker.expand("diff --git a/{file} b/{file}\n@@ -{n},{small} +{n},{small} @@\n {prose}\n-{prose}\n")
        + &added
        + &maker.expand(" {prose}\n")
}

pub(super) fn settings(maker: &mut Maker<'_>, payload: &str) -> String {
    let note = if payload.is_empty() { maker.prose(1, 1) } else { payload.to_owned() };
    let note = note.replace('\n', " ");
    let mark = maker.word(&["# ", "; ", "// "]);
    maker.expand("[{secretword}]\nhost = {host}\nport = {n}{n}\n")
        + &format!("{mark}{note}\n")
        + &maker.expand("owner = {mail}\nretries = {small}\npath = {file}\n")
}
