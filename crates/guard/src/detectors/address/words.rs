//! The words of addresses.

/// How surely a word makes its neighbours a street.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Street {
    /// An ordinary word too, so that something else must speak for an address: `Drive`, `Via`, `Platz`.
    Perhaps,
    Surely,
}

/// Words that stand behind the name of a street.
#[rustfmt::skip]
const BEHIND: &[(&str, Street)] = &[
    ("street", Street::Surely), ("road", Street::Surely), ("avenue", Street::Surely), ("boulevard", Street::Surely),
    ("blvd", Street::Surely), ("lane", Street::Surely), ("terrace", Street::Surely), ("crescent", Street::Surely),
    ("parkway", Street::Surely), ("pkwy", Street::Surely), ("hwy", Street::Surely), ("straße", Street::Surely),
    ("strasse", Street::Surely), ("str", Street::Surely), ("gasse", Street::Surely), ("allee", Street::Surely),
    ("utca", Street::Surely), ("marg", Street::Surely), ("nagar", Street::Surely), ("straat", Street::Surely),
    ("st", Street::Surely), ("rd", Street::Surely), ("ave", Street::Surely), ("u", Street::Perhaps),
    ("ln", Street::Perhaps), ("dr", Street::Perhaps), ("ct", Street::Perhaps), ("cres", Street::Perhaps),
    ("drive", Street::Perhaps), ("way", Street::Perhaps), ("court", Street::Perhaps), ("place", Street::Perhaps),
    ("square", Street::Perhaps), ("close", Street::Perhaps), ("circle", Street::Perhaps), ("row", Street::Perhaps),
    ("grove", Street::Perhaps), ("hill", Street::Perhaps), ("highway", Street::Perhaps), ("mews", Street::Perhaps),
    ("trail", Street::Perhaps), ("walk", Street::Perhaps), ("pass", Street::Perhaps), ("loop", Street::Perhaps),
    ("gardens", Street::Perhaps), ("quay", Street::Perhaps), ("colony", Street::Perhaps), ("layout", Street::Perhaps),
    ("platz", Street::Perhaps), ("weg", Street::Perhaps), ("ring", Street::Perhaps), ("damm", Street::Perhaps),
    ("ufer", Street::Perhaps), ("út", Street::Surely), ("tér", Street::Surely), ("körút", Street::Surely),
    ("kapu", Street::Surely), ("ulitsa", Street::Surely), ("laan", Street::Surely), ("ulica", Street::Surely),
    ("cesta", Street::Surely), ("gate", Street::Perhaps), ("tänav", Street::Surely), ("põik", Street::Surely),
    ("puiestee", Street::Surely), ("sokak", Street::Surely), ("sokağı", Street::Surely), ("caddesi", Street::Surely),
    ("náměstí", Street::Surely), ("třída", Street::Surely), ("sétány", Street::Surely), ("fasor", Street::Surely),
    ("rakpart", Street::Surely), ("vei", Street::Perhaps), ("tn", Street::Perhaps), ("sq", Street::Perhaps),
];

/// How a word ends that is the name of a street by itself.
#[rustfmt::skip]
const ENDINGS: &[(&str, Street)] = &[
    ("straße", Street::Surely), ("strasse", Street::Surely), ("str.", Street::Surely), ("gasse", Street::Surely),
    ("allee", Street::Surely), ("straat", Street::Surely), ("gatan", Street::Surely), ("vägen", Street::Surely),
    ("veien", Street::Surely), ("katu", Street::Surely), ("gade", Street::Perhaps), ("vej", Street::Surely),
    ("platz", Street::Perhaps), ("weg", Street::Perhaps), ("damm", Street::Perhaps), ("ufer", Street::Perhaps),
    ("ring", Street::Perhaps), ("laan", Street::Perhaps), ("plein", Street::Perhaps), ("gracht", Street::Perhaps),
    ("gata", Street::Perhaps), ("vegen", Street::Perhaps), ("braut", Street::Perhaps), ("tie", Street::Perhaps),
    ("kuja", Street::Perhaps), ("ova", Street::Perhaps), ("graben", Street::Perhaps), ("steig", Street::Perhaps),
];

/// Words that stand before the name of a street.
#[rustfmt::skip]
const BEFORE: &[(&str, Street)] = &[
    ("rue", Street::Surely), ("avenue", Street::Surely), ("av", Street::Surely), ("boulevard", Street::Surely),
    ("bd", Street::Surely), ("allée", Street::Surely), ("chemin", Street::Surely), ("impasse", Street::Surely),
    ("quai", Street::Surely), ("calle", Street::Surely), ("c/", Street::Surely), ("avenida", Street::Surely),
    ("avda", Street::Surely), ("paseo", Street::Surely), ("carretera", Street::Surely), ("rua", Street::Surely),
    ("travessa", Street::Surely), ("alameda", Street::Surely), ("rodovia", Street::Surely), ("praça", Street::Surely),
    ("viale", Street::Surely), ("piazza", Street::Surely), ("vicolo", Street::Surely), ("ulica", Street::Surely),
    ("ul", Street::Surely), ("улица", Street::Surely), ("ул", Street::Surely), ("проспект", Street::Surely),
    ("jalan", Street::Surely), ("jl", Street::Surely), ("via", Street::Perhaps), ("corso", Street::Perhaps),
    ("largo", Street::Perhaps), ("strada", Street::Perhaps), ("plaza", Street::Perhaps), ("place", Street::Perhaps),
    ("route", Street::Perhaps), ("cours", Street::Perhaps), ("estrada", Street::Perhaps), ("camino", Street::Perhaps),
    ("trg", Street::Surely), ("plac", Street::Perhaps), ("aleja", Street::Surely), ("rúa", Street::Surely),
    ("λεωφόρος", Street::Surely), ("οδός", Street::Surely), ("c/", Street::Surely), ("ronda", Street::Perhaps), ("cité", Street::Perhaps), ("av.", Street::Surely), ("sector", Street::Perhaps),
];

/// Little words in names of streets and places.
#[rustfmt::skip]
const JOINTS: &[&str] = &[
    "de", "del", "della", "dei", "delle", "di", "da", "do", "dos", "das", "du", "des", "la", "las", "los", "le", "les",
    "el", "al", "of", "the", "von", "van", "der", "den", "dem", "am", "an", "im", "in", "zum", "zur", "y", "e", "o", "i",
    "nad", "pod", "u", "v", "na", "pri", "z", "ob", "auf", "unter", "ved", "på", "ten", "ter", "aan", "on", "upon", "sur", "sous", "lès", "bei", "d'", "l'",
];

/// Days and months.
#[rustfmt::skip]
const DATES: &[&str] = &[
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "january", "february", "march", "april",
    "may", "june", "july", "august", "september", "october", "november", "december", "jan", "feb", "mar", "apr", "jun",
    "jul", "aug", "sep", "sept", "oct", "nov", "dec", "montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag",
    "sonntag", "januar", "februar", "märz", "mai", "juni", "juli", "oktober", "dezember",
];

/// Words for a part of a house, before its number.
#[rustfmt::skip]
const UNITS: &[&str] = &[
    "apt", "apartment", "suite", "ste", "unit", "flat", "room", "floor", "bldg", "building", "wohnung", "whg", "etage",
    "appartement", "appt", "bâtiment", "bât", "piso", "planta", "puerta", "escalera", "interno", "int", "scala", "apto",
    "apartamento", "bloco", "sala", "box", "no", "nr", "plot",
];

/// Words for a box at a post office, before its number.
#[rustfmt::skip]
pub(super) const BOXES: &[&str] = &[
    "p.o. box", "po box", "p.o.box", "p. o. box", "post office box", "postfach", "boîte postale", "apartado de correos",
    "caixa postal", "casella postale", "postbus", "私書箱", "信箱", "사서함",
];

/// Names of postal codes.
#[rustfmt::skip]
pub(super) const CODES: &[&str] = &[
    "zip", "zip code", "zipcode", "postal code", "postcode", "post code", "pin code", "pincode", "plz", "postleitzahl",
    "code postal", "código postal", "codigo postal", "cap", "cep", "kod pocztowy", "postnummer", "邮编", "邮政编码",
    "郵便番号", "〒", "우편번호",
];

/// Words for a part of a house that are clear in small letters too.
const CLEAR_UNITS: &[&str] = &["apt", "apartment", "suite", "ste"];

/// Countries of two names begin with these.
const OF_TWO: &[&str] =
    &["Bosnia", "Trinidad", "Antigua", "Wallis", "Turks", "Kitts", "Vincent", "Tomé", "Tome", "Pierre"];

/// Words that are no name of a street or a place, in small letters.
#[rustfmt::skip]
const COMMON: &[&str] = &[
    "", "a", "about", "above", "after", "again", "all", "also", "an", "and", "are", "around", "as", "at", "be", "because",
    "before", "below", "but", "by", "can", "could", "day", "days", "did", "do", "does", "for", "from", "had", "has", "have",
    "he", "her", "here", "his", "hours", "how", "i", "if", "in", "into", "is", "it", "its", "just", "last", "later", "me",
    "meters", "metres", "miles", "minutes", "months", "more", "my", "near", "next", "no", "not", "now", "off", "on", "once",
    "one", "or", "our", "out", "over", "pm", "people", "percent", "please", "she", "since", "so", "some", "than", "that",
    "the", "their", "them", "then", "there", "they", "this", "through", "times", "to", "today", "tomorrow", "under",
    "until", "up", "us", "was", "we", "weeks", "were", "what", "when", "where", "which", "while", "who", "why", "will",
    "with", "would", "years", "yesterday", "yet", "you", "your", "und", "oder", "ist", "et", "ou", "est", "o",
];

/// Words before an address.
#[rustfmt::skip]
pub(super) const NAMED: &[&str] = &[
    "address", "addresses", "addr", "lives at", "live at", "living at", "located at", "resides at", "residing at",
    "office is at", "house is at", "moved to", "shipped to", "ship to", "deliver to", "delivered to",
    "arrived at", "lived at", "lived in", "new one to", "send it to", "mail to", "return to", "taxi to", "sent to", "to be sent to", "meet you at", "pick me up at", "billed to",
    "anschrift", "adresse", "wohnhaft", "wohnt in", "wohne in", "lieferadresse", "domicile", "domicilié", "habite",
    "demeurant", "siège", "dirección", "direccion", "domicilio", "vive en", "vivo en", "reside en", "indirizzo", "residente",
    "residenza", "abita in", "abito in", "endereço", "endereco", "mora na", "moro na", "reside na", "residente na", "adres",
    "adresa", "osoite", "адрес", "住所", "地址", "住址", "주소", "पता",
];

/// Words before a number that counts the parts of a work, not houses.
#[rustfmt::skip]
pub(super) const PARTS: &[&str] = &[
    "chapter", "section", "figure", "fig", "table", "page", "volume", "vol", "part", "episode", "season", "level",
    "version", "top", "step", "rank", "round", "act", "scene", "in", "since", "during", "by", "of", "until", "after",
    "before", "from", "the",
];

fn plain(word: &str) -> String {
    word.trim_end_matches('.').chars().flat_map(char::to_lowercase).collect()
}

/// The lengths of the words of a list that begin with a byte, as bits: a word of ASCII that has none of them is not
/// in it, which is known without making it small first.
struct Lengths([u32; 128]);

impl Lengths {
    const fn of(words: &[(&str, Street)]) -> Self {
        let mut lengths = [0; 128];
        let mut at = 0;
        while at < words.len() {
            #[expect(clippy::indexing_slicing, reason = "evaluated when compiled, where a slip is an error")]
            let word = words[at].0.as_bytes();
            if let [first @ 0..128, ..] = word {
                #[expect(clippy::indexing_slicing, reason = "evaluated when compiled, where a slip is an error")]
                {
                    lengths[*first as usize] |= 1 << word.len();
                }
            }
            at += 1;
        }
        Self(lengths)
    }

    /// Whether a word may be in the list.
    fn may_have(&self, word: &str) -> bool {
        if !word.is_ascii() {
            return true;
        }
        let word = word.trim_end_matches('.').as_bytes();
        let first = word.first().map(|first| usize::from(first.to_ascii_lowercase()));
        let lengths = first.and_then(|first| self.0.get(first)).copied().unwrap_or_default();
        u32::try_from(word.len()).is_ok_and(|length| lengths.checked_shr(length).is_some_and(|rest| rest & 1 == 1))
    }
}

fn find(words: &[(&str, Street)], lengths: &Lengths, word: &str) -> Option<Street> {
    if !lengths.may_have(word) {
        return None;
    }
    let plain = plain(word);
    words.iter().find(|(word, _)| *word == plain).map(|(_, street)| *street)
}

/// What a word says behind the name of a street.
pub(super) fn behind(word: &str) -> Option<Street> {
    static LENGTHS: Lengths = Lengths::of(BEHIND);
    find(BEHIND, &LENGTHS, word)
}

/// What a word says before the name of a street.
pub(super) fn before(word: &str) -> Option<Street> {
    static LENGTHS: Lengths = Lengths::of(BEFORE);
    find(BEFORE, &LENGTHS, word)
}

/// What the end of a word says that may be the whole name of a street.
pub(super) fn ending(word: &str) -> Option<Street> {
    const STEM_BYTES_MIN: usize = 3;
    // Most words end in another letter.
    let last = word.as_bytes().last().map(u8::to_ascii_lowercase);
    if word.is_ascii() && !ENDINGS.iter().any(|(ending, _)| ending.as_bytes().last().copied() == last) {
        return None;
    }
    let lower: String = word.chars().flat_map(char::to_lowercase).collect();
    let is_long = |ending: &str| lower.len() >= ending.len() + STEM_BYTES_MIN;
    ENDINGS.iter().find(|(ending, _)| lower.ends_with(ending) && is_long(ending)).map(|(_, street)| *street)
}

/// Whether a text may end in a word of a list: its last two bytes are those of one, in whatever case. Text beyond ASCII
/// may.
pub(super) fn may_end_in(text: &str, words: &[&str]) -> bool {
    match text.as_bytes() {
        [.., before, last] if before.is_ascii() && last.is_ascii() => {
            let end = [before.to_ascii_lowercase(), last.to_ascii_lowercase()];
            words.iter().any(|word| word.as_bytes().ends_with(&end))
        }
        _ => true,
    }
}

/// Whether a word for a part of a house is one in small letters too.
pub(super) fn is_clear_unit(word: &str) -> bool {
    CLEAR_UNITS.contains(&plain(word).as_str())
}

/// Whether a country of two names begins with this one: `Trinidad and Tobago`.
pub(super) fn is_of_two(word: &str) -> bool {
    OF_TWO.iter().any(|one| one.eq_ignore_ascii_case(word))
}

/// Whether an abbreviation begins the name of a place: `St. Louis`.
pub(super) fn is_before_places(word: &str) -> bool {
    ["st", "ste", "mt", "ft", "pt"].contains(&plain(word).as_str()) || word.chars().count() == 2
}

/// Whether a word in small letters is no name.
pub(super) fn is_common(word: &str) -> bool {
    COMMON.contains(&word)
}

/// Whether a word is a day of the week or a month: behind the name of a street, a date begins with it.
pub(super) fn is_of_date(word: &str) -> bool {
    word.chars().next().is_some_and(char::is_uppercase) && DATES.contains(&plain(word).as_str())
}

pub(super) fn is_joint(word: &str) -> bool {
    JOINTS.contains(&word)
}

pub(super) fn is_unit(word: &str) -> bool {
    UNITS.contains(&plain(word).as_str())
}
