//! Commands that install a package whose name is not quite the one everybody knows, or from a place where nobody looks.
//! A model that makes names up is what those wait for who register them.

mod popular;

use std::ops::Range;

use redoubt_domain::finding::{Label, Severity};
use redoubt_domain::seams::{Detector, Match, Spec, Trigger, Window};

use self::popular::{IMPORTED, JAVASCRIPT, NEIGHBOURS, PYTHON, RUST};
use super::Parameters;
use super::boundary::floor;

/// Makes the detector.
pub(super) fn build(_: &Parameters) -> Box<dyn Detector> {
    Box::new(Package)
}

const LABEL: &str = "SUSPICIOUS_PACKAGE";

/// How much of a command is read.
const COMMAND_BYTES_MAX: usize = 320;
/// Names shorter than this have too many neighbours.
const NAME_LETTERS_MIN: usize = 5;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Registry {
    Python,
    JavaScript,
    Rust,
}

impl Registry {
    const fn popular(self) -> &'static [&'static str] {
        match self {
            Self::Python => PYTHON,
            Self::JavaScript => JAVASCRIPT,
            Self::Rust => RUST,
        }
    }
}

const COMMANDS: &[(&str, Registry)] = &[
    ("pip install ", Registry::Python),
    ("pip3 install ", Registry::Python),
    ("pipx install ", Registry::Python),
    ("uv add ", Registry::Python),
    ("poetry add ", Registry::Python),
    ("npm install ", Registry::JavaScript),
    ("npm i ", Registry::JavaScript),
    ("yarn add ", Registry::JavaScript),
    ("pnpm add ", Registry::JavaScript),
    ("bun add ", Registry::JavaScript),
    ("cargo add ", Registry::Rust),
    ("cargo install ", Registry::Rust),
];

/// The same, in the same order, for the one pass over the text.
const LITERALS: &[&str] = &[
    "pip install ",
    "pip3 install ",
    "pipx install ",
    "uv add ",
    "poetry add ",
    "npm install ",
    "npm i ",
    "yarn add ",
    "pnpm add ",
    "bun add ",
    "cargo add ",
    "cargo install ",
];

static SPEC: Spec = Spec {
    id: "package",
    summary: "Commands that install packages with names close to popular ones of PyPI, npm and crates.io, or from unsafe places",
    labels: &[LABEL],
    trigger: Trigger::Literals(LITERALS),
    span_max: COMMAND_BYTES_MAX + 16,
    positives: &[
        "pip install reqeusts",
        "Run `pip3 install python-dotenv colorama tensorfow` first.",
        "npm i expresss",
        "$ npm install lodahs --save",
        "cargo add serde_jsn",
        "pip install beautiful-soup4",
        "pip install sklearn",
        "pip install --index-url http://192.0.2.7/simple internal-tools",
    ],
    near_misses: &[
        "pip install requests numpy pandas",
        "npm install express --save",
        "cargo add serde_json tokio --features full",
        "pip install -r requirements.txt",
        "Run pip install flask to get going with reqeusts.",
        "npm install @types/node react@18.2.0",
        "pip install \"uvicorn[standard]>=0.30\"",
        "You can pip install your own package.",
        "cargo install ripgrep",
    ],
};

struct Package;

impl Detector for Package {
    fn spec(&self) -> &Spec {
        &SPEC
    }

    fn detect(&self, window: &Window<'_>, found: &mut Vec<Match>) {
        for hit in window.hits {
            let Some((_, registry)) = COMMANDS.get(hit.literal) else { continue };
            if !begins_command(window.text, hit.start) {
                continue;
            }
            for argument in arguments(window.text, hit.start, hit.end) {
                let Some(text) = window.text.get(argument.clone()) else { continue };
                let Some((rule, score)) = judge(text, *registry) else { continue };
                let (label, rule, severity) = (Label::new(LABEL), Some(rule), Severity::Medium);
                found.push(Match { span: argument, label, rule, score, severity });
            }
        }
    }

    fn live_from(&self, window: &Window<'_>) -> usize {
        let text = window.text;
        let open = window.hits.iter().find(|hit| {
            let command = command(text, hit.end);
            command.end == text.len() && text.len() - hit.end < COMMAND_BYTES_MAX
        });
        open.map_or(text.len(), |hit| hit.start).min(begun(text))
    }
}

/// Where the text ends in the beginning of a command.
fn begun(text: &str) -> usize {
    const LONGEST: usize = 14;
    let lower = text.get(floor(text, text.len().saturating_sub(LONGEST))..).unwrap_or_default().to_ascii_lowercase();
    let begins = |at: &usize| {
        let tail = lower.get(*at..).unwrap_or_default();
        !tail.is_empty() && LITERALS.iter().any(|literal| literal.starts_with(tail))
    };
    let from = text.len() - lower.len();
    (0..lower.len()).find(begins).map_or(text.len(), |at| from + at)
}

fn begins_command(text: &str, at: usize) -> bool {
    let before = text.get(..at).and_then(|before| before.chars().next_back());
    before.is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != '-')
}

/// What follows the words of a command, up to where it ends.
fn command(text: &str, from: usize) -> Range<usize> {
    let bound = floor(text, (from + COMMAND_BYTES_MAX).min(text.len()));
    let rest = text.get(from..bound).unwrap_or_default();
    let length = rest.find(['\n', ';', '&', '|', '`', ')', '<', '#']).unwrap_or(rest.len());
    from..from + length
}

/// What a command is given that is not an option. In a sentence that is the next word; what follows is the sentence.
fn arguments(text: &str, start: usize, end: usize) -> Vec<Range<usize>> {
    /// Options that are followed by a value of their own.
    const WITH_VALUE: &[&str] = &[
        "-r",
        "-c",
        "-e",
        "-t",
        "--requirement",
        "--constraint",
        "--target",
        "--prefix",
        "--features",
        "-F",
        "--version",
        "--vers",
        "--git",
        "--path",
        "--registry",
        "--group",
        "--python",
        "-p",
        "--root",
        "--branch",
        "--tag",
        "--rev",
        "--editable",
    ];
    const SOURCES: &[&str] = &["-i", "--index-url", "--extra-index-url", "--find-links", "-f"];
    let before = text.get(..start).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default().trim_start();
    let is_code = line.is_empty()
        || line.ends_with('`')
        || line.ends_with(['$', '>', '%', '!'])
        || line.ends_with("$ ")
        || line.ends_with("-m ")
        || line.ends_with("sudo ")
        || line.ends_with("&& ");
    let command = command(text, end);
    let rest = text.get(command.clone()).unwrap_or_default();
    let mut all = Vec::new();
    let mut skips = false;
    let mut next = command.start;
    for piece in rest.split_inclusive(char::is_whitespace) {
        let at = next;
        next += piece.len();
        let word = piece.trim_end();
        if word.is_empty() {
            continue;
        }
        if std::mem::take(&mut skips) {
            continue;
        }
        if word.starts_with('-') {
            let (name, value) = word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value)));
            skips = WITH_VALUE.contains(&name) && value.is_none();
            if let Some(value) = value.filter(|_| SOURCES.contains(&name)) {
                all.push(at + word.len() - value.len()..at + word.len());
            }
            continue;
        }
        let trimmed = word.trim_matches(['"', '\'', ',', '.', '!', ':', '*', '\u{201c}', '\u{201d}']);
        let lead = word.len() - word.trim_start_matches(['"', '\'', '*', '\u{201c}']).len();
        if !trimmed.is_empty() {
            all.push(at + lead..at + lead + trimmed.len());
        }
        let is_address = trimmed.contains("://");
        if !is_code && !is_address {
            break;
        }
    }
    all
}

/// What is wrong with a package, if anything.
fn judge(argument: &str, registry: Registry) -> Option<(&'static str, f32)> {
    if let Some((scheme, rest)) = argument.split_once("://") {
        let host = rest.split(['/', '?', ':']).next().unwrap_or_default();
        let host = host.rsplit('@').next().unwrap_or_default();
        let is_local = matches!(host, "localhost" | "127.0.0.1");
        let is_bare = host.split('.').count() == 4 && host.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        return (!is_local && (scheme.ends_with("http") || is_bare)).then_some(("unsafe-source", 0.7));
    }
    // A file, a folder, or a name in somebody's own space.
    if argument.starts_with(['.', '/', '~', '@', '$', '{', '[']) || argument.contains(['/', '\\', '{', '(']) {
        return None;
    }
    let end = argument.find(['=', '<', '>', '~', '!', '[', '@', '^']).unwrap_or(argument.len());
    let name = argument.get(..end)?;
    if !name.is_ascii() {
        let is_name = name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'));
        return (is_name && name.chars().any(|c| c.is_ascii_alphabetic())).then_some(("foreign-letters", 0.85));
    }
    let mut name = name.to_ascii_lowercase();
    if registry != Registry::JavaScript {
        name = name.replace(['_', '.'], "-");
    }
    let popular = registry.popular();
    if popular.contains(&name.as_str()) {
        return None;
    }
    if registry == Registry::Python && IMPORTED.iter().any(|(imported, _)| *imported == name) {
        return Some(("import-name", 0.6));
    }
    if name.len() < NAME_LETTERS_MIN || NEIGHBOURS.contains(&name.as_str()) {
        return None;
    }
    let plain = |name: &str| name.replace(['-', '_', '.'], "");
    if popular.iter().any(|known| plain(known) == plain(&name)) {
        return Some(("separators", 0.65));
    }
    let is_near = |known: &&&str| known.len() >= NAME_LETTERS_MIN && is_one_edit(known.as_bytes(), name.as_bytes());
    popular.iter().find(is_near).map(|_| ("typosquat", 0.8))
}

/// Whether one letter more, less or other, or two letters exchanged, makes one name the other. A digit or an `s` at the
/// end more or less is another version or another package as often as not, but for names it is a trap for.
fn is_one_edit(known: &[u8], name: &[u8]) -> bool {
    let same = known.iter().zip(name).take_while(|(a, b)| a == b).count();
    let (known, name) = (known.get(same..).unwrap_or_default(), name.get(same..).unwrap_or_default());
    let rest = |bytes: &[u8], from: usize| bytes.get(from..).unwrap_or_default().to_vec();
    match (known, name) {
        ([], []) => false,
        // A version: `psycopg3`, `boto4`.
        ([], [digit]) if digit.is_ascii_digit() => false,
        ([a], [b]) if a.is_ascii_digit() && b.is_ascii_digit() => false,
        ([a, b, ..], [c, d, ..]) if a == d && b == c && rest(known, 2) == rest(name, 2) => true,
        _ => {
            rest(known, 1) == rest(name, 1) && !known.is_empty() && !name.is_empty()
                || rest(known, 1) == name && !known.is_empty()
                || known == rest(name, 1) && !name.is_empty()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::examples::{check, conforms};
    use super::*;

    #[test]
    fn examples_hold() {
        conforms(&Package);
    }

    #[test]
    fn the_commands_are_the_literals() {
        assert!(COMMANDS.iter().map(|(command, _)| *command).eq(LITERALS.iter().copied()));
        for list in [PYTHON, JAVASCRIPT, RUST] {
            assert!(list.windows(2).all(|pair| pair[0] < pair[1]), "in order, each once");
        }
    }

    #[test]
    fn names_that_are_not_quite_are_found() {
        for (text, expected) in [
            ("pip install requestss", "SUSPICIOUS_PACKAGE 0.80 `requestss`"),
            ("pip install -U numpi", "SUSPICIOUS_PACKAGE 0.80 `numpi`"),
            ("python -m pip install request", "SUSPICIOUS_PACKAGE 0.80 `request`"),
            ("`npm i crossenv`", "SUSPICIOUS_PACKAGE 0.65 `crossenv`"),
            ("cargo add serde-jsn@1", "SUSPICIOUS_PACKAGE 0.80 `serde-jsn@1`"),
            ("pip install scikitlearn==1.5", "SUSPICIOUS_PACKAGE 0.65 `scikitlearn==1.5`"),
            ("pip install \"cv2\"", "SUSPICIOUS_PACKAGE 0.60 `cv2`"),
            ("pip install r\u{435}quests", "SUSPICIOUS_PACKAGE 0.85 `r\u{435}quests`"),
            (
                "pip install --index-url=http://pkgs.example/simple x",
                "SUSPICIOUS_PACKAGE 0.70 `http://pkgs.example/simple`",
            ),
            ("pip install http://192.0.2.1/a.whl", "SUSPICIOUS_PACKAGE 0.70 `http://192.0.2.1/a.whl`"),
            ("$ pip install flask djnago\nthen", "SUSPICIOUS_PACKAGE 0.80 `djnago`"),
        ] {
            check(&Package, text, expected);
        }
    }

    #[test]
    fn names_that_are_right_or_ones_own_are_not() {
        for text in [
            "pip install psycopg3 boto4",
            "pip install typing_extensions Pillow PyYAML",
            "npm i socket.io @scope/reqct ./local ../lodahs",
            "pip install git+https://github.com/psf/requests.git",
            "pip install https://files.example.org/x.whl",
            "pip install http://localhost:8000/x.whl",
            "pip install .[dev]",
            "cargo install --path crates/app --features sqlx",
            "cargo add tokio_util lazy_static num_cpus",
            "To pip install things you need a network.",
            "snpm i reqct and ypip install reqeusts",
            "the pip installation of reqeusts failed",
            "pip install tomli aioredis httpie",
        ] {
            check(&Package, text, "");
        }
    }
}
