//! What differs from run to run, and the fixed text that stands for it.

use std::path::Path;

use regex::Regex;

/// The ports that stand in a transcript, for the real ones in the order in which servers come to listen.
const PORTS: [&str; 6] = ["8080", "8081", "8090", "8091", "8070", "8071"];

/// What is replaced, in this order.
const PATTERNS: [(&str, &str); 21] = [
    (r"\x1b", "␛"),
    (r"\r", ""),
    (r"rdt_[A-Za-z0-9_-]{43}", "rdt_…"),
    (r"key_[0-9a-f]{16}", "key_0123456789abcdef"),
    (r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", "01a20aa6-0000-7000-8000-000000000000"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", "2026-11-23T12:00:00.000000Z"),
    (r"\d{4}-\d\d-\d\d", "2026-11-23"),
    (r"\d+ (µs|ms)", "500 µs"),
    (r"(?m)in \d+\.\d s$", "in 0.1 s"),
    (r"_us=\d+", "_us=N"),
    (r"x-redoubt-overhead-us: \d+", "x-redoubt-overhead-us: N"),
    (r"(_[0-9]+)_[a-z0-9]{6}\]", "${1}_xxxxxx]"),
    (r"chatcmpl-demo[0-9a-f]{16}", "chatcmpl-demo"),
    (r"redoubt\.local/audit\+[0-9a-f]{8}\+[A-Za-z0-9+/=]{44}", "redoubt.local/audit+KEY"),
    (r"\b[0-9a-f]{64}\b", "DIGEST"),
    (r#""created": \d{10}"#, r#""created": SECONDS"#),
    (r"redoubt ((?:␛\[[0-9;]*m)*)0\.\d+\.\d+", "redoubt ${1}0.1.0"),
    // A server takes up the events of other processes, and signs, in its own time.
    (
        r"\d+ entries, \d+ under a signed checkpoint(, \d+ durable and waiting for the next)?",
        "N entries, N under a signed checkpoint",
    ),
    (r"\d+ tiles, a checkpoint", "N tiles, a checkpoint"),
    (r"version 0\.\d+\.\d+", "version 0.1.0"),
    // What the resolver says differs with the system; that it failed does not.
    (r"failed to lookup address information: [A-Z][a-z -]+", "failed to lookup address information"),
];

/// The replacements of one session.
pub(crate) struct Volatile {
    folder: String,
    patterns: Vec<(Regex, &'static str)>,
    /// Real ports, in the order of [`PORTS`].
    ports: Vec<String>,
}

impl Volatile {
    pub(crate) fn new(folder: &Path) -> Self {
        let patterns = PATTERNS.iter().map(|(pattern, fixed)| (Regex::new(pattern).unwrap(), *fixed)).collect();
        Self { folder: folder.display().to_string(), patterns, ports: Vec::new() }
    }

    /// A port that nobody listens on yet becomes 0, any free one.
    pub(crate) fn to_real(&self, text: &str) -> String {
        PORTS.iter().enumerate().fold(text.to_owned(), |text, (index, port)| {
            let real = self.ports.get(index).map_or("0", String::as_str);
            text.replace(&format!("127.0.0.1:{port}"), &format!("127.0.0.1:{real}"))
                .replace(&format!("--port {port}"), &format!("--port {real}"))
        })
    }

    /// The text as it would be the next time.
    pub(crate) fn to_fixed(&self, text: &str) -> String {
        let mut text = text.replace(&self.folder, "~");
        for (real, fixed) in self.ports.iter().zip(PORTS) {
            text = text.replace(&format!("127.0.0.1:{real}"), &format!("127.0.0.1:{fixed}"));
            text = text.replace(&format!("port {real}"), &format!("port {fixed}"));
        }
        for (pattern, fixed) in &self.patterns {
            text = pattern.replace_all(&text, *fixed).into_owned();
        }
        text
    }

    /// Takes the ports from the greeting of a server.
    pub(crate) fn learn_ports(&mut self, greeting: &str) {
        let addresses = Regex::new(r"://127\.0\.0\.1:(\d+)").unwrap();
        for found in addresses.captures_iter(greeting) {
            if !self.ports.contains(&found[1].to_owned()) {
                self.ports.push(found[1].to_owned());
            }
        }
    }
}
