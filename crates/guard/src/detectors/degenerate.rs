//! Answers that have come apart: the same words over and over, and letters that are no words.
//!
//! Prose only. Tables, lists of numbers, code, encoded data and lines of a chorus repeat themselves and look like
//! nothing, and are meant to.

mod gibberish;
mod repetition;

use std::ops::Range;

use redoubt_domain::exchange::{Direction, SegmentKind};
use redoubt_domain::finding::{Label, Severity};
use redoubt_domain::seams::{Detector, Match, Spec, Trigger, Window};

use super::Parameters;

/// Makes the detector.
pub(super) fn build(_: &Parameters) -> Box<dyn Detector> {
    Box::new(Degenerate)
}

const REPETITION: &str = "REPETITION";
const GIBBERISH: &str = "GIBBERISH";

static SPEC: Spec = Spec {
    id: "degenerate",
    summary: "Answers that loop, or that are no words: repeated phrases, character salad, mixed scripts, broken encodings",
    labels: &[REPETITION, GIBBERISH],
    trigger: Trigger::Always,
    // How much of it there is decides.
    span_max: usize::MAX,
    positives: &[
        "The answer is in the book, in the book, in the book, in the book, in the book, in the book, in the book, in the book.",
        "I hope this helps you with it. I hope this helps you with it. I hope this helps you with it. I hope this helps you with it.",
        "and then and then and then and then and then and then and then and then and then and then",
        "Nooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooo",
        "xkcj qwzrt plmkv bgtrf zxcvq wrtpl kjhgf mnbvc qzxwv tgbrf plkmj",
        "Itâ€™s the cafÃ© next door, isnâ€™t it? Theyâ€™re openâ€¦",
    ],
    near_misses: &[
        "Row, row, row your boat, gently down the stream. Merrily, merrily, merrily, merrily, life is but a dream.",
        "| a | b | c |\n|---|---|---|\n| 1 | 1 | 1 |\n| 1 | 1 | 1 |\n| 1 | 1 | 1 |\n| 1 | 1 | 1 |\n| 1 | 1 | 1 |",
        "The digest is 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08.",
        "aGVsbG8gd29ybGQsIHRoaXMgaXMgYmFzZTY0IHRoYXQgbG9va3MgbGlrZSBub3RoaW5nIGF0IGFsbA==",
        "Ha ha ha ha, very funny! No, no, no, no.",
        "----------------------------------------------------------------------------------",
        "0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0",
        "W Szczebrzeszynie chrząszcz brzmi w trzcinie i Szczebrzeszyn z tego słynie.",
    ],
};

struct Degenerate;

impl Detector for Degenerate {
    fn spec(&self) -> &Spec {
        &SPEC
    }

    fn detect(&self, window: &Window<'_>, found: &mut Vec<Match>) {
        let is_read = matches!(window.kind, SegmentKind::Content | SegmentKind::Reasoning);
        if window.direction == Direction::Input || window.depth > 0 || !is_read {
            return;
        }
        for block in prose(window.text) {
            found.extend(repetition::find(window.text, block.clone()));
            found.extend(gibberish::find(window.text, block));
        }
    }

    fn live_from(&self, window: &Window<'_>) -> usize {
        if window.direction == Direction::Input { window.text.len() } else { 0 }
    }
}

fn found(span: Range<usize>, label: &'static str, rule: &'static str, score: f32) -> Match {
    Match { span, label: Label::new(label), rule: Some(rule), score, severity: Severity::Low }
}

/// The stretches of a text between fenced code, tables and other lines that are no prose.
fn prose(text: &str) -> Vec<Range<usize>> {
    let mut blocks: Vec<Range<usize>> = Vec::new();
    let (mut at, mut is_code) = (0, false);
    let mut open: Option<usize> = None;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let trimmed = line.trim();
        let is_fence = trimmed.starts_with("```") || trimmed.starts_with("~~~");
        if is_code || is_fence || is_no_prose(trimmed) {
            is_code ^= is_fence;
            blocks.extend(open.take().map(|open| open..start));
        } else if open.is_none() {
            open = Some(start);
        }
    }
    blocks.extend(open.map(|open| open..text.len()));
    blocks
}

/// Whether a line is a row of a table, or has more signs and digits than letters.
fn is_no_prose(line: &str) -> bool {
    if line.starts_with('|') || line.matches(" | ").count() >= 2 || line.matches('\t').count() >= 2 {
        return true;
    }
    let (mut letters, mut others) = (0_usize, 0_usize);
    for c in line.chars().filter(|c| !c.is_whitespace()) {
        if c.is_alphabetic() || is_mark(c) {
            letters += 1;
        } else {
            others += 1;
        }
    }
    others > letters && letters + others > 0
}

/// Vowel signs and the like, which belong to letters.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{900}'..='\u{dff}' | '\u{e31}'..='\u{e4e}' | '\u{610}'..='\u{65f}')
}

#[cfg(test)]
mod tests {
    use super::super::examples;
    use super::*;

    fn find(text: &str) -> Vec<String> {
        let mut matches = Vec::new();
        examples::with_answer(text, |window| Degenerate.detect(window, &mut matches));
        matches.iter().map(|found| format!("{} {}", found.label, found.rule.unwrap_or(""))).collect()
    }

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        assert_eq!(find(text), expected, "{text:?}");
    }

    #[test]
    fn examples_hold() {
        for text in SPEC.positives {
            assert!(!find(text).is_empty(), "{text:?}");
        }
        for text in SPEC.near_misses {
            check(text, &[]);
        }
    }

    #[test]
    fn loops_are_found() {
        let sentence = "The committee will meet again on the first Monday of the month. ";
        check(&sentence.repeat(4), &["REPETITION loop"]);
        check(&format!("It begins well and says something. {}", "over and over and ".repeat(9)), &["REPETITION loop"]);
        check(&"同じことを何度も言う。".repeat(6), &["REPETITION loop"]);
        check(&"Ich weiß es nicht genau. ".repeat(6), &["REPETITION loop"]);
        check(
            &format!("{}\n", "Thank you for your patience and your kind support today.").repeat(8),
            &["REPETITION loop"],
        );
        check(&"lalala".repeat(30), &["REPETITION run"]);
        // The same sentences in turns, with others between.
        let turns: String = (0..12)
            .map(|at| {
                format!("{sentence}In year {at} they met twice. The minutes are kept in the archive of the town. ")
            })
            .collect();
        check(&turns, &["REPETITION sentences"]);
    }

    #[test]
    fn what_repeats_itself_for_a_reason_is_left_alone() {
        for text in [
            "- Add salt.\n- Add pepper.\n- Add salt.\n- Add oil.\n- Stir.\n- Add salt.\n",
            "We will, we will rock you. We will, we will rock you.",
            "```\nnop\nnop\nnop\nnop\nnop\nnop\nnop\nnop\nnop\nnop\nnop\nnop\nnop\nnop\n```",
            "let a = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];",
            "Monday: open\nTuesday: open\nWednesday: open\nThursday: open\nFriday: open\nSaturday: open\n",
            "Buffalo buffalo Buffalo buffalo buffalo buffalo Buffalo buffalo.",
            "1. First item\n2. Second item\n3. Third item\n4. Fourth item\n5. Fifth item\n6. Sixth item\n",
            "She sells sea shells by the sea shore. The shells she sells are sea shells, she is sure.",
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB3NzaC1yc2E=",
        ] {
            check(text, &[]);
        }
    }

    #[test]
    fn salad_is_found() {
        check("asdkjfh qwlekjr zxmcnv qpwoeiru alskdjf zmxncbv qowieur sldkfjg xcmvnb", &["GIBBERISH letters"]);
        check("Sure: fjdksl ghtrwq vbnmzx pkjhgf drtwqs zxcvbn qwrtps dfghjk lkjhgf mnbvcx", &["GIBBERISH letters"]);
        check(
            "the Übung 北京 привет שלום hola 서울 ありがとう мир สวัสดี world مرحبا 上海 Привіт hello",
            &["GIBBERISH scripts"],
        );
        check("Ã¤hnlich wie frÃ¼her, mÃ¶chte ich sagen, dass es schÃ¶n ist", &["GIBBERISH encoding"]);
        check(
            "The result is \u{fffd}\u{fffd}\u{fffd}\u{fffd} and \u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}",
            &["GIBBERISH encoding"],
        );
    }

    #[test]
    fn languages_and_data_are_no_salad() {
        for text in [
            "Die Donaudampfschifffahrtsgesellschaft beförderte Fracht und Fahrgäste zwischen Regensburg und Wien.",
            "Strč prst skrz krk. Vlk zmrzl, zhltl hrst zrn a šel spát do brlohu.",
            "Hottentottententententoonstelling is een lang woord in het Nederlands dat mensen graag noemen.",
            "Kansainvälisen yhteistyön kehittäminen edellyttää pitkäjänteistä työskentelyä ja keskustelua.",
            "Llanfairpwllgwyngyll yw enw pentref mawr ar Ynys Môn yng Nghymru, ger Afon Menai.",
            "Nguyễn Thị Minh Khai là một nhà cách mạng nổi tiếng của Việt Nam trong thế kỷ hai mươi.",
            "Mwanafunzi anasoma kitabu kizuri sana shuleni pamoja na rafiki zake wote watatu leo.",
            "The HTTP GET of the JSON API via SSH and TCP needs TLS, DNS, NTP, VPN and the CPU of the VM.",
            "std::vec::Vec, fmt, ptr, str, mpsc, rwlock, mutex, ctx, cfg, tx, rx and cmd are names of Rust.",
            "The word \u{201c}мир\u{201d} means peace, 平和 in Japanese and pace in Italian.",
            "Order 7XK-93Q2-LLP4 ships with FedEx 7489 2231 0098; ref. QZX-44 and batch BRT-LMN-88.",
            "Проверка связи: текст на русском языке без каких-либо странностей и ошибок в словах.",
            "مرحبا بكم في هذا النص العربي الذي لا يحتوي على أي شيء غريب أو غير مفهوم.",
        ] {
            check(text, &[]);
        }
    }

    #[test]
    fn hostile_texts_cost_one_pass() {
        for unit in ["a", "ab ", "a b ", "one two three ", "Ã¤", "我", "| a", "``` \n", "x\n", "zxq "] {
            let _ = find(&unit.repeat((1 << 19) / unit.len()));
        }
    }
}
