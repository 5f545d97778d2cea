//! One pass over a text for the literals of all detectors.
//!
//! Each literal is looked for by three bytes in a row. The pass asks a bitmap at every other byte and nothing else: a
//! literal of four bytes or more is known by two triples one byte apart, the rarest it has, of which one begins at an
//! even place wherever the literal stands. A shorter one has but one triple, for which another bitmap is asked at every
//! byte if there are such literals, or it has a sign in it that is looked for by itself. Only where a bitmap says yes
//! are literals compared. An automaton would need a table of a megabyte, and wait for memory at nearly every byte.

/// Literals, and whose each of them is. ASCII case is ignored.
pub(crate) struct Search {
    literals: Vec<Row>,
    /// Of literals of four bytes or more, at even places.
    long: Grams,
    /// Of shorter ones, at all places; none if there are none.
    short: Option<Grams>,
    /// Bytes by which short literals are looked for, up to three in one go.
    signs: Vec<[u8; 3]>,
    /// The literals that are looked for by a byte, and where it stands in them.
    by_sign: Vec<Vec<(u32, usize)>>,
    /// Whether any literal can occur in ASCII text.
    has_ascii: bool,
}

/// A literal to look for.
pub(crate) struct Literal {
    pub(crate) text: String,
    pub(crate) owner: Owner,
}

/// Whose literal it is, and which of its literals.
#[derive(Clone, Copy)]
pub(crate) struct Owner {
    pub(crate) detector: usize,
    pub(crate) literal: usize,
}

struct Row {
    text: Box<[u8]>,
    owner: Owner,
}

/// The triples that some literals are looked for by.
struct Grams {
    /// Bits of their hashes.
    bits: Box<[u64; BITS]>,
    /// By hash.
    all: Vec<Gram>,
    /// Where in these the hashes begin that begin with the same bits.
    starts: Box<[u32; STARTS + 1]>,
}

/// Three bytes, and the literal that may stand there if they do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Gram {
    hash: u32,
    row: u32,
    /// How many bytes of the literal stand before them.
    offset: usize,
}

/// So many bytes are hashed.
const GRAM: usize = 3;
/// Sixteen kilobytes of bits stay in the nearest cache.
const BITS: usize = 1 << 11;
/// So many beginnings of hashes are told apart.
const STARTS: usize = 1 << 10;

impl Grams {
    fn new() -> Self {
        Self { bits: Box::new([0; BITS]), all: Vec::new(), starts: Box::new([0; STARTS + 1]) }
    }

    fn add(&mut self, [first, second, third]: [u8; GRAM], row: u32, offset: usize) {
        let hash = hash([first, second, third, 0]);
        self.all.push(Gram { hash, row, offset });
        let (word, bit) = place(hash);
        if let Some(bits) = self.bits.get_mut(word) {
            *bits |= 1 << bit;
        }
    }

    /// Puts them in order, once all are there.
    fn sort(&mut self) {
        self.all.sort_unstable();
        self.all.dedup();
        for (beginning, start) in self.starts.iter_mut().enumerate() {
            let from = self.all.partition_point(|gram| beginning_of(gram.hash) < beginning);
            *start = u32::try_from(from).unwrap_or(u32::MAX);
        }
    }

    /// Whether there may be one of this hash: nought if not.
    #[inline]
    fn bit(&self, hash: u32) -> u64 {
        let (word, bit) = place(hash);
        self.bits.get(word).map_or(0, |bits| bits >> bit & 1)
    }

    fn of(&self, hash: u32) -> impl Iterator<Item = &Gram> {
        let beginning = beginning_of(hash);
        let ends = self.starts.get(beginning).zip(self.starts.get(beginning + 1));
        let near = ends.and_then(|(from, to)| self.all.get(*from as usize..*to as usize)).unwrap_or_default();
        near.iter().filter(move |gram| gram.hash == hash)
    }
}

impl Search {
    /// None if there is nothing to look for.
    pub(crate) fn new(literals: Vec<Literal>) -> Option<Self> {
        let literals: Vec<Literal> = literals.into_iter().filter(|literal| !literal.text.is_empty()).collect();
        if literals.is_empty() {
            return None;
        }
        let has_ascii = literals.iter().any(|literal| literal.text.is_ascii());
        let mut search = Self {
            literals: Vec::with_capacity(literals.len()),
            long: Grams::new(),
            short: None,
            signs: Vec::new(),
            by_sign: vec![Vec::new(); 256],
            has_ascii,
        };
        for Literal { text, owner } in literals {
            search.add(text.to_ascii_lowercase().into_bytes().into_boxed_slice(), owner);
        }
        search.long.sort();
        search.short.iter_mut().for_each(Grams::sort);
        let signs: Vec<u8> = (0..=u8::MAX).filter(|sign| !search.by_sign(*sign).is_empty()).collect();
        search.signs = signs
            .chunks(3)
            .filter_map(|signs| match *signs {
                [one] => Some([one; 3]),
                [one, two] => Some([one, two, two]),
                [one, two, three] => Some([one, two, three]),
                _ => None,
            })
            .collect();
        Some(search)
    }

    fn add(&mut self, text: Box<[u8]>, owner: Owner) {
        let row = u32::try_from(self.literals.len()).unwrap_or(u32::MAX);
        let sign = text.iter().copied().enumerate().filter(|(_, byte)| text.len() == 1 || is_sign(*byte));
        // Of equals the first.
        let sign = sign.max_by_key(|(at, byte)| (rarity(*byte), std::cmp::Reverse(*at)));
        match (&*text, sign) {
            (short, Some((at, sign))) if short.len() <= GRAM => {
                for sign in [sign, sign.to_ascii_uppercase()] {
                    if let Some(rows) =
                        self.by_sign.get_mut(usize::from(sign)).filter(|rows| !rows.contains(&(row, at)))
                    {
                        rows.push((row, at));
                    }
                }
            }
            (&[first, second], None) => {
                // With whatever byte may stand behind it.
                let short = self.short.get_or_insert_with(Grams::new);
                (0..=u8::MAX).for_each(|behind| short.add([first, second, behind], row, 0));
            }
            (&[first, second, third], None) => {
                self.short.get_or_insert_with(Grams::new).add([first, second, third], row, 0);
            }
            (long, _) => {
                let fours = long.windows(GRAM + 1).enumerate();
                let rarest = fours.max_by_key(|(at, bytes)| {
                    (bytes.iter().map(|byte| rarity(*byte)).sum::<usize>(), std::cmp::Reverse(*at))
                });
                if let Some((at, &[first, second, third, fourth])) = rarest {
                    self.long.add([first, second, third], row, at);
                    self.long.add([second, third, fourth], row, at + 1);
                }
            }
        }
        self.literals.push(Row { text, owner });
    }

    fn by_sign(&self, sign: u8) -> &[(u32, usize)] {
        self.by_sign.get(usize::from(sign)).map_or(&[], Vec::as_slice)
    }

    /// Tells every literal that stands in a text, overlapping ones included, with where it begins and ends; in no order.
    pub(crate) fn run(&self, text: &str, mut tell: impl FnMut(Owner, usize, usize)) {
        if !self.has_ascii && text.is_ascii() {
            return;
        }
        let bytes = text.as_bytes();
        for [one, two, three] in &self.signs {
            for at in memchr::memchr3_iter(*one, *two, *three, bytes) {
                for (row, offset) in bytes.get(at).map_or(&[][..], |sign| self.by_sign(*sign)) {
                    self.compare(bytes, *row, at.checked_sub(*offset), &mut tell);
                }
            }
        }
        match &self.short {
            Some(short) => {
                self.all_grams(bytes, |ten| may_be_long(&self.long, ten) | may_be_short(short, ten), &mut tell)
            }
            None => self.all_grams(bytes, |ten| may_be_long(&self.long, ten), &mut tell),
        }
    }

    /// Compares what may stand at each byte, as the bits say for eight bytes at a time: nearly always there is nothing at
    /// any of them.
    fn all_grams(&self, bytes: &[u8], may_be: impl Fn(&[u8; 10]) -> u64, tell: &mut impl FnMut(Owner, usize, usize)) {
        let mut at = 0;
        while at < bytes.len() {
            let mut places;
            (at, places) = next(bytes, at, &may_be);
            while places != 0 {
                let at = at + places.trailing_zeros() as usize;
                places &= places - 1;
                let hash = match *bytes.get(at..).unwrap_or_default() {
                    [first, second, third, ..] => hash([first, second, third, 0]),
                    // A literal of two bytes was made with any byte behind it.
                    [first, second] => hash([first, second, 0, 0]),
                    _ => return,
                };
                let long = if at.is_multiple_of(2) { Some(&self.long) } else { None };
                for grams in long.into_iter().chain(&self.short).filter(|grams| grams.bit(hash) != 0) {
                    grams.of(hash).for_each(|gram| self.compare(bytes, gram.row, at.checked_sub(gram.offset), tell));
                }
            }
            at += 8;
        }
    }

    fn compare(&self, bytes: &[u8], row: u32, start: Option<usize>, tell: &mut impl FnMut(Owner, usize, usize)) {
        let (Some(row), Some(start)) = (self.literals.get(row as usize), start) else { return };
        let end = start + row.text.len();
        if bytes.get(start..end).is_some_and(|bytes| bytes.eq_ignore_ascii_case(&row.text)) {
            tell(row.owner, start, end);
        }
    }
}

/// At which of the first four even places a long literal may be, as bits.
#[inline]
fn may_be_long(long: &Grams, &[a, b, c, d, e, f, g, h, i, j]: &[u8; 10]) -> u64 {
    let bit = |four| long.bit(hash(four));
    bit([a, b, c, d]) | bit([c, d, e, f]) << 2 | bit([e, f, g, h]) << 4 | bit([g, h, i, j]) << 6
}

/// At which of the first eight places a short literal may be, as bits.
#[inline]
fn may_be_short(short: &Grams, &[a, b, c, d, e, f, g, h, i, j]: &[u8; 10]) -> u64 {
    let bit = |four| short.bit(hash(four));
    let first = bit([a, b, c, d]) | bit([b, c, d, e]) << 1 | bit([c, d, e, f]) << 2 | bit([d, e, f, g]) << 3;
    first | bit([e, f, g, h]) << 4 | bit([f, g, h, i]) << 5 | bit([g, h, i, j]) << 6 | bit([h, i, j, 0]) << 7
}

/// The next place, from one on and by eights, at which the bits of eight are not all nought, and they: all of them set near
/// the end, where a literal is too near it to tell. Nothing is called in this loop, so that all it needs stays in registers.
#[inline]
fn next(bytes: &[u8], from: usize, may_be: impl Fn(&[u8; 10]) -> u64) -> (usize, u64) {
    let mut at = from;
    while let Some(ten) = bytes.get(at..).and_then(|rest| rest.first_chunk::<10>()) {
        let places = may_be(ten);
        if places != 0 {
            return (at, places);
        }
        at += 8;
    }
    (at, 0xff)
}

/// Of the first three bytes; the same for both cases. What else falls together is told apart when literals are
/// compared.
#[inline]
fn hash(four: [u8; 4]) -> u32 {
    (u32::from_le_bytes(four) | 0xff20_2020).wrapping_mul(0x9e37_79b1)
}

/// Which word of the bitmap, and which of its bits.
#[inline]
fn place(hash: u32) -> (usize, u32) {
    ((hash >> (u32::BITS - BITS.ilog2())) as usize, hash >> 15 & 63)
}

fn beginning_of(hash: u32) -> usize {
    (hash >> (u32::BITS - STARTS.ilog2())) as usize
}

/// Signs that are rare enough in texts to be looked for by themselves.
fn is_sign(byte: u8) -> bool {
    byte.is_ascii_punctuation() && !matches!(byte, b'.' | b',' | b'-' | b'\'' | b'"')
}

/// How rare a byte is in texts, roughly: the place of its character among those that are common.
fn rarity(byte: u8) -> usize {
    const COMMON: &[u8] = b" etaoinsrhldcumfpgwybv,.k-'\"x\njq:z/()_=0123456789";
    /// The first bytes of characters that are not ASCII say little, those behind them more.
    const LEADING: usize = 8;
    const FOLLOWING: usize = 24;
    match byte {
        0xc0.. => LEADING,
        0x80.. => FOLLOWING,
        _ => COMMON.iter().position(|common| *common == byte.to_ascii_lowercase()).unwrap_or(COMMON.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LITERALS: &[&str] = &[
        "@",
        "://",
        "sk-",
        "password",
        "pass",
        "Bearer ",
        "q~",
        "密码",
        "пароль",
        "aaaa",
        "aa",
        "x",
        "-----begin",
        " dot ",
        "mr",
        ".io",
        "様",
        "](",
    ];

    /// What the automaton that was here before found: every occurrence, overlapping ones included.
    fn expected(text: &str) -> Vec<(usize, usize, usize)> {
        let mut hits = Vec::new();
        for (literal, needle) in LITERALS.iter().enumerate() {
            for start in 0..text.len() {
                let end = start + needle.len();
                let is_same = |found: &[u8]| found.eq_ignore_ascii_case(needle.as_bytes());
                if text.as_bytes().get(start..end).is_some_and(is_same) {
                    hits.push((start, end, literal));
                }
            }
        }
        hits.sort_unstable();
        hits
    }

    fn check(text: &str) {
        let rows = LITERALS
            .iter()
            .enumerate()
            .map(|(literal, text)| Literal { text: (*text).to_owned(), owner: Owner { detector: 0, literal } });
        let search = Search::new(rows.collect()).unwrap();
        let mut found: Vec<(usize, usize, usize)> = Vec::new();
        search.run(text, |owner, start, end| found.push((start, end, owner.literal)));
        found.sort_unstable();
        assert_eq!(found, expected(text), "{text:?}");
    }

    #[test]
    fn every_occurrence_is_found() {
        for text in [
            "",
            "x",
            "@",
            "@@x@",
            "a@b",
            "https://x.example?password=PASSword",
            "aaaaaaa",
            "AaAaX",
            "SK-sk-Sk",
            "authorization: bEARER x",
            "q~Q~q",
            "密码пароль密码",
            "-----BEGIN----------begin",
            "a dot b DOT c dot",
            "pas",
            "pass",
            "://",
            "Mr",
            "a Mr",
            "amr",
            "xmrs MR",
            ".io",
            "x.IO.io",
            "a](b](",
            "様",
            "x様様",
        ] {
            check(text);
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_searched_whole(text in "([aAxs@k:/~qQmMrR.-]|pass|WORD|密码|пароль| dot |-----be|gin|mr|\\.io|様|\\]\\(){0,24}") {
            check(&text);
        }
    }
}
