//! Answers that decline. Not an attack and no harm: worth counting, since an application that refuses half its
//! callers is broken, and one that refuses an attacker is not.
//!
//! A refusal stands at the beginning, in the first few sentences, and says two things: that somebody cannot or will
//! not, and what. `I can't help but smile` and `the form cannot be submitted` say one of them.

mod languages;

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use redoubt_domain::exchange::{Direction, SegmentKind};
use redoubt_domain::finding::{Label, Severity};
use redoubt_domain::seams::{Detector, Match, Spec, Trigger, Window};

use self::languages::LANGUAGES;
use super::Parameters;
use super::sentences::sentences;

/// Makes the detector.
pub(super) fn build(_: &Parameters) -> Box<dyn Detector> {
    Box::new(Refusal)
}

const LABEL: &str = "REFUSAL";

/// How far into an answer it may decline, in bytes and in sentences.
const BEGINNING_BYTES: usize = 700;
const BEGINNING_SENTENCES: usize = 4;
/// An answer that goes on for so long has most likely answered.
const LONG_BYTES: usize = 1_500;
/// From "I cannot" to what cannot be done, in bytes.
const REACH: usize = 80;

static SPEC: Spec = Spec {
    id: "refusal",
    summary: "Answers that decline to help, in seventeen languages",
    labels: &[LABEL],
    trigger: Trigger::Always,
    // Whether it goes on to answer after all shows only at the end.
    span_max: usize::MAX,
    positives: &[
        "I'm sorry, but I can't assist with that.",
        "I cannot provide instructions for making weapons.",
        "As an AI language model, I am not able to give medical advice.",
        "Sorry, that is not something I can help with.",
        "Es tut mir leid, aber dabei kann ich nicht helfen.",
        "Je suis désolé, mais je ne peux pas vous aider avec cette demande.",
        "Lo siento, pero no puedo ayudarte con eso.",
        "很抱歉，我无法提供这方面的帮助。",
        "申し訳ありませんが、そのご要望にはお応えできません。",
    ],
    near_misses: &[
        "I can't help but admire the design of this bridge.",
        "I'm sorry to hear that your order was late. Here is what you can do.",
        "The form cannot be submitted without a signature.",
        "I can't recommend this restaurant enough.",
        "Yes, I can help with that. First, open the settings.",
        "She said: \"I cannot help you with that.\" Then she left.",
        "I was unable to find the number in the document you sent.",
        "Das kann ich gern erklären: Der Vertrag endet im Mai.",
    ],
};

struct Refusal;

impl Detector for Refusal {
    fn spec(&self) -> &Spec {
        &SPEC
    }

    fn detect(&self, window: &Window<'_>, found: &mut Vec<Match>) {
        if window.direction == Direction::Input || window.depth > 0 {
            return;
        }
        let (span, rule, score) = match window.kind {
            // The model itself says so.
            SegmentKind::Refusal => (0..window.text.len(), "declared", 1.0),
            SegmentKind::Content => match declines(window.text) {
                Some((span, score)) => (span, "declined", score),
                None => return,
            },
            _ => return,
        };
        let (label, rule) = (Label::new(LABEL), Some(rule));
        found.push(Match { span, label, rule, score, severity: Severity::Low });
    }

    fn live_from(&self, window: &Window<'_>) -> usize {
        if window.direction == Direction::Input { window.text.len() } else { 0 }
    }
}

/// The sentence in which an answer declines, and how sure that is.
fn declines(text: &str) -> Option<(Range<usize>, f32)> {
    let beginning = text.get(..text.floor_char_boundary(BEGINNING_BYTES)).unwrap_or(text);
    // Nearly every answer is done with here.
    let spoken = spoken(&plain(beginning));
    if spoken == 0 {
        return None;
    }
    let languages =
        || LANGUAGES.iter().enumerate().filter(|(at, _)| spoken >> at & 1 == 1).map(|(_, language)| language);
    let mut has_regret = false;
    for span in sentences(beginning).into_iter().take(BEGINNING_SENTENCES) {
        let sentence = beginning.get(span.clone()).unwrap_or_default();
        // What somebody else said.
        if sentence.starts_with(['"', '\u{201c}', '«', '„', '>', '「']) || sentence.ends_with(['?', '？']) {
            continue;
        }
        let lower = plain(sentence);
        let regret = languages().any(|language| language.regret.iter().any(|word| lower.contains(word)));
        has_regret |= regret;
        let Some(certainty) = languages().filter_map(|language| language.declines(&lower)).reduce(f32::max) else {
            continue;
        };
        let mut score = certainty + if has_regret { 0.1 } else { 0.0 };
        if text.len() > LONG_BYTES {
            score -= 0.3;
        } else if has_turn(&lower) {
            score -= 0.2;
        }
        return Some((span, score.clamp(0.3, 0.98)));
    }
    None
}

/// In lower case, without the signs that are written or not.
fn plain(text: &str) -> String {
    let lower = text.chars().filter(|c| !matches!(c, '\u{64b}'..='\u{652}')).flat_map(char::to_lowercase);
    lower.map(|c| if c == '\u{2019}' { '\'' } else { c }).collect()
}

/// The languages in which something in a text declines, a bit for each.
fn spoken(lower: &str) -> u32 {
    static DECLINING: LazyLock<Option<(AhoCorasick, Vec<u32>)>> = LazyLock::new(|| {
        let (mut words, mut bits) = (Vec::new(), Vec::new());
        for (at, language) in LANGUAGES.iter().enumerate() {
            for word in language.cannot.iter().chain(language.phrases) {
                words.push(*word);
                bits.push(1 << at);
            }
        }
        Some((AhoCorasick::new(words).ok()?, bits))
    });
    // Without the automaton every language is tried.
    let Some((automaton, bits)) = DECLINING.as_ref() else { return u32::MAX };
    let found = automaton.find_overlapping_iter(lower);
    found.fold(0, |spoken, found| spoken | bits.get(found.pattern().as_usize()).copied().unwrap_or(0))
}

/// Whether a sentence goes on to offer what was asked in another way.
fn has_turn(lower: &str) -> bool {
    [", but here", ", but i can", ", however, i can", ", aber hier", ", mais voici", ", pero aquí", ", ma ecco"]
        .iter()
        .any(|turn| lower.contains(turn))
}

/// How people of one language decline.
struct Language {
    /// They are sorry.
    regret: &'static [&'static str],
    /// They cannot or will not. Must begin a clause, and one of `acts` must follow.
    cannot: &'static [&'static str],
    /// What they cannot do, by how it begins.
    acts: &'static [&'static str],
    /// What says both.
    phrases: &'static [&'static str],
    /// What says both and means neither.
    idioms: &'static [&'static str],
}

impl Language {
    fn declines(&self, lower: &str) -> Option<f32> {
        if self.idioms.iter().any(|idiom| lower.contains(idiom)) {
            return None;
        }
        if self.phrases.iter().any(|phrase| is_word_at(lower, phrase)) {
            return Some(0.85);
        }
        let cannot = self.cannot.iter().flat_map(|cannot| {
            lower
                .match_indices(cannot)
                .filter(|(at, _)| begins_clause(lower, *at))
                .map(|(at, cannot)| at + cannot.len())
        });
        let declines = cannot.into_iter().any(|end| {
            let ahead = lower.get(end..lower.floor_char_boundary(end + REACH)).unwrap_or_default();
            self.acts.iter().any(|act| is_word_at(ahead, act))
        });
        declines.then_some(0.8)
    }
}

/// Whether `phrase` stands in `text` and begins a word, unless words are not spaced.
fn is_word_at(text: &str, phrase: &str) -> bool {
    text.match_indices(phrase).any(|(at, _)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        before.is_none_or(|c| !c.is_alphanumeric() || super::boundary::is_spaceless(c))
    })
}

/// Whether a clause begins at a byte: nothing is before it but a few words that lead up to a refusal.
fn begins_clause(lower: &str, at: usize) -> bool {
    const LEADS: &[&str] = &[
        "but",
        "and",
        "so",
        "afraid",
        "that",
        "however",
        "because",
        "as",
        "aber",
        "dass",
        "mais",
        "pero",
        "que",
        "ma",
        "che",
        "mas",
        "maar",
        "dat",
        "men",
        "att",
        "ale",
        "że",
        "но",
        "что",
        "але",
        "therefore",
        "therefore,",
        "sorry",
        "unfortunately",
        "apologies",
        "leider",
        "malheureusement",
        "desafortunadamente",
        "purtroppo",
        "infelizmente",
        "helaas",
        "tyvärr",
        "niestety",
        "на жаль",
        "сожалению",
        "apologize",
        "note",
        "ja",
        "y",
        "e",
        "et",
        "und",
        "das",
        "dabei",
        "damit",
        "hierbei",
        "hier",
        "dazu",
        "daar",
        "det",
        "bei",
    ];
    let before = lower.get(..at).unwrap_or_default().trim_end();
    // What is quoted somebody else says.
    let count = |quote: char| before.matches(quote).count();
    if count('"') % 2 == 1 || count('\u{201c}') > count('\u{201d}') || count('`') % 2 == 1 {
        return false;
    }
    let Some(last) = before.chars().next_back() else { return true };
    if matches!(last, ',' | ';' | ':' | '—' | '–' | '-' | '*' | '_' | '.' | '!' | '(' | '，' | '、' | '،') {
        return true;
    }
    let word = before.rsplit(char::is_whitespace).next().unwrap_or_default();
    LEADS.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: bool) {
        let found = declines(text);
        assert_eq!(found.as_ref().is_some_and(|(_, score)| *score >= 0.5), expected, "{text:?}: {found:?}");
    }

    #[test]
    fn examples_hold() {
        for text in SPEC.positives {
            check(text, true);
        }
        for text in SPEC.near_misses {
            assert_eq!(declines(text), None, "{text:?}");
        }
    }

    #[test]
    fn refusals_of_many_languages_are_known() {
        for text in [
            "I can\u{2019}t help with that request.",
            "I'm really sorry, but I'm unable to assist with this.",
            "I must decline to write this message.",
            "I won't create content that demeans people.",
            "I appreciate your question. However, I cannot provide details about that.",
            "I'm not comfortable discussing this topic.",
            "This request goes against my guidelines.",
            "It would be unethical to help you with this.",
            "Unfortunately, I cannot fulfill this request.",
            "Leider kann ich Ihnen dabei nicht weiterhelfen.",
            "Ich kann keine Anleitung zum Bau von Waffen geben.",
            "Das kann ich leider nicht beantworten.",
            "Désolé, mais je ne suis pas en mesure de répondre à cette demande.",
            "Je ne peux pas fournir ces informations.",
            "No puedo proporcionar instrucciones para eso.",
            "Como modelo de lenguaje, no puedo dar opiniones personales.",
            "Mi dispiace, ma non posso aiutarti con questa richiesta.",
            "Non posso fornire queste informazioni.",
            "Desculpe, mas não posso ajudar com isso.",
            "Não posso fornecer instruções para esse fim.",
            "Het spijt me, maar ik kan je daar niet mee helpen.",
            "Jag kan tyvärr inte hjälpa till med det.",
            "Przepraszam, ale nie mogę w tym pomóc.",
            "Извините, но я не могу помочь с этим запросом.",
            "К сожалению, я не могу предоставить такую информацию.",
            "Вибачте, але я не можу допомогти з цим.",
            "Üzgünüm, ancak bu konuda yardımcı olamam.",
            "对不起，我不能回答这个问题。",
            "作为一个人工智能助手，我无法满足您的请求。",
            "申し訳ございませんが、その質問にはお答えできません。",
            "죄송하지만 그 요청은 도와드릴 수 없습니다.",
            "عذرًا، لا يمكنني مساعدتك في ذلك.",
            "Maaf, saya tidak dapat membantu permintaan tersebut.",
        ] {
            check(text, true);
        }
    }

    #[test]
    fn answers_are_none() {
        for text in [
            "Paris is the capital of France.",
            "You can't help everyone, but you can start with one person.",
            "I can't wait to help you plan this trip!",
            "If the server cannot provide a certificate, the client gives up.",
            "The translation of `Ich kann nicht helfen` is `I cannot help`.",
            "To decline politely, write: \"I'm sorry, but I can't attend.\"",
            "Sorry about the delay. The answer is 42.",
            "No puedo creer lo rápido que pasó el año, dijo Ana.",
            "Je ne peux pas imaginer un meilleur endroit pour dîner.",
            "Ich kann nicht sagen, dass mir das Buch gefällt, schrieb er.",
            "他不能回答这个问题，于是离开了。",
            "Could you tell me why I can't help you?",
            "",
        ] {
            check(text, false);
        }
    }

    #[test]
    fn an_answer_that_goes_on_is_hardly_one() {
        let short = "I can't provide an exact figure.";
        let long = format!("{short} {}", "The estimate follows from the census. ".repeat(60));
        let score = |text: &str| declines(text).map(|(_, score)| score).unwrap();
        assert!(score(short) > 0.7 && score(&long) <= 0.5);
        // What stands further down is the subject, not the answer.
        assert_eq!(declines(&format!("{} I can't help with that.", "All is well here. ".repeat(5))), None);
    }
}
