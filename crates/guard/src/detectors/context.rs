//! Words near a number that say what it is. A bare run of nine digits is nothing; behind `Steuer-ID:` it is
//! a person.
//!
//! Words are whole and in any case; `_`, `-`, line breaks and a capital inside a word part words, so that
//! the key `phoneNumber` and the column `phone_number` speak too. Scripts without spaces match anywhere.
//! What comes before counts within [`BEFORE_CHARS`]; what comes after only within [`AFTER_BYTES`], because a
//! stream has to wait for it.

use super::boundary::{after, before, floor, is_spaceless, is_word};

/// How many characters before a match are read for words.
pub(super) const BEFORE_CHARS: usize = 60;
/// The same in bytes: scripts of three bytes say more in fewer characters.
pub(super) const BEFORE_BYTES: usize = 120;
/// How many bytes behind a match are read for words by detectors that wait for them.
pub(super) const AFTER_BYTES: usize = 24;

/// A telephone.
#[rustfmt::skip]
pub(super) const PHONE: &[&str] = &[
    "phone", "telephone", "tel", "mobile", "cell", "cellphone", "call", "calling", "dial", "fax", "sms",
    "text me", "whatsapp", "hotline", "voicemail", "contact", "ring", "reach", "reach me", "reach us",
    "answering", "office", "landline", "signal", "telefon", "telefonnummer", "handy", "handynummer",
    "mobilnummer", "mobil", "rufnummer", "anrufen", "rückruf", "téléphone", "telephone", "portable", "appeler",
    "appelez", "appelle", "numéro", "teléfono", "telefono", "móvil", "movil", "celular", "llamar", "llame",
    "llámame", "cellulare", "chiamare", "chiama", "chiamami", "recapito", "telefone", "telemóvel", "ligar",
    "ligue", "telefoon", "telefoonnummer", "mobiel", "bel", "bellen", "telefonu", "numer telefonu", "puhelin",
    "puhelinnumero", "телефон", "телефона", "тел", "звоните", "电话", "手机", "联系方式", "致电", "拨打", "電話", "手機", "携帯",
    "連絡先", "전화", "휴대폰", "연락처", "핸드폰", "फ़ोन", "फोन", "मोबाइल", "दूरभाष", "टेलीफ़ोन", "टेलीफोन", "संपर्क", "هاتف", "جوال", "โทร",
];

/// A payment card.
#[rustfmt::skip]
pub(super) const CARD: &[&str] = &[
    "card", "credit card", "debit card", "cc", "ccn", "visa", "mastercard", "amex", "american express",
    "maestro", "discover", "jcb", "diners", "unionpay", "pan", "cvv", "cvc", "charge", "payment", "karte",
    "kreditkarte", "kartennummer", "ec karte", "carte", "carte bancaire", "carte bleue", "numéro de carte",
    "tarjeta", "tarjeta de crédito", "carta", "carta di credito", "cartão", "cartao", "cartão de crédito",
    "creditcard", "kaart", "kaartnummer", "karta", "karty", "карта", "карты", "卡号", "银行卡", "信用卡", "卡號", "カード",
    "クレジットカード", "카드", "신용카드", "कार्ड",
];

/// A passport.
#[rustfmt::skip]
pub(super) const PASSPORT: &[&str] = &[
    "passport", "passport number", "passport no", "travel document", "pass nr", "reisepass", "reisepassnummer",
    "passnummer", "passeport", "pasaporte", "passaporto", "passaporte", "paspoort", "paspoortnummer",
    "paszport", "паспорт", "护照", "護照", "旅券", "パスポート", "여권", "पासपोर्ट", "جواز",
];

/// A wallet of a cryptocurrency.
#[rustfmt::skip]
pub(super) const WALLET: &[&str] = &[
    "wallet", "address", "bitcoin", "btc", "eth", "ethereum", "ether", "crypto", "usdt", "usdc", "tron",
    "solana", "sol", "monero", "xmr", "ripple", "xrp", "litecoin", "ltc", "doge", "dogecoin", "cardano",
    "token", "send", "transfer", "deposit", "metamask", "ledger", "geldbörse", "portefeuille", "billetera",
    "cartera", "portafoglio", "carteira", "钱包", "比特币", "以太坊", "ウォレット", "ビットコイン", "지갑", "비트코인", "वॉलेट",
];

/// An address of the Internet protocol.
#[rustfmt::skip]
pub(super) const ADDRESS: &[&str] = &[
    "ip", "ipv4", "address", "addr", "host", "server", "ping", "ssh", "subnet", "gateway", "dns", "client",
    "remote", "adresse", "dirección", "indirizzo", "endereço", "adres", "地址", "アドレス", "주소",
];

/// Things that are numbered, and are nobody's telephone.
#[rustfmt::skip]
const THINGS: &[&str] = &[
    "order", "invoice", "ticket", "tracking", "part", "serial", "article", "item", "case", "lot", "sku", "po", "job",
    "ref", "reference", "model", "batch", "build", "version", "confirmation", "receipt", "shipment", "parcel", "isbn",
    "barcode", "asset", "product", "transaction", "bestellung", "bestellnummer", "rechnung", "rechnungsnummer",
    "artikel", "artikelnummer", "seriennummer", "sendungsnummer", "auftrag", "auftragsnummer", "commande", "facture",
    "référence", "colis", "pedido", "factura", "artículo", "ordine", "fattura", "articolo", "encomenda",
    "fatura", "bestelling", "factuur", "zamówienie", "faktura", "заказ", "заказа", "счёт", "артикул", "sipariş",
    "订单", "订单号", "发票", "货号", "单号", "注文", "注文番号", "주문", "주문번호",
];

/// What may stand between such a word and its number.
const COUNTED: &[&str] =
    &["number", "num", "no", "nr", "id", "code", "is", "n", "numéro", "número", "numero", "номер", "№", "#"];

/// Whether more text could still change what [`Near::after`] says of a match that ends here.
pub(super) fn is_open(text: &str, end: usize) -> bool {
    text.len() <= end + AFTER_BYTES + 4
}

/// A word as [`Near`] compares it.
pub(super) fn plain(word: &str) -> String {
    Near::of(word, false, false).plain.trim().to_owned()
}

/// What stands near a number, made ready once for all the words that are looked for in it.
pub(super) struct Near {
    /// In lower case, words parted by single spaces.
    plain: String,
    /// Which pairs of neighbouring bytes occur, hashed: most words are told from it not to.
    pairs: [u64; PAIRS / 64],
}

const PAIRS: usize = 1024;

impl Near {
    /// What stands before a byte.
    pub(super) fn before(text: &str, at: usize) -> Self {
        let before = before(text, at);
        let from = before.char_indices().rev().take(BEFORE_CHARS).map(|(at, _)| at).last().unwrap_or(0);
        let from = (from.max(before.len().saturating_sub(BEFORE_BYTES))..=before.len())
            .find(|at| before.is_char_boundary(*at))
            .unwrap_or(before.len());
        let is_cut = super::boundary::before(before, from).chars().next_back().is_some_and(is_word);
        Self::of(before.get(from..).unwrap_or(""), is_cut, false)
    }

    /// What stands shortly after a byte.
    pub(super) fn after(text: &str, at: usize) -> Self {
        let after = after(text, at);
        let (near, far) = after.split_at(floor(after, AFTER_BYTES));
        Self::of(near, false, far.chars().next().is_some_and(is_word))
    }

    /// Whether the number behind it is said to be that of a thing: `order no. 415-555-0132`. Only right before it: a caller may
    /// give a telephone number for an order, too.
    pub(super) fn is_of_a_thing(&self) -> bool {
        let signs = [' ', ':', '：', '.', '#', '=', '(', '"', '\''];
        let mut words = self.plain.trim_end_matches(signs);
        while let Some(rest) =
            COUNTED.iter().find_map(|word| words.strip_suffix(word).filter(|rest| rest.ends_with(signs)))
        {
            words = rest.trim_end_matches(signs);
        }
        let ends_in = |thing: &&&str| {
            words.strip_suffix(**thing).is_some_and(|rest| {
                thing.chars().next().is_some_and(is_spaceless) || !rest.chars().next_back().is_some_and(is_word)
            })
        };
        THINGS.iter().any(|thing| ends_in(&thing))
    }

    /// A cut side belongs to a longer word.
    fn of(text: &str, is_cut_before: bool, is_cut_after: bool) -> Self {
        let mut plain = String::with_capacity(text.len() + 8);
        if is_cut_before {
            plain.push('x');
        }
        let mut previous = ' ';
        for character in text.chars() {
            if character.is_ascii_lowercase() {
                plain.push(character);
            } else if character.is_whitespace() || character == '_' || super::boundary::is_dash(character) {
                if !plain.ends_with(' ') {
                    plain.push(' ');
                }
            } else {
                if previous.is_lowercase() && character.is_uppercase() {
                    plain.push(' ');
                }
                plain.extend(character.to_lowercase());
            }
            previous = character;
        }
        if is_cut_after {
            plain.push('x');
        }
        let mut pairs = [0; PAIRS / 64];
        for pair in plain.as_bytes().windows(2) {
            let (word, bit) = place(pair);
            if let Some(word) = pairs.get_mut(word) {
                *word |= bit;
            }
        }
        Self { plain, pairs }
    }

    /// Whether one of the words stands here.
    pub(super) fn has(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.may_have(word) && self.has_word(word))
    }

    fn may_have(&self, word: &str) -> bool {
        let bytes = word.as_bytes();
        let ends = [bytes.get(..2), bytes.len().checked_sub(2).and_then(|from| bytes.get(from..))];
        ends.into_iter()
            .flatten()
            .map(place)
            .all(|(word, bit)| self.pairs.get(word).is_some_and(|bits| bits & bit != 0))
    }

    fn has_word(&self, word: &str) -> bool {
        let plain = self.plain.as_str();
        plain.match_indices(word).any(|(at, _)| {
            let is_free = word.chars().next().is_some_and(is_spaceless);
            is_free
                || (!before(plain, at).chars().next_back().is_some_and(is_word)
                    && !after(plain, at + word.len()).trim_start_matches('s').starts_with(is_letter))
        })
    }
}

/// Where the bit of a pair of bytes is.
fn place(pair: &[u8]) -> (usize, u64) {
    let hash = match pair {
        [first, second] => ((usize::from(*first) * 37) ^ usize::from(*second)) % PAIRS,
        _ => 0,
    };
    (hash / 64, 1 << (hash % 64))
}

/// A letter that makes a word longer. Digits may follow a word at once, as in `tel2`; so may a spaceless
/// script.
fn is_letter(character: char) -> bool {
    character.is_alphabetic() && !is_spaceless(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: bool) {
        let at = text.find('#').unwrap();
        let is_named = Near::before(text, at).has(PHONE) || Near::after(text, at + 1).has(PHONE);
        assert_eq!(is_named, expected, "{text}");
    }

    #[test]
    fn whole_words_in_any_case_and_language() {
        for text in [
            "Phone: #",
            "my PHONES are #",
            "\"phoneNumber\": \"#",
            "phone_number=#",
            "Telefonnummer: #",
            "téléphone : #",
            "电话#",
            "我的电话是 #",
            "휴대폰번호는 #",
            "मोबाइल #",
            "text me at #",
            "text\nme: #",
            "# (mobile)",
            "# is my cell",
        ] {
            check(text, true);
        }
        for text in
            ["microphone #", "recall #", "callous #", "hotel #", "nothing #", "# and then some twenty phone", "#"]
        {
            check(text, false);
        }
        check(&format!("phone {} #", "x".repeat(60)), false);
    }

    #[test]
    fn a_thing_is_named_right_before_its_number() {
        let check =
            |text: &str, expected: bool| assert_eq!(Near::before(text, text.len()).is_of_a_thing(), expected, "{text}");
        for text in
            ["Order number ", "the invoice no. ", "ticket #", "\"orderId\": \"", "Bestellnummer: ", "订单号：", "lot "]
        {
            check(text, true);
        }
        for text in ["", "border ", "call me about the order at ", "order, then call ", "my number is ", "no. "] {
            check(text, false);
        }
    }

    #[test]
    fn a_word_that_is_cut_is_not_a_word() {
        check(&format!("microphone {} #", "y".repeat(53)), false);
        check(&format!("# {}phonebook", "z ".repeat(9)), false);
    }
}
