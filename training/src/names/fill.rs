//! Names made up from the lists, and sentences filled with them.

use super::lists::Lists;
use super::random::Random;
use super::sentence::{Class, Sentence};

const TEMPLATES: &str = include_str!("../../data/names/templates.txt");

/// Makes names.
pub(crate) struct Filler<'a> {
    pub(crate) lists: &'a Lists,
    pub(crate) random: Random,
    /// Further names of organisations, if there are any.
    pub(crate) companies: Vec<String>,
}

const ONSETS: &[&str] = &[
    "B", "Br", "C", "Ch", "D", "Dr", "F", "G", "Gr", "H", "J", "K", "Kr", "L", "M", "N", "P", "R", "S", "Sh", "St",
    "T", "Th", "Tr", "V", "W", "Z", "Al", "An", "El", "Er", "Is", "Or", "Ul",
];
const MIDDLES: &[&str] = &[
    "a", "e", "i", "o", "u", "an", "ar", "el", "en", "er", "il", "in", "ol", "on", "or", "ur", "ai", "ei", "ou", "am",
    "ad", "ak", "ik", "ov", "and", "ald", "ert", "ill", "orn", "anth", "ell", "emi", "ira", "olo", "una", "eri",
];
const FAMILY_ENDS: &[&str] = &[
    "son", "sen", "ov", "ova", "ev", "eva", "ski", "ska", "ić", "ez", "oglu", "yan", "dze", "ian", "ini", "elli",
    "escu", "nen", "berg", "mann", "stein", "ton", "ford", "wood", "well", "field", "ley", "worth", "land", "er", "o",
    "i", "enko", "chuk", "ak", "ek", "ic", "as", "is", "os", "idis", "opoulos", "aya", "awa", "moto", "mura", "shi",
    "wala", "kar", "ani", "uddin", "ullah", "eira", "inho", "ard", "eau", "ier", "et", "ot", "strom", "qvist", "gren",
    "dal",
];
const PLACE_ENDS: &[&str] = &[
    "ton", "ville", "burg", "burgh", "ford", "ham", "by", "grad", "pur", "abad", "stan", "port", "mouth", "dorf",
    "hausen", "heim", "bach", "berg", "feld", "ingen", "stadt", "wald", "au", "ia", "ona", "ara", "itz", "ow", "ino",
    "ica", "evo", "sk", "vik", "fjord", "stad", "holm", "lund", "kirk", "polis", "chester", "ster", "wick", "dale",
];
const COMPANY_ENDS: &[&str] = &[
    "Inc",
    "Inc.",
    "Corp",
    "Corp.",
    "Ltd",
    "Ltd.",
    "LLC",
    "PLC",
    "Plc",
    "AG",
    "GmbH",
    "SA",
    "S.A.",
    "SpA",
    "NV",
    "N.V.",
    "BV",
    "AB",
    "Oyj",
    "ASA",
    "A/S",
    "Co",
    "Co.",
    "& Co",
    "& Sons",
    "Group",
    "Holdings",
    "Partners",
    "Industries",
    "International",
    "Technologies",
    "Systems",
    "Software",
    "Solutions",
    "Bank",
    "Insurance",
    "Capital",
    "Airlines",
    "Motors",
    "Steel",
    "Energy",
    "Oil",
    "Media",
    "Entertainment",
    "Pharmaceuticals",
    "Foods",
    "Stores",
    "Consulting",
    "Services",
    "Labs",
    "Networks",
    "Electronics",
    "Logistics",
    "Properties",
    "Securities",
    "Ventures",
    "Studios",
];
const BODIES: &[&str] = &[
    "University of {}",
    "{} University",
    "{} College",
    "{} High School",
    "{} Hospital",
    "{} Police Department",
    "{} City Council",
    "Bank of {}",
    "Ministry of {}",
    "Department of {}",
    "{} Institute of Technology",
    "{} Stock Exchange",
    "Supreme Court of {}",
    "{} Chamber of Commerce",
    "{} National Party",
    "{} Football Club",
    "FC {}",
    "{} United",
    "{} City",
    "{} Rovers",
    "{} FC",
    "{} Symphony Orchestra",
    "{} Museum of Art",
    "{} Times",
    "{} Daily News",
    "{} Post",
    "{} Liberation Front",
    "{} Workers Party",
    "Association of {} Banks",
    "{} Central Bank",
    "Republic of {} Army",
];

impl Filler<'_> {
    fn made(&mut self, ends: &[&str]) -> String {
        let part = |random: &mut Random, parts: &[&'static str]| {
            parts.get(random.below(parts.len())).copied().unwrap_or("").to_owned()
        };
        let mut word = part(&mut self.random, ONSETS);
        word.push_str(&part(&mut self.random, MIDDLES));
        if self.random.percent(40) {
            word.push_str(&part(&mut self.random, &["b", "d", "k", "l", "m", "n", "r", "s", "t", "v"]));
            word.push_str(&part(&mut self.random, MIDDLES));
        }
        word.push_str(ends.get(self.random.below(ends.len())).copied().unwrap_or(""));
        word
    }

    pub(crate) fn given(&mut self) -> String {
        if self.random.percent(10) {
            return self.made(&["a", "o", "in", "an", "ie", "elle", "us", "ita", "iko", "esh", "ya", "ur", "em"]);
        }
        self.random.pick(&self.lists.given).to_owned()
    }

    pub(crate) fn family(&mut self) -> String {
        if self.random.percent(30) { self.made(FAMILY_ENDS) } else { self.random.pick(&self.lists.family).to_owned() }
    }

    pub(crate) fn person(&mut self) -> String {
        let (given, family) = (self.given(), self.family());
        let initial: String = given.chars().take(1).collect();
        match self.random.below(24) {
            0 => family,
            1 => given,
            2 => format!("{initial}. {family}"),
            3 => format!("{given} {}. {family}", self.random.pick(&self.lists.given).chars().next().unwrap_or('A')),
            4 => format!("{given} {} {family}", self.given()),
            5 => format!(
                "{given} {} {family}",
                ["van", "de", "von", "van der", "de la", "bin", "Al", "Abu", "El"][self.random.below(9)]
            ),
            6 => format!("{given} {family}-{}", self.family()),
            7 => format!("{given} {family} {}", self.family()),
            8 => format!("{given} {family} {}", ["Jr", "Jr.", "Sr.", "III"][self.random.below(4)]),
            9 => format!("{initial}.{}. {family}", self.random.pick(&self.lists.given).chars().next().unwrap_or('A')),
            _ => format!("{given} {family}"),
        }
    }

    pub(crate) fn place(&mut self) -> String {
        match self.random.below(20) {
            0..4 => self.made(PLACE_ENDS),
            4 => format!(
                "{} {}",
                ["New", "San", "Saint", "North", "South", "West", "East", "Mount", "Lake", "Fort", "Port"]
                    [self.random.below(11)],
                self.made(PLACE_ENDS)
            ),
            5 => format!(
                "{} {}",
                self.made(PLACE_ENDS),
                [
                    "County", "Island", "River", "Street", "Park", "Beach", "Valley", "Province", "Bay", "Hills",
                    "Avenue", "Square", "Bridge"
                ][self.random.below(13)]
            ),
            _ => self.random.pick(&self.lists.places).to_owned(),
        }
    }

    pub(crate) fn organisation(&mut self) -> String {
        match self.random.below(10) {
            0..2 => {
                let stem = if self.random.percent(50) {
                    self.family()
                } else {
                    self.made(&["ex", "on", "ix", "a", "tec", "corp", "net", "com", "ium", "is", "o", "sys"])
                };
                format!("{stem} {}", COMPANY_ENDS.get(self.random.below(COMPANY_ENDS.len())).copied().unwrap_or(""))
            }
            2 => {
                let place = if self.random.percent(60) { self.place() } else { self.family() };
                BODIES.get(self.random.below(BODIES.len())).copied().unwrap_or("{}").replace("{}", &place)
            }
            3 => (0..self.random.below(3) + 2).map(|_| char::from(b'A' + self.random.below(26) as u8)).collect(),
            4 => format!("{}, {} & {}", self.family(), self.family(), self.family()).replacen(", ", " ", 1),
            5 | 6 if !self.companies.is_empty() => {
                let at = self.random.below(self.companies.len());
                self.companies.get(at).cloned().unwrap_or_default()
            }
            _ => self.random.pick(&self.lists.organisations).to_owned(),
        }
    }

    pub(crate) fn club(&mut self) -> String {
        if self.random.percent(15) { self.made(PLACE_ENDS) } else { self.random.pick(&self.lists.clubs).to_owned() }
    }

    pub(crate) fn other(&mut self) -> String {
        self.random.pick(&self.lists.others).to_owned()
    }

    fn capital(word: &str) -> String {
        let mut chars = word.chars();
        chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
    }

    /// A name of a class, for a name that is replaced.
    pub(crate) fn name(&mut self, old: &str, class: Class) -> Option<String> {
        let is_one = !old.contains(' ');
        Some(match class {
            Class::Person if is_one && self.random.percent(50) => self.given(),
            Class::Person if is_one => self.family(),
            Class::Person => self.person(),
            Class::Place => self.place(),
            Class::Organisation => self.organisation(),
            Class::Other => return None,
        })
    }

    /// Fills one template.
    pub(crate) fn fill(&mut self, template: &str) -> Sentence {
        let mut sentence = Sentence { knows_other: true, ..Sentence::default() };
        let template = template.replace("\\n", "\n");
        let mut rest = template.as_str();
        while let Some((before, after)) = rest.split_once('{') {
            let Some((slot, behind)) = after.split_once('}') else { break };
            sentence.push(before);
            let at_start = sentence.text.is_empty();
            match slot {
                "P" => sentence.push_name(&self.person(), Class::Person),
                "G" => sentence.push_name(&self.given(), Class::Person),
                "F" => sentence.push_name(&self.family(), Class::Person),
                "L" => sentence.push_name(&self.place(), Class::Place),
                "C" => sentence.push_name(self.random.pick(&self.lists.countries), Class::Place),
                "O" => sentence.push_name(&self.organisation(), Class::Organisation),
                "S" => sentence.push_name(&self.club(), Class::Organisation),
                "X" => sentence.push_name(&self.other(), Class::Other),
                "D" => {
                    let word = Self::capital(self.random.pick(self.lists.words("demonym")));
                    sentence.push_name(&word, Class::Other);
                }
                "T" => {
                    let word = self.random.pick(self.lists.words("title")).to_owned();
                    let word = if self.random.percent(70) { Self::capital(&word) } else { word };
                    sentence.push(&word);
                }
                "M" => {
                    let months = self.lists.words("other").get(..12).unwrap_or_default();
                    let days = self.lists.words("other").get(24..31).unwrap_or_default();
                    let word = if self.random.percent(50) { self.random.pick(months) } else { self.random.pick(days) };
                    sentence.push(&Self::capital(word));
                }
                "N" => {
                    let digits = self.random.below(3) + 1;
                    let number: String = (0..digits).map(|_| char::from(b'1' + self.random.below(9) as u8)).collect();
                    sentence.push(&number);
                }
                _ => {
                    let word = self.random.pick(self.lists.words("common")).to_owned();
                    let is_shouted = self.random.percent(6);
                    sentence.push(&match at_start || self.random.percent(30) {
                        _ if is_shouted => word.to_uppercase(),
                        true => Self::capital(&word),
                        false => word,
                    });
                }
            }
            rest = behind;
        }
        sentence.push(rest);
        sentence
    }

    /// Fills a template in the manner of presidio-research: `{{person}}`.
    fn fill_foreign(&mut self, template: &str) -> Sentence {
        let mut sentence = Sentence { knows_other: true, ..Sentence::default() };
        let template = template.replace("\\n", "\n");
        let mut rest = template.as_str();
        while let Some((before, after)) = rest.split_once("{{") {
            let Some((slot, behind)) = after.split_once("}}") else { break };
            sentence.push(before);
            match slot {
                "person" | "name" | "name_male" | "name_female" => sentence.push_name(&self.person(), Class::Person),
                "first_name" | "first_name_male" | "first_name_female" => {
                    sentence.push_name(&self.given(), Class::Person)
                }
                "last_name" | "last_name_male" | "last_name_female" => {
                    sentence.push_name(&self.family(), Class::Person)
                }
                "city" | "street_name" | "address" => sentence.push_name(&self.place(), Class::Place),
                "country" | "state" => sentence.push_name(self.random.pick(&self.lists.countries), Class::Place),
                "organization" | "company" => sentence.push_name(&self.organisation(), Class::Organisation),
                "nationality" | "nation_woman" | "nation_man" | "nation_plural" => {
                    let word = Self::capital(self.random.pick(self.lists.words("demonym")));
                    sentence.push_name(&word, Class::Other);
                }
                "prefix" | "prefix_male" | "prefix_female" => {
                    sentence.push(["Mr.", "Mrs.", "Ms.", "Dr."].get(self.random.below(4)).copied().unwrap_or("Mr."));
                }
                _ => {
                    let number: String = (0..8).map(|_| char::from(b'0' + self.random.below(10) as u8)).collect();
                    sentence.push(&number);
                }
            }
            rest = behind;
        }
        sentence.push(rest);
        sentence
    }

    /// Sentences from templates in the manner of presidio-research, so many of each.
    pub(crate) fn foreign_sentences(&mut self, templates: &str, of_each: usize) -> Vec<Sentence> {
        let templates: Vec<&str> = templates.lines().filter(|line| !line.trim().is_empty()).collect();
        templates
            .iter()
            .flat_map(|template| (0..of_each).map(|_| *template))
            .map(|template| self.fill_foreign(template))
            .collect()
    }

    /// Sentences from the templates, so many of each.
    pub(crate) fn sentences(&mut self, of_each: usize) -> Vec<Sentence> {
        let templates: Vec<&str> =
            TEMPLATES.lines().filter(|line| !line.starts_with("# ") && !line.trim().is_empty()).collect();
        let mut sentences = Vec::with_capacity(templates.len() * of_each);
        for template in templates {
            // One without a slot says the same every time.
            let count = if template.contains('{') { of_each } else { of_each / 6 + 1 };
            sentences.extend((0..count).map(|_| self.fill(template)));
        }
        sentences
    }
}
