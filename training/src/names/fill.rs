//! Names made up from the lists, and sentences filled with them.

use super::lists::Lists;
use super::open_lists::OpenLists;
use super::random::Random;
use super::sentence::{Class, Sentence};

const TEMPLATES: &str = include_str!("../../data/names/templates.txt");

/// Makes names.
pub(crate) struct Filler<'a> {
    pub(crate) lists: &'a Lists,
    pub(crate) open: &'a OpenLists,
    pub(crate) random: Random,
    /// Further names of organisations, if there are any.
    pub(crate) companies: Vec<String>,
    /// Words in small letters that no name has.
    pub(crate) vocabulary: Vec<String>,
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
    "dóttir", "sson", "ová", "ský", "yev", "yeva", "enkov", "ashvili", "fi", "ász", "gård", "lund", "poulou", "iadis",
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
        if self.random.percent(30) { self.marked(&word) } else { word }
    }

    /// The same word with one of its letters as other alphabets write it.
    fn marked(&mut self, word: &str) -> String {
        const MARKED: &[(char, &[char])] = &[
            ('a', &['á', 'ä', 'å', 'ã', 'à', 'ă', 'ą']),
            ('e', &['é', 'è', 'ê', 'ě', 'ę', 'ë']),
            ('i', &['í', 'î', 'ï']),
            ('o', &['ó', 'ö', 'ø', 'ô', 'õ', 'ő']),
            ('u', &['ú', 'ü', 'ů', 'ű']),
            ('s', &['š', 'ś', 'ş']),
            ('c', &['č', 'ç', 'ć']),
            ('z', &['ž', 'ż', 'ź']),
            ('n', &['ñ', 'ń', 'ň']),
            ('r', &['ř']),
            ('l', &['ł']),
            ('y', &['ý']),
        ];
        let from = self.random.below(word.len().max(1));
        let mut is_done = false;
        word.char_indices()
            .map(|(at, c)| match MARKED.iter().find(|(plain, _)| *plain == c && at >= from && !is_done) {
                Some((_, marked)) => {
                    is_done = true;
                    marked.get(self.random.below(marked.len())).copied().unwrap_or(c)
                }
                None => c,
            })
            .collect()
    }

    fn one_of(&mut self, words: &[&str]) -> String {
        words.get(self.random.below(words.len())).copied().unwrap_or("").to_owned()
    }

    /// A town of one word that is in no list.
    fn town(&mut self) -> String {
        self.made(PLACE_ENDS)
    }

    fn digits(&mut self, count: usize) -> String {
        (0..count).map(|_| char::from(b'0' + self.random.below(10) as u8)).collect()
    }

    /// A street, with its word before it, behind it or in it.
    fn street(&mut self) -> String {
        let name = if self.random.percent(50) { self.family() } else { self.town() };
        match self.random.below(8) {
            0 | 1 => {
                let behind = [
                    "Street", "St", "Road", "Rd", "Avenue", "Ave", "Lane", "Drive", "Way", "Court", "Place", "Close",
                    "Square", "Terrace", "Parkway", "Trail", "utca", "út", "gate", "ulica",
                ];
                format!("{name} {}", self.one_of(&behind))
            }
            2 | 3 => {
                let before = [
                    "Rue", "Rue de", "Avenue", "Via", "Viale", "Calle", "Calle de", "C/", "Avenida", "Rua", "ul.",
                    "Rúa", "Strada", "Quai", "Plaza", "Travessa",
                ];
                format!("{} {name}", self.one_of(&before))
            }
            4 | 5 => {
                let ends = [
                    "straße", "strasse", "weg", "gasse", "straat", "laan", "vej", "gade", "katu", "tie", "gatan",
                    "vägen", "veien", "ova", "ská", "plein", "platz",
                ];
                format!("{name}{}", self.one_of(&ends))
            }
            6 => format!("{} {name}", self.given()),
            _ => name,
        }
    }

    /// An address in one of the ways in which forms write it: on one line or on several.
    fn address(&mut self, sentence: &mut Sentence) {
        let (count, many) = (self.random.below(4) + 1, self.random.below(3) + 1);
        let (number, second, code) = (self.digits(count), self.digits(many), self.digits(5));
        let mut street = match self.random.below(4) {
            0 => format!("{number} {}", self.street()),
            1 => format!("{number} {} {second}", self.street()),
            2 => format!("{} {second}", self.street()),
            _ => format!("{number} {second} {}", self.street()),
        };
        let is_block = self.random.percent(50);
        let line = if is_block { "\n " } else { " " };
        if self.random.percent(60) {
            let unit = ["Apt.", "Suite", "Unit", "Flat"];
            street = format!("{street}{line}{} {}", self.one_of(&unit), self.digits(3));
        }
        sentence.push_name(&street, Class::Place);
        let town = self.place();
        sentence.push(if is_block {
            "\n "
        } else if self.random.percent(60) {
            ", "
        } else {
            " "
        });
        match self.random.below(4) {
            0 => {
                sentence.push_name(&town, Class::Place);
                let state: String = (0..2).map(|_| char::from(b'A' + self.random.below(26) as u8)).collect();
                sentence.push(if is_block { "\n, " } else { ", " });
                sentence.push_name(&state, Class::Place);
                sentence.push(&format!("{line}{code}"));
            }
            1 => {
                sentence.push(&format!("{code} "));
                sentence.push_name(&town, Class::Place);
            }
            _ => {
                sentence.push_name(&town, Class::Place);
                sentence.push(if is_block { "\n " } else { ", " });
                sentence.push_name(self.random.pick(&self.lists.countries), Class::Place);
                if self.random.percent(60) {
                    sentence.push(&format!(" {code}"));
                }
            }
        }
    }

    pub(crate) fn given(&mut self) -> String {
        if self.random.percent(10) {
            return self.made(&["a", "o", "in", "an", "ie", "elle", "us", "ita", "iko", "esh", "ya", "ur", "em"]);
        }
        if self.random.percent(20) {
            return self.random.pick(&self.open.given).to_owned();
        }
        self.random.pick(&self.lists.given).to_owned()
    }

    pub(crate) fn family(&mut self) -> String {
        match self.random.below(100) {
            0..30 => self.made(FAMILY_ENDS),
            30..50 => self.random.pick(&self.open.surnames).to_owned(),
            _ => self.random.pick(&self.lists.family).to_owned(),
        }
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
        let place = self.plain_place();
        // Forms and lists of addresses have their towns in capitals.
        if self.random.percent(8) { place.to_uppercase() } else { place }
    }

    fn plain_place(&mut self) -> String {
        match self.random.below(24) {
            20 => {
                let joint =
                    ["nad", "u", "pod", "am", "an der", "bei", "sur", "de", "del", "do", "da", "upon", "pri", "di"];
                format!("{} {} {}", self.town(), self.one_of(&joint), self.town())
            }
            21 => {
                let first = [
                    "Cité", "Cite", "Villa", "San", "Santa", "Saint", "Novo", "Nová", "Stari", "Gross", "Bad", "Los",
                    "El", "Al",
                ];
                format!("{} {}", self.one_of(&first), self.town())
            }
            22 => format!("{}-{}", self.town(), self.town()),
            23 => {
                let part = ["K", "V", "S", "N", "East", "Nord", "Sud", "Heights", "Park", "1", "2", "12"];
                format!("{} {}", self.town(), self.one_of(&part))
            }
            0..4 => self.town(),
            6..9 => self.random.pick(&self.open.towns).to_owned(),
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
        match self.random.below(14) {
            10 => format!("{}-{}", self.family(), self.family()),
            11 => format!("{}, {} and {}", self.family(), self.family(), self.family()),
            12 => {
                let kind = [
                    "Group", "Ltd", "Inc", "LLC", "PLC", "and Sons", "GmbH", "S.p.A.", "S.r.l.", "AG", "KG", "s.r.o.",
                    "Oy", "Ltda.",
                ];
                format!("{} {}", self.family(), self.one_of(&kind))
            }
            13 => self.brand(),
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
            5..8 if !self.companies.is_empty() => {
                let at = self.random.below(self.companies.len());
                self.companies.get(at).cloned().unwrap_or_default()
            }
            _ => self.random.pick(&self.lists.organisations).to_owned(),
        }
    }

    /// A name of one or more everyday words and syllables, as young firms have.
    fn brand(&mut self) -> String {
        const WORDS: &[&str] = &[
            "Open", "Data", "Health", "Solar", "Smart", "Green", "Blue", "Social", "Cloud", "Fast", "Bright", "Map",
            "Metrics", "Net", "Point", "Wire", "Works", "Wise", "Market", "Trade", "Cash", "Money", "Home", "Build",
            "Fleet", "Graph", "Grid", "Insight", "Labs", "Lens", "Link", "Logic", "Media", "Mind", "Nest", "Path",
            "Peer", "Pulse", "Rank", "Scope", "Search", "Seed", "Sense", "Signal", "Source", "Space", "Spark", "Spot",
            "Stack", "Stream", "Sync", "Trace", "Track", "True", "Vault", "View", "Vision", "Vital", "Wave", "Web",
            "Zen", "Info", "Geo", "Bio", "Med", "Care", "Check", "Credit", "Crowd", "Alpha", "Nova", "Core", "Edge",
            "Flow", "Forge", "Quick", "Ready", "Simple", "Urban", "Civic", "Legal", "Energy",
        ];
        let (first, second) = (self.one_of(WORDS), self.one_of(WORDS));
        let ends =
            ["ly", "ify", "io", "ix", "ex", "hub", "ia", "tics", "eo", "us", "ora", "is", "ium", "able", "ster", "com"];
        match self.random.below(6) {
            0 => format!("{first} {second}"),
            1 => format!("{first}{}", second.to_lowercase()),
            2 => format!("{second} {first}"),
            3 => format!("{first}{}", self.one_of(&ends)),
            4 => format!(
                "{first} {second} {}",
                COMPANY_ENDS.get(self.random.below(COMPANY_ENDS.len())).copied().unwrap_or("")
            ),
            _ => self.made(&ends),
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
            // Braces of code are written as angles there.
            sentence.push(&before.replace('⟨', "{").replace('⟩', "}"));
            let at_start = sentence.text.is_empty();
            match slot {
                "P" => sentence.push_name(&self.person(), Class::Person),
                "G" => sentence.push_name(&self.given(), Class::Person),
                "F" => sentence.push_name(&self.family(), Class::Person),
                "L" => sentence.push_name(&self.place(), Class::Place),
                "C" => sentence.push_name(self.random.pick(&self.lists.countries), Class::Place),
                "O" => sentence.push_name(&self.organisation(), Class::Organisation),
                "S" => sentence.push_name(&self.club(), Class::Organisation),
                "A" => self.address(&mut sentence),
                "X" => sentence.push_name(&self.other(), Class::Other),
                "v" => sentence.push(self.random.pick(&self.vocabulary)),
                "V" => sentence.push(&Self::capital(self.random.pick(&self.vocabulary))),
                "U" => sentence.push(&self.random.pick(&self.vocabulary).to_uppercase()),
                "I" => {
                    let count = self.random.below(3) + 1;
                    let name: String = (0..count).map(|_| Self::capital(self.random.pick(&self.vocabulary))).collect();
                    sentence.push(&name);
                }
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
        sentence.push(&rest.replace('⟨', "{").replace('⟩', "}"));
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
                "address" => self.address(&mut sentence),
                "street_name" => sentence.push_name(&self.street(), Class::Place),
                "city" => sentence.push_name(&self.place(), Class::Place),
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
                    let number = self.digits(8);
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
            let is_loud = is_loud(template);
            sentences.extend((0..count).map(|_| {
                let sentence = self.fill(template);
                // Headlines in capitals have their names in capitals, but for a few.
                let loud = if is_loud && self.random.percent(85) { sentence.in_case(true) } else { None };
                loud.unwrap_or(sentence)
            }));
        }
        sentences
    }
}

/// Whether a template has words in capitals and no others.
fn is_loud(template: &str) -> bool {
    let mut words = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        words.push_str(before);
        rest = after.split_once('}').map_or("", |(_, behind)| behind);
    }
    words.push_str(rest);
    let capitals = words.chars().filter(|c| c.is_uppercase()).count();
    capitals > 3 && !words.replace("\\n", "").chars().any(char::is_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headlines_are_told_by_their_capitals() {
        for (template, expected) in [
            ("SOCCER - {S} BEAT {S} .", true),
            ("CENTRAL DIVISION\\nW L PCT GB\\n{S} {N}", true),
            ("{S} AT {S}", false),
            ("U.S. Secretary of State {P}", false),
            ("{v}", false),
        ] {
            assert_eq!(is_loud(template), expected, "{template}");
        }
    }
}
