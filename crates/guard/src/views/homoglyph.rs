//! Letters that look like ASCII letters.

use unicode_security::confusable_detection::skeleton;

/// The ASCII letters or digits that `c`, in lower case, looks like.
pub(super) fn looks_like(c: char) -> Option<LooksLike> {
    if let Some(letter) = enclosed(c) {
        return Some(LooksLike::one(letter));
    }
    let own = match c {
        // Small capitals and letters of phonetics, which UTS 39 keeps apart.
        'ᴀ' | 'ɑ' | 'ɐ' => "a",
        'ʙ' => "b",
        'ᴄ' | 'ↄ' => "c",
        'ᴅ' | 'đ' | 'ɖ' | 'ð' => "d",
        'ᴇ' | 'ǝ' | 'ə' | 'ɛ' => "e",
        'ꜰ' | 'ƒ' => "f",
        'ɢ' | 'ɡ' => "g",
        'ʜ' | 'ħ' | 'ɥ' => "h",
        'ɪ' | 'ı' | 'ᴉ' => "i",
        'ᴊ' | 'ȷ' => "j",
        'ᴋ' => "k",
        'ʟ' | 'ł' => "l",
        'ᴍ' | 'ɯ' | 'м' => "m",
        'ɴ' | 'ŋ' | 'η' | 'п' => "n",
        'ᴏ' | 'ø' => "o",
        'ᴘ' => "p",
        'ʀ' | 'ɹ' | 'г' => "r",
        'ꜱ' => "s",
        'ᴛ' | 'ŧ' | 'т' | 'τ' => "t",
        'ᴜ' => "u",
        'ᴠ' => "v",
        'ᴡ' | 'ω' => "w",
        'ʏ' => "y",
        'ᴢ' => "z",
        'к' | 'κ' => "k",
        'в' | 'β' => "b",
        'н' => "h",
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'þ' => "th",
        _ => "",
    };
    if !own.is_empty() {
        return Some(LooksLike::of(own));
    }
    // Scripts without case hardly resemble Latin, and their letters are too many to look each up.
    if matches!(c, '\u{900}'..='\u{109f}' | '\u{1100}'..='\u{11ff}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7ff}')
    {
        return None;
    }
    let mut buffer = [0; 4];
    let mut prototype = LooksLike::default();
    for ascii in skeleton(c.encode_utf8(&mut buffer)).map(|c| c.to_ascii_lowercase()) {
        if !ascii.is_ascii_alphanumeric() || !prototype.push(ascii) {
            return None;
        }
    }
    if prototype.iter().eq(['r', 'n']) {
        return Some(LooksLike::one('m'));
    }
    (prototype.length > 0).then_some(prototype)
}

/// Letters in circles and squares that NFKC does not undo, and those that flags are made of.
pub(super) fn enclosed(c: char) -> Option<char> {
    let from = match c {
        '\u{1f150}'..='\u{1f169}' => 0x1f150,
        '\u{1f170}'..='\u{1f189}' => 0x1f170,
        '\u{1f1e6}'..='\u{1f1ff}' => 0x1f1e6,
        _ => return None,
    };
    char::from_u32(u32::from('a') + u32::from(c) - from)
}

/// Up to three ASCII characters.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct LooksLike {
    characters: [char; 3],
    length: usize,
}

impl LooksLike {
    fn one(c: char) -> Self {
        Self { characters: [c, '\0', '\0'], length: 1 }
    }

    fn of(text: &str) -> Self {
        let mut this = Self::default();
        text.chars().all(|c| this.push(c));
        this
    }

    fn push(&mut self, c: char) -> bool {
        let Some(place) = self.characters.get_mut(self.length) else { return false };
        *place = c;
        self.length += 1;
        true
    }

    pub(super) fn iter(self) -> impl Iterator<Item = char> {
        self.characters.into_iter().take(self.length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn look_alikes_are_read() {
        let check = |c: char, expected: Option<&str>| {
            assert_eq!(looks_like(c).map(|like| like.iter().collect::<String>()).as_deref(), expected, "{c}");
        };
        for (c, expected) in
            [('а', "a"), ('е', "e"), ('о', "o"), ('р', "p"), ('с', "c"), ('і', "i"), ('ѕ', "s"), ('ο', "o")]
        {
            check(c, Some(expected));
        }
        check('ɪ', Some("i"));
        check('🅰', Some("a"));
        check('ß', Some("ss"));
        check('ж', None);
        check('字', None);
    }
}
