//! The roughness of real text: case, typos, punctuation, quotation marks. The same for attacks and their twins.

use super::random::Random;

/// Leaves most texts as they are and roughens the others.
pub(super) fn roughen(random: &mut Random, text: String) -> String {
    if random.chance(55) {
        return text;
    }
    let mut text = text;
    for _ in 0..random.between(1, 2) {
        text = match random.below(16) {
            0..=2 => text.to_lowercase(),
            3 => text.to_uppercase(),
            4..=6 => typos(random, &text),
            7 | 8 => text.trim_end_matches(['.', '!', '?', '。', '！', '؟', '।']).to_owned(),
            9 => format!(
                "{text}{}",
                random.pick(&["!!!", "!!", "...", " ???", "\n", "  ", " :)", " 🙏"]).unwrap_or_default()
            ),
            10 => text.replace(['\'', '’'], ""),
            11 => text.replace(". ", ".\n"),
            12 => text.replace(", ", " "),
            13 => text.replace(' ', "  "),
            14 => format!("{}{text}", open(random)),
            _ if text.len() < 200 => {
                let (left, right) = *random
                    .pick(&[
                        &("\"", "\""),
                        &("**", "**"),
                        &("'", "'"),
                        &("“", "”"),
                        &("`", "`"),
                        &("«", "»"),
                        &("### ", ""),
                        &("[", "]"),
                    ])
                    .unwrap_or(&("", ""));
                format!("{left}{text}{right}")
            }
            _ => text,
        };
    }
    text
}

fn open(random: &mut Random) -> &'static str {
    random.pick(&["1. ", "- ", "> ", "Q: ", "# ", "* ", "\n", "a) ", "... "]).unwrap_or_default()
}

/// A few slips of the keys: a letter doubled, dropped, or swapped with the next one.
fn typos(random: &mut Random, text: &str) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    for _ in 0..random.between(1, 1 + characters.len() / 60) {
        let at = random.below(characters.len());
        let letter = |at: usize| characters.get(at).is_some_and(|character| character.is_ascii_alphabetic());
        if !(letter(at) && letter(at + 1)) {
            continue;
        }
        match random.below(3) {
            0 => characters.swap(at, at + 1),
            1 => drop(characters.remove(at)),
            _ => {
                if let Some(&character) = characters.get(at) {
                    characters.insert(at, character);
                }
            }
        }
    }
    characters.into_iter().collect()
}
