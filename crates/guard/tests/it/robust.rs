//! Whatever a stranger sends, an answer comes back.

use proptest::prelude::*;
use redoubt_domain::exchange::{Direction, Origin};
use redoubt_guard::Profile;

use crate::support::{profile, streamed, whole};

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_scanned(text in any::<String>(), noise in "[\\[\\]{}@:/\\.0-9a-zA-Z\\\\%&;#=+ \u{200b}\u{e0041}\u{fe0f}-]{0,200}") {
        let engine = ENGINE.with(std::sync::Arc::clone);
        for text in [&text, &noise] {
            for direction in [Direction::Input, Direction::Output] {
                let scan = engine.scan(text, Origin::Tool, direction);
                for judged in &scan.judged {
                    prop_assert!(text.get(judged.finding.span.clone()).is_some());
                }
            }
        }
    }

    #[test]
    fn any_answer_streams_as_it_is_judged_whole(text in "[\\[\\]@:/\\.0-9a-z%&;=+ \u{200b}-]{0,120}", step in 1_usize..9) {
        let engine = ENGINE.with(std::sync::Arc::clone);
        let letters: Vec<char> = text.chars().collect();
        let pieces: Vec<String> = letters.chunks(step).map(|chunk| chunk.iter().collect()).collect();
        let (out, is_halted) = streamed(&engine, pieces.iter().map(String::as_str));
        match whole(&engine, &text) {
            Some(expected) => prop_assert!(!is_halted && out == expected, "{:?}\n{:?}\n{:?}", text, out, expected),
            None => prop_assert!(is_halted),
        }
    }
}

thread_local! {
    static ENGINE: std::sync::Arc<redoubt_guard::Engine> = profile(Profile::Default);
}

/// Texts on which something that looks again from every place would take minutes.
#[test]
fn long_texts_of_one_kind_are_read_once() {
    let engine = profile(Profile::Default);
    for unit in
        ["a", "1", "1 ", "@", "a@", "[", "\\", "%4", "&#", "http://", "-----BEGIN ", "ignore ", "\u{200b}", "sk-"]
    {
        let text = unit.repeat((24 << 10) / unit.len());
        let _ = engine.scan(&text, Origin::User, Direction::Input);
    }
}
