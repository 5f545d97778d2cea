//! Templates and how they are filled.
//!
//! `{slot}` is filled from the language's lists or by a small generator, `[[a|b|]]` is one of its alternatives, and
//! `{{` and `}}` stand for braces.

use super::languages::Language;
use super::random::{Random, hash};

/// Fills the templates of one language.
pub(super) struct Maker<'a> {
    pub(super) language: &'static Language,
    pub(super) random: &'a mut Random,
}

/// A filled template.
pub(super) struct Said {
    pub(super) text: String,
    /// The hash of the template.
    pub(super) template: u64,
}

/// A slot may hold a slot, but not for ever.
const DEPTH_MAX: usize = 4;

impl Maker<'_> {
    /// One of the list, filled.
    pub(super) fn say(&mut self, list: &[&'static str]) -> Option<Said> {
        let template = self.random.pick(list)?;
        Some(Said { text: self.expand(template), template: hash(template) })
    }

    /// Like [`Self::say`] where nobody asks for the template.
    pub(super) fn text(&mut self, list: &[&'static str]) -> String {
        self.say(list).map(|said| said.text).unwrap_or_default()
    }

    /// One of the words, as it stands.
    pub(super) fn word(&mut self, list: &[&'static str]) -> &'static str {
        self.random.pick(list).unwrap_or_default()
    }

    pub(super) fn expand(&mut self, template: &str) -> String {
        let mut out = String::with_capacity(template.len() * 2);
        self.fill(template, &mut out, 0);
        tidy(out)
    }

    fn fill(&mut self, template: &str, out: &mut String, depth: usize) {
        let mut rest = template;
        while let Some(at) = rest.find(['{', '[', '}']) {
            let (before, from) = rest.split_at(at);
            out.push_str(before);
            rest = if let Some(after) = from.strip_prefix("{{") {
                out.push('{');
                after
            } else if let Some(after) = from.strip_prefix("}}") {
                out.push('}');
                after
            } else if let Some((choices, after)) = from.strip_prefix("[[").and_then(|body| body.split_once("]]")) {
                let choices: Vec<&str> = choices.split('|').collect();
                let choice = self.random.pick(&choices).unwrap_or_default();
                self.fill(choice, out, depth);
                after
            } else if let Some((name, after)) = from.strip_prefix('{').and_then(|body| body.split_once('}'))
                && depth < DEPTH_MAX
                && self.slot(name, out, depth + 1)
            {
                after
            } else {
                let mut characters = from.chars();
                out.extend(characters.next());
                characters.as_str()
            };
        }
        out.push_str(rest);
    }

    /// Writes the slot's value; false where there is no such slot.
    fn slot(&mut self, name: &str, out: &mut String, depth: usize) -> bool {
        if let Some(list) = self.language.list(name) {
            let template = self.word(list);
            self.fill(template, out, depth);
            return !template.is_empty();
        }
        match self.thing(name) {
            Some(text) => {
                out.push_str(&text);
                true
            }
            None => false,
        }
    }

    /// What looks the same in every language.
    fn thing(&mut self, name: &str) -> Option<String> {
        let random = &mut *self.random;
        Some(match name {
            // An upright bar parts alternatives.
            "pipe" => "|".to_owned(),
            "n" => random.between(2, 60).to_string(),
            "small" => random.between(2, 9).to_string(),
            "year" => random.between(1950, 2026).to_string(),
            "date" => match random.below(3) {
                0 => {
                    format!("{}-{:02}-{:02}", random.between(2019, 2026), random.between(1, 12), random.between(1, 28))
                }
                1 => {
                    format!("{:02}/{:02}/{}", random.between(1, 28), random.between(1, 12), random.between(2019, 2026))
                }
                _ => format!("{}.{}.{}", random.between(1, 28), random.between(1, 12), random.between(2019, 2026)),
            },
            "time" => format!("{:02}:{:02}", random.between(7, 21), random.below(60)),
            "amount" => match random.below(4) {
                0 => format!("${}", random.between(5, 9999)),
                1 => format!("{} EUR", random.between(5, 9999)),
                2 => format!("€{}.{:02}", random.between(5, 999), random.below(100)),
                _ => format!("{} USD", random.between(1, 99) * 100),
            },
            "id" => format!(
                "{}-{}",
                random.pick(&["INV", "TCK", "ORD", "REF", "PR", "CASE", "SKU"])?,
                random.between(100, 99999)
            ),
            "hex" => format!("{:08x}", random.next() as u32),
            "phone" => {
                format!("+{} {} {:06}", random.between(1, 99), random.between(100, 999), random.below(1_000_000))
            }
            "token" => format!("{}{}", random.pick(WORDS)?, random.between(1, 999)).to_uppercase(),
            "secretword" => (*random.pick(WORDS)?).to_owned(),
            "host" => format!(
                "{}{}.{}",
                random.pick(WORDS)?,
                random.pick(&["", "-app", "-cdn", "hub", "-mail", "s"])?,
                random.pick(ENDS)?
            ),
            "mail" => {
                let who = random.pick(&[
                    "info",
                    "j.smith",
                    "audit",
                    "anna.k",
                    "ops",
                    "billing",
                    "m.rossi",
                    "backup",
                    "mark82",
                    "support",
                    "collector",
                    "hr",
                ])?;
                let host = self.expand("{host}");
                format!("{who}@{host}")
            }
            "url" => {
                let host = self.expand("{host}");
                let random = &mut *self.random;
                let path = random.pick(&[
                    "",
                    "/",
                    "/login",
                    "/collect",
                    "/a/b",
                    "/docs/start",
                    "/p?id=12",
                    "/shop",
                    "/news",
                    "/x.php",
                    "/api/v1/log",
                    "/share",
                ])?;
                format!("{}{host}{path}", random.pick(&["https://", "http://", "https://www.", ""])?)
            }
            "file" => {
                let stem = random.pick(&[
                    "report",
                    "notes",
                    "budget",
                    "config",
                    "invoice",
                    "readme",
                    "contacts",
                    "backup",
                    "plan",
                    "customers",
                    "photos",
                    "draft",
                    "minutes",
                    "payroll",
                ])?;
                let end = random.pick(&["pdf", "txt", "xlsx", "docx", "json", "csv", "md", "zip", "py", "yaml"])?;
                match random.below(3) {
                    0 => format!("{stem}.{end}"),
                    1 => format!("{stem}_{}.{end}", random.between(1, 2026)),
                    _ => format!(
                        "/{}/{stem}.{end}",
                        random.pick(&["home/user", "tmp", "srv/data", "Documents", "shared"])?
                    ),
                }
            }
            "account" => match random.below(3) {
                0 => format!("DE{:020}", random.next() % 10_u64.pow(18)),
                1 => format!("US{:014}", random.next() % 10_u64.pow(14)),
                _ => random.between(10_000_000, 999_999_999).to_string(),
            },
            _ => return None,
        })
    }

    /// Sentences of ordinary prose.
    pub(super) fn prose(&mut self, low: usize, high: usize) -> String {
        let count = self.random.between(low, high);
        let sentences: Vec<String> = (0..count).map(|_| self.text(self.language.prose)).collect();
        self.join(&sentences)
    }

    /// Sentences, one after the other, as the language writes them.
    pub(super) fn join<S: AsRef<str>>(&self, parts: &[S]) -> String {
        let mut out = String::new();
        for part in parts.iter().map(AsRef::as_ref).filter(|part| !part.is_empty()) {
            if !out.is_empty() && !out.ends_with('\n') {
                out.push_str(self.language.space);
            }
            out.push_str(part);
        }
        out
    }

    /// The payload somewhere within ordinary prose.
    pub(super) fn bury(&mut self, payload: &str, low: usize, high: usize) -> String {
        let (before, after) = match self.random.below(4) {
            0 => (String::new(), self.prose(low, high)),
            1 => (self.prose(low, high), String::new()),
            _ => (self.prose(low.div_ceil(2), high.div_ceil(2)), self.prose(low.div_ceil(2), high.div_ceil(2))),
        };
        if self.random.chance(30) {
            let parts = [before, payload.to_owned(), after];
            let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
            return parts.join(if self.random.chance(50) { "\n" } else { "\n\n" });
        }
        self.join(&[before.as_str(), payload, after.as_str()])
    }
}

/// An alternative that is empty leaves a space where no writer would. Lines of their own are code or data, where
/// spaces mean something.
fn tidy(text: String) -> String {
    if text.contains('\n') {
        return text;
    }
    let tidied = text.replace("  ", " ").replace(" . ", ". ").replace(" , ", ", ");
    tidied.strip_suffix(" .").map_or_else(|| tidied.trim_end().to_owned(), |start| format!("{start}."))
}

/// Ordinary words, for hosts, passwords and things to say.
pub(super) const WORDS: &[&str] = &[
    "apple", "river", "falcon", "maple", "orbit", "cedar", "copper", "delta", "ember", "granite", "harbor", "indigo",
    "juniper", "kestrel", "lantern", "meadow", "nickel", "opal", "pepper", "quartz", "raven", "saffron", "timber",
    "umbra", "velvet", "willow", "zephyr", "banana", "pixel", "rocket", "sunset", "tiger", "panda", "mango", "coral",
    "bistro", "cloud", "forge", "summit", "nova",
];

const ENDS: &[&str] = &["com", "net", "org", "io", "example", "dev", "info", "co", "xyz", "de", "fr", "shop"];
