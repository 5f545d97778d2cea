//! Names of persons, places and firms.

use super::Dice;

/// Given names. Each is long enough to be told from other words of an answer.
#[rustfmt::skip]
pub(super) const GIVEN: &[&str] = &[
    "Adela", "Alwin", "Amalia", "Anselm", "Beatrix", "Bennet", "Bettina", "Callum", "Camilla", "Carlotta", "Cedric",
    "Clarissa", "Cornelia", "Damian", "Daphne", "Dorothea", "Edmund", "Elvira", "Emilio", "Estelle", "Fabian",
    "Felicia", "Florian", "Frieda", "Gareth", "Gideon", "Giselle", "Gustavo", "Harriet", "Henrik", "Hilda", "Ignacio",
    "Imogen", "Isadora", "Jasper", "Joachim", "Jolanda", "Kerstin", "Konrad", "Leander", "Leonora", "Linus", "Lorena",
    "Magnus", "Marcella", "Matilda", "Mirella", "Nathan", "Nikolai", "Octavia", "Odette", "Orlando", "Pascal",
    "Petronella", "Philippa", "Quentin", "Ramona", "Roderick", "Rosalind", "Rupert", "Sabrina", "Selina", "Sigrid",
    "Silvan", "Tabea", "Thaddeus", "Tobias", "Ursula", "Valentin", "Verena", "Vincent", "Wanda", "Wendelin", "Yannick",
    "Yolanda", "Zachary",
];

/// Family names.
#[rustfmt::skip]
pub(super) const SURNAMES: &[&str] = &[
    "Abernathy", "Ackerley", "Aldridge", "Amberson", "Arkwright", "Bamford", "Barlowe", "Beckstein", "Bellamy",
    "Birkholm", "Blackwood", "Bramley", "Brandauer", "Calloway", "Carstens", "Castellan", "Chadwick", "Colmar",
    "Danforth", "Delacroix", "Demarest", "Dunmore", "Eastwick", "Ellsworth", "Engstrom", "Fairbanks", "Falkner",
    "Fenwick", "Forsythe", "Gallagher", "Garland", "Gessner", "Goodwin", "Grantham", "Hadley", "Halvorsen", "Hartwell",
    "Hawthorn", "Holloway", "Ingram", "Jorgensen", "Kessler", "Kingsley", "Kirchner", "Lambert", "Langford",
    "Lindqvist", "Lockhart", "Marchetti", "Marlowe", "Merriweather", "Montrose", "Nordmann", "Oakley", "Ostrander",
    "Pemberton", "Prescott", "Quimby", "Radcliffe", "Ravenscroft", "Redfern", "Rosewall", "Sandoval", "Seabrook",
    "Sheffield", "Stanhope", "Sterling", "Tennyson", "Thornbury", "Underhill", "Vandermeer", "Wakefield", "Walcott",
    "Westbrook", "Whitaker", "Winslow", "Yardley", "Zellweger",
];

#[rustfmt::skip]
const PLACES: &[&str] = &[
    "Ashbourne", "Brackwell", "Coldbrook", "Dunhaven", "Eastmere", "Fallowfield", "Greyford", "Harrowdale", "Ivybridge",
    "Kestelheim", "Larkhill", "Millhaven", "Northwick", "Oakmere", "Pinecrest", "Quarrydale", "Rosenau", "Silverton",
    "Thornfield", "Upperdale", "Valmere", "Westerau", "Windermoor", "Yarrowby",
];

#[rustfmt::skip]
const FIRMS: &[&str] = &[
    "Alderbrook", "Brightwater", "Cobaltine", "Dovetail", "Evenfall", "Fernhollow", "Glasswing", "Highmark",
    "Ironbridge", "Juniperus", "Lanternworks", "Mistral", "Nightingale", "Orchardline", "Palisade", "Quillstone",
    "Riverstone", "Saltmarsh", "Tidewater", "Umberfield", "Vellum", "Wheelwright",
];

/// Words before or within a name that are no part of it.
#[rustfmt::skip]
const AROUND: &[&str] = &[
    "mr", "mrs", "ms", "miss", "mx", "dr", "prof", "sir", "lady", "herr", "frau", "monsieur", "madame", "mme", "sr",
    "sra", "señor", "señora", "signor", "signora", "dott", "senhor", "senhora", "von", "van", "der", "den", "zu", "de",
    "di", "da", "do", "dos", "del", "della", "la", "le", "el", "al", "bin", "ibn", "y", "e", "und", "and", "jr", "s",
];

/// A piece of the name of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part<'a> {
    /// A given name.
    Given(&'a str),
    /// A family name.
    Family(&'a str),
    /// One letter for a name.
    Initial(&'a str),
    /// What stays: titles, particles, spaces.
    Kept(&'a str),
}

/// The pieces of a name. None if it is not written in Latin letters: names of other scripts have other shapes.
pub(crate) fn parts(name: &str) -> Option<Vec<Part<'_>>> {
    let is_latin = |c: char| c.is_ascii() || ('\u{c0}'..='\u{24f}').contains(&c) || !c.is_alphanumeric();
    if !name.chars().all(is_latin) || name.contains(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let mut pieces: Vec<Part<'_>> = Vec::new();
    let mut rest = name;
    while !rest.is_empty() {
        let is_letter = |c: char| c.is_alphabetic();
        let length = rest.find(|c| !is_letter(c)).unwrap_or(rest.len());
        let (word, behind) = rest.split_at_checked(length)?;
        if !word.is_empty() {
            let is_around = AROUND.contains(&word.to_lowercase().as_str());
            pieces.push(match word.chars().count() {
                _ if is_around => Part::Kept(word),
                1 => Part::Initial(word),
                _ => Part::Given(word),
            });
        }
        let length = behind.find(is_letter).unwrap_or(behind.len());
        let (between, next) = behind.split_at_checked(length)?;
        if !between.is_empty() {
            pieces.push(Part::Kept(between));
        }
        rest = next;
    }
    let named = pieces.iter().filter(|part| matches!(part, Part::Given(_) | Part::Initial(_))).count();
    // Behind a title stands a family name: of one word nothing else is known.
    let has_title = pieces.first().is_some_and(|part| matches!(part, Part::Kept(_)));
    let last = pieces.iter_mut().rev().find(|part| matches!(part, Part::Given(_)));
    if let Some(last) = last.filter(|_| named > 1 || has_title)
        && let Part::Given(word) = *last
    {
        *last = Part::Family(word);
    }
    Some(pieces)
}

impl Part<'_> {
    /// Another name in its place, with capitals where it has them.
    pub(crate) fn other(self, dice: &mut Dice) -> Option<String> {
        let (word, names) = match self {
            Self::Given(word) => (word, GIVEN),
            Self::Family(word) => (word, SURNAMES),
            Self::Initial(word) => {
                let letter = char::from(b'A' + u8::try_from(dice.below(26)).unwrap_or(0));
                let is_upper = word.contains(char::is_uppercase);
                return Some(if is_upper { letter.to_string() } else { letter.to_ascii_lowercase().to_string() });
            }
            Self::Kept(word) => return Some(word.to_owned()),
        };
        let name = dice.pick(names)?;
        Some(if word.chars().all(char::is_uppercase) {
            name.to_ascii_uppercase()
        } else if word.chars().all(char::is_lowercase) {
            name.to_ascii_lowercase()
        } else {
            name.to_owned()
        })
    }
}

/// A place that is on no map.
pub(super) fn place(_: &str, dice: &mut Dice) -> Option<String> {
    dice.pick(PLACES).map(str::to_owned)
}

/// A firm of no register.
pub(super) fn firm(value: &str, dice: &mut Dice) -> Option<String> {
    let name = dice.pick(FIRMS)?;
    let form = value.rsplit(' ').next().filter(|word| {
        let word = word.trim_end_matches('.').to_lowercase();
        ["gmbh", "ag", "inc", "ltd", "llc", "plc", "corp", "kg", "se", "sa", "srl", "bv", "ab", "oy"]
            .contains(&word.as_str())
    });
    Some(form.map_or_else(|| name.to_owned(), |form| format!("{name} {form}")))
}
