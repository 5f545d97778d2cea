//! How random a string looks: its entropy, whether it is made of words, whether it only stands for a value.

/// Shannon entropy in bits for each byte.
pub(super) fn shannon(text: &str) -> f32 {
    let mut counts = [0_u16; 256];
    let bytes = text.as_bytes().get(..text.len().min(1 << 12)).unwrap_or_default();
    for byte in bytes {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count += 1;
        }
    }
    let total = f32::from(u16::try_from(bytes.len()).unwrap_or(u16::MAX));
    let part = |count: u16| {
        let share = f32::from(count) / total;
        -share * share.log2()
    };
    counts.iter().filter(|count| **count > 0).map(|count| part(*count)).sum()
}

/// Whether a string is made of words, as names, paths and sentences are: most of its letters stand in runs that
/// somebody could pronounce.
pub(super) fn is_wordy(text: &str) -> bool {
    let mut wordy = 0;
    let mut total = 0;
    let mut run = String::new();
    let mut previous = ' ';
    for c in text.chars().chain([' ']) {
        if c.is_ascii_alphanumeric() {
            total += 1;
        }
        let goes_on = c.is_ascii_alphabetic() && !(previous.is_ascii_lowercase() && c.is_ascii_uppercase());
        if !goes_on {
            if is_pronounceable(&run) {
                wordy += run.len();
            }
            run.clear();
        }
        if c.is_ascii_alphabetic() {
            run.push(c);
        }
        previous = c;
    }
    total > 0 && wordy * 10 >= total * 7
}

fn is_pronounceable(run: &str) -> bool {
    if run.len() < 3 {
        return false;
    }
    let is_vowel = |c: char| matches!(c.to_ascii_lowercase(), 'a' | 'e' | 'i' | 'o' | 'u' | 'y');
    let vowels = run.chars().filter(|c| is_vowel(*c)).count();
    let cluster = run.split(is_vowel).map(str::len).max().unwrap_or(0);
    let inner_capitals = run.chars().skip(1).filter(char::is_ascii_uppercase).count();
    let one_case = inner_capitals == 0 || run.chars().all(|c| c.is_ascii_uppercase());
    one_case && cluster <= 4 && vowels * 5 >= run.len() && vowels * 10 <= run.len() * 7
}

/// Whether a string only shows where a secret would go.
pub(super) fn is_placeholder(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let bare = lower.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    STANDINS.contains(&bare)
        || MARKS.iter().any(|mark| lower.contains(mark))
        || value.starts_with(['<', '[', '{', '$', '%', '#', '@', '('])
        || is_monotonous(value)
}

/// Whether a string is one that documentation prints in place of a real one.
pub(super) fn is_documented_example(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    EXAMPLES.iter().any(|example| lower.contains(example))
}

/// Whether nearly all characters are the same, or they count up.
fn is_monotonous(value: &str) -> bool {
    let bytes: Vec<u8> = value.bytes().filter(u8::is_ascii_alphanumeric).collect();
    let pairs = bytes.windows(2).filter(|pair| matches!(pair, [a, b] if a == b)).count();
    if bytes.len() >= 4 && pairs * 4 >= bytes.len() * 3 {
        return true;
    }
    let counting = bytes.windows(2).filter(|pair| matches!(pair, [a, b] if *b == a.wrapping_add(1))).count();
    bytes.len() >= 6 && counting + 2 >= bytes.len()
}

const STANDINS: &[&str] = &[
    "password",
    "passwort",
    "passwd",
    "pass",
    "secret",
    "token",
    "key",
    "api_key",
    "apikey",
    "none",
    "null",
    "nil",
    "undefined",
    "true",
    "false",
    "required",
    "optional",
    "string",
    "value",
    "test",
    "testing",
    "changeme",
    "change_me",
    "todo",
    "redacted",
    "hidden",
    "username",
    "user",
    "login",
    "default",
    "empty",
    "unknown",
    "env",
    "placeholder",
    "my_password",
    "mypassword",
    "your_password",
    "secret_key",
    "access_token",
    "hunter2_",
    "foo",
    "bar",
    "foobar",
    "dummy",
    "sample",
    "function",
    "object",
];

const MARKS: &[&str] = &[
    "xxxx",
    "your_",
    "your-",
    "yourapi",
    "yourkey",
    "yoursecret",
    "yourtoken",
    "yourpassword",
    "your api",
    "my_api",
    "my-api",
    "<",
    "${",
    "{{",
    "}}",
    "...",
    "…",
    "****",
    "####",
    "placeholder",
    "insert_",
    "insert-",
    "replace",
    "redacted",
    "process.env",
    "os.environ",
    "getenv",
    "$(",
    "env.",
    "_here",
    "-here",
    "changeme",
];

const EXAMPLES: &[&str] =
    &["example", "sample", "dummy", "fakefake", "deadbeefdeadbeef", "0123456789abcdef", "1234567890ab", "abcdefghijkl"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_told_from_noise() {
        for wordy in ["getPagesInConfluenceSpace", "correct-horse-battery", "INTERNAL_REPORT_LINE"] {
            assert!(is_wordy(wordy), "{wordy}");
        }
        for noise in ["hE1hlYILrSqpqhARjZuy", "6fe4476ee5a1832882e326b506d14126", "xkcdqwrtzpvb", "S3cr3tP4ss"] {
            assert!(!is_wordy(noise), "{noise}");
        }
    }

    #[test]
    fn placeholders_are_known() {
        for placeholder in
            ["YOUR_API_KEY", "xxxxxxxx", "sk-...", "<token>", "${SECRET}", "********", "[SECRET_1_ab12]", "abcdefgh"]
        {
            assert!(is_placeholder(placeholder), "{placeholder}");
        }
        for value in ["hE1hlYILrSqpqh", "S3cr3t!pass", "wJalrXUtnFEMI"] {
            assert!(!is_placeholder(value), "{value}");
        }
    }

    #[test]
    fn entropy_is_in_bits() {
        assert!(shannon("aaaa") < 0.01);
        assert!((shannon("abcd") - 2.0).abs() < 0.01);
        assert!(shannon("") < 0.01);
    }
}
