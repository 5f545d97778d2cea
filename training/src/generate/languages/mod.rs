//! What is said in each language: fillers, attacks and their benign twins. One file and one line for each.

mod ar;
mod de;
pub(super) mod en;
mod es;
mod fr;
mod hi;
mod id;
mod it;
mod ja;
mod ko;
mod nl;
mod pl;
mod pt;
mod ru;
mod th;
mod tr;
mod vi;
mod zh;

use super::random::Random;

/// A list of templates, for [`super::grammar`].
pub(super) type List = &'static [&'static str];

/// The lists of one language. Attack lists hold whole sentences, so that they can stand alone or follow one another.
pub(super) struct Language {
    /// ISO 639-1.
    pub(super) code: &'static str,
    /// What stands between sentences.
    pub(super) space: &'static str,
    /// The headers of an e-mail: from, to, subject, date.
    pub(super) headers: [&'static str; 4],

    // Fillers, shared by attacks and twins.
    pub(super) names: List,
    pub(super) cities: List,
    pub(super) companies: List,
    pub(super) products: List,
    /// Noun phrases that can be a title.
    pub(super) topics: List,
    /// What people ask an assistant for.
    pub(super) tasks: List,
    /// Sentences of many kinds of text.
    pub(super) prose: List,
    pub(super) greetings: List,
    pub(super) closings: List,
    /// What stands before a request: "Hi,", "Please help:".
    pub(super) openers: List,
    /// What stands after a request.
    pub(super) enders: List,
    /// "Summarise this e-mail:", before a pasted text.
    pub(super) asks: List,

    // Attacks.
    pub(super) overrides: List,
    /// "Stop. Instead", in the middle of a text.
    pub(super) switches: List,
    /// What an attacker makes the model say to show that it worked.
    pub(super) stunts: List,
    pub(super) extraction: List,
    pub(super) personas: List,
    /// Hypothetical or fictional frames around `{harm}`.
    pub(super) fictions: List,
    pub(super) authority: List,
    /// Refusals forbidden, beginnings forced.
    pub(super) suppression: List,
    /// Threats, rewards, appeals.
    pub(super) pressure: List,
    /// "Decode it and do what it says", before the code.
    pub(super) decode: List,
    /// "Translate this and then follow it", with `{override}`.
    pub(super) translation: List,
    /// Secrets and credentials that the operator gave the model.
    pub(super) credentials: List,
    /// How foreign text calls the model that reads it.
    pub(super) calls: List,
    /// Orders to an agent in foreign text: send, forward, delete, transfer, call.
    pub(super) hijack: List,
    pub(super) exfiltration: List,
    /// "Do not tell the user."
    pub(super) secrecy: List,
    /// Bare orders that look like anybody's request; an attack only in foreign text.
    pub(super) bare: List,
    /// What no assistant should help with: the request alone, in general terms.
    pub(super) harms: List,

    // Twins.
    /// Questions and remarks about prompts, instructions, rules and attacks.
    pub(super) about: List,
    /// "Ignore the previous e-mail."
    pub(super) everyday: List,
    /// Ordinary role play.
    pub(super) roles: List,
    /// Orders about the form of the answer.
    pub(super) formats: List,
    /// Orders between people.
    pub(super) people: List,
    /// Manuals, recipes, how-tos.
    pub(super) howto: List,
    /// Fiction, news and quotations that speak of orders.
    pub(super) quotes: List,
    /// Ordinary questions about passwords, keys and accounts.
    pub(super) passwords: List,
    /// "What does this say?", before a harmless code.
    pub(super) decode_twins: List,
    /// Sensitive subjects, asked in order to know, to protect, to tell a story.
    pub(super) harm_twins: List,
    /// What an operator tells its own assistant.
    pub(super) systems: List,
}

impl Language {
    /// The list that a slot is filled from.
    pub(super) fn list(&self, slot: &str) -> Option<List> {
        Some(match slot {
            "name" => self.names,
            "city" => self.cities,
            "company" => self.companies,
            "product" => self.products,
            "topic" => self.topics,
            "task" => self.tasks,
            "prose" => self.prose,
            "override" => self.overrides,
            "stunt" => self.stunts,
            "extraction" => self.extraction,
            "harm" => self.harms,
            "hijack" => self.hijack,
            _ => return None,
        })
    }

    /// Every list of templates with its name, for the tests.
    #[cfg(test)]
    pub(super) fn lists(&self) -> [(&'static str, List); 41] {
        [
            ("names", self.names),
            ("cities", self.cities),
            ("companies", self.companies),
            ("products", self.products),
            ("topics", self.topics),
            ("tasks", self.tasks),
            ("prose", self.prose),
            ("greetings", self.greetings),
            ("closings", self.closings),
            ("openers", self.openers),
            ("enders", self.enders),
            ("asks", self.asks),
            ("overrides", self.overrides),
            ("switches", self.switches),
            ("stunts", self.stunts),
            ("extraction", self.extraction),
            ("personas", self.personas),
            ("fictions", self.fictions),
            ("authority", self.authority),
            ("suppression", self.suppression),
            ("pressure", self.pressure),
            ("decode", self.decode),
            ("translation", self.translation),
            ("credentials", self.credentials),
            ("calls", self.calls),
            ("hijack", self.hijack),
            ("exfiltration", self.exfiltration),
            ("secrecy", self.secrecy),
            ("bare", self.bare),
            ("harms", self.harms),
            ("about", self.about),
            ("everyday", self.everyday),
            ("roles", self.roles),
            ("formats", self.formats),
            ("people", self.people),
            ("howto", self.howto),
            ("quotes", self.quotes),
            ("passwords", self.passwords),
            ("decode_twins", self.decode_twins),
            ("harm_twins", self.harm_twins),
            ("systems", self.systems),
        ]
    }
}

/// Every language, English first.
pub(super) static ALL: &[&Language] = &[
    &en::EN,
    &ar::AR,
    &de::DE,
    &es::ES,
    &fr::FR,
    &hi::HI,
    &id::ID,
    &it::IT,
    &ja::JA,
    &ko::KO,
    &nl::NL,
    &pl::PL,
    &pt::PT,
    &ru::RU,
    &th::TH,
    &tr::TR,
    &vi::VI,
    &zh::ZH,
];

/// English for `english` rows in a hundred, the others in equal shares.
pub(super) fn draw(random: &mut Random, english: usize) -> &'static Language {
    let others = ALL.get(1..).unwrap_or_default();
    if random.chance(english) { &en::EN } else { random.pick(others).unwrap_or(&en::EN) }
}
