//! Log probabilities, which say the text once more, token by token.

use redoubt_domain::{SegmentKind, SegmentMode};

use crate::json::{Kind, Value};
use crate::place::Place;
use crate::walk::Walk;

/// A token is a piece of a word; nothing that a rule looks for fits into one.
const TOKEN_BYTES: usize = 12;

impl Walk {
    /// The `logprobs` of a choice or a part whose segments began at `first`. They go with the text when it is
    /// edited. While it is not they repeat what was inspected; if they do not, what their tokens say together is
    /// inspected too, and in a stream, where that is not known before its end, they are left out.
    pub(crate) fn token_logprobs(&mut self, logprobs: Value<'_>, first: usize, place: Place) {
        if logprobs.is_null() || (logprobs.kind() == Kind::Array && logprobs.items().next().is_none()) {
            return;
        }
        self.says_more = true;
        let said = |kind| -> String {
            self.segments
                .iter()
                .skip(first)
                .filter(|segment| segment.kind() == kind)
                .map(|segment| segment.text())
                .collect()
        };
        let (content, refusal) = (said(SegmentKind::Content), said(SegmentKind::Refusal));
        let repeats = match logprobs.kind() {
            Kind::Array => repeats(Some(logprobs), &content),
            _ => match logprobs.get("tokens") {
                Some(plain) => plain.items().filter_map(Value::text).collect::<String>() == content,
                None => repeats(logprobs.get("content"), &content) && repeats(logprobs.get("refusal"), &refusal),
            },
        };
        let says_nothing = content.is_empty() && refusal.is_empty() && tokens_of(logprobs) == 0;
        if repeats && (self.segments.len() > first || says_nothing) {
            self.tie(first, logprobs);
            self.alternatives(logprobs, place.whole(SegmentKind::Other));
            return;
        }
        let place = Place { kind: SegmentKind::Other, ..place };
        self.tie(first, logprobs);
        if place.mode == SegmentMode::Delta {
            self.opaque("log probabilities of another text");
            self.aside(logprobs, place.whole(SegmentKind::Other), None);
        } else {
            let place = place.whole(SegmentKind::Other);
            // One token is inspected as the string it is.
            for text in told(logprobs).into_iter().filter(|_| tokens_of(logprobs) != 1) {
                self.aside(logprobs, place, Some(text));
            }
            self.strings_without_keys(logprobs, place);
        }
    }

    /// What might have been said instead: `top_logprobs`, a list of tokens or, from completions, an object
    /// with a member for each.
    fn alternatives(&mut self, logprobs: Value<'_>, place: Place) {
        for (key, list) in logprobs.members() {
            let is_top = key.text().is_some_and(|key| key == "top_logprobs");
            match list.kind() {
                Kind::Array if is_top => list.items().for_each(|token| self.long_tokens(token, place)),
                Kind::Array => list.items().for_each(|token| self.alternatives(token, place)),
                _ => {}
            }
        }
        logprobs.items().for_each(|token| self.alternatives(token, place));
    }

    fn long_tokens(&mut self, token: Value<'_>, place: Place) {
        let is_long = |text: Value<'_>| text.text().is_some_and(|text| text.len() > TOKEN_BYTES);
        for (key, value) in token.members() {
            if is_long(key) {
                self.text(key, place);
            }
            if is_long(value) {
                self.text(value, place);
            }
        }
    }
}

impl Walk {
    fn strings_without_keys(&mut self, value: Value<'_>, place: Place) {
        match value.kind() {
            Kind::Array => value.items().for_each(|item| self.strings_without_keys(item, place)),
            Kind::Object => value.members().for_each(|(_, member)| self.strings_without_keys(member, place)),
            Kind::String => self.text(value, place),
            Kind::Null | Kind::Bool | Kind::Number | Kind::Numbers => {}
        }
    }
}

/// What the tokens say together, and what their bytes say.
fn told(logprobs: Value<'_>) -> Vec<String> {
    let lists = ["content", "refusal"].into_iter().filter_map(|list| logprobs.get(list)).chain([logprobs]);
    let mut told: Vec<String> =
        logprobs.get("tokens").map(|plain| plain.items().filter_map(Value::text).collect()).into_iter().collect();
    for list in lists {
        told.push(list.items().filter_map(|token| token.get_text("token")).collect());
        let bytes: Vec<u8> = list.items().filter_map(|token| byte_values(token.get("bytes")?)).flatten().collect();
        told.push(String::from_utf8_lossy(&bytes).into_owned());
    }
    told.retain(|text| !text.is_empty());
    told.dedup();
    told
}

/// Whether `[{"token", "bytes", …}]` says `text` and nothing else. Tokens that are parts of a character are written
/// as escapes; their bytes are what counts.
fn repeats(list: Option<Value<'_>>, text: &str) -> bool {
    let mut rest = text.as_bytes();
    for token in list.into_iter().flat_map(Value::items) {
        let Some(written) = token.get_text("token") else { return false };
        let bytes = match token.get("bytes").filter(|bytes| !bytes.is_null()) {
            Some(bytes) => match byte_values(bytes) {
                Some(bytes) if bytes == written.as_bytes() || is_escapes(&written) => bytes,
                _ => return false,
            },
            None => written.as_bytes().to_vec(),
        };
        match rest.strip_prefix(bytes.as_slice()) {
            Some(after) => rest = after,
            None => return false,
        }
    }
    rest.is_empty()
}

fn byte_values(list: Value<'_>) -> Option<Vec<u8>> {
    list.numbers().map(|(_, literal)| literal.parse().ok()).collect()
}

/// Whether a token is written as `\\xe2\\x80`, with `bytes:` before it or not.
fn is_escapes(token: &str) -> bool {
    let escapes = token.strip_prefix("bytes:").unwrap_or(token);
    let is_escape = |escape: &[u8]| matches!(escape, [b'\\', b'x', high, low] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit());
    !escapes.is_empty() && escapes.as_bytes().chunks(4).all(is_escape)
}

/// How many tokens there are.
fn tokens_of(logprobs: Value<'_>) -> usize {
    let lists = ["content", "refusal", "tokens"].into_iter().filter_map(|list| logprobs.get(list));
    lists.map(|list| list.items().count()).sum::<usize>() + logprobs.items().count()
}
