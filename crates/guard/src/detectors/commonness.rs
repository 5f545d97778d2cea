//! How common words are, so that a phrase is looked for by the rarest of its parts.

use std::collections::HashMap;
use std::sync::LazyLock;

/// How often a word stands in a text, in parts of one; an estimate. Words share what is written by Zipf's law: the
/// second has half of what the first has, the third a third.
pub(crate) fn commonness(word: &str) -> f32 {
    static RANKS: LazyLock<HashMap<&'static str, usize>> =
        LazyLock::new(|| COMMON.split_whitespace().enumerate().map(|(rank, word)| (word, rank)).collect());
    const SHARE_OF_THE_FIRST: f32 = 0.06;
    /// A word that is not among them, of a usual length, is this much rarer than the last of them.
    const RARITY: f32 = 8.0;
    /// What the little words of other languages share.
    const LITTLE_RANK: f32 = 40.0;
    if LITTLE.contains(&word) {
        return SHARE_OF_THE_FIRST / LITTLE_RANK;
    }
    let rank = RANKS.get(word).map_or(COMMON_COUNT * RARITY, |rank| *rank as f32 + 1.0);
    SHARE_OF_THE_FIRST / rank
}

const COMMON_COUNT: f32 = 509.0;

/// Little words of German, French, Spanish, Italian, Portuguese and Dutch, as they are folded.
const LITTLE: &[&str] = &[
    "als", "alle", "alles", "auch", "auf", "aus", "avec", "bei", "che", "com", "como", "con", "da", "das", "dat", "de",
    "dein", "deine", "dem", "den", "der", "des", "di", "dich", "die", "dir", "du", "e", "een", "ein", "eine", "einen",
    "el", "elle", "en", "er", "es", "est", "et", "fur", "ha", "hat", "het", "ich", "ihr", "ihre", "il", "im", "ist",
    "je", "jetzt", "la", "las", "le", "les", "lo", "los", "mas", "meine", "mich", "mir", "mit", "mon", "nao", "nicht",
    "non", "noch", "nous", "nur", "o", "oder", "os", "ou", "para", "pas", "per", "por", "pour", "que", "qui", "sich",
    "sie", "sind", "su", "sur", "te", "tes", "ton", "tous", "tout", "tu", "tus", "um", "una", "und", "une", "van",
    "von", "vor", "vous", "votre", "vos", "war", "was", "wenn", "wer", "werden", "wie", "wir", "wird", "y", "zu",
    "zum", "zur",
];

/// The commonest words of English, commonest first.
const COMMON: &str = "\
    the of a to and in is for answer s that on with as it are an by be not you which was at from what has i or \
    will this he have following his if how question its one no all please because but can their t about when two \
    more than who number format they do solution new should your correct after would wrong had she choose there \
    into security were only so her does first most said use any my up time year been out many each over us state \
    other people false true between these make some system short did information must them may option company \
    then could world we three day best high user never total against points made years m me used like data \
    according man also given during d next based before say long address end social paragraph com under ai much \
    states am whose ll ve re im got going hi hello thanks sure ok maybe really things thing look tell think know \
    let both using scenario without through yes code where main work same right off learning instructions such \
    while per complete water second old script get name just likely him good film way list generate create \
    government explain law last describe found court questions now below personal something united find life \
    real week being group take provide home always access very example character response woman results city \
    engineer why order write theory need well non left children clearly free sentence text give every prompt \
    action uses large power car increase small private those hours above five back case research down student \
    contract property even since market game four part days program body school test input change include team \
    design energy cost war set times human public want different night price president half software money start \
    heat our rate business person act less another assistant standards note country yesterday analysis place \
    million oil too help air card top effect value machine output temperature search general red own police \
    today type minutes low percent problem model means rights store within agreement go house third least month \
    email surface method point form interest put great effects process american evidence key story food still \
    season function manager development credit called statement systems computer pay force party speed few \
    around light cut study level network numbers common support friend says product amount result due language \
    online major making bank simple refers students others nothing billion family show control helpful plan \
    phone begin buy agreed step come privacy rules internet including past conditions national co words little \
    service possible took makes specific see full gas owner trial keep away important open identify ip fill term \
    related field transfer don deal file management wall message performance target better ask political \
    technology run space men job anything add known earth length become needs land john report policy history \
    risk patient head former news current european cannot expected building might natural months terms area play \
    told higher whether financial friends legal cause announced several present web china enough";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_words_are_commoner() {
        assert!(commonness("the") > commonness("people") && commonness("people") > commonness("disregard"));
        assert_eq!(COMMON.split_whitespace().count() as f32, COMMON_COUNT);
    }
}
