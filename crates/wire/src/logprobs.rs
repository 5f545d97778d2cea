//! Log probabilities, which say the text once more, token by token.

use redoubt_domain::SegmentKind;

use crate::json::{Kind, Value};
use crate::place::Place;
use crate::walk::Walk;

/// A token is a piece of a word; nothing that a rule looks for fits into one.
const TOKEN_BYTES: usize = 12;

impl Walk {
    /// The `logprobs` of a choice or a part whose segments began at `first`. They go with the text when it is
    /// edited. While it is not they repeat what was inspected; if they do not, their tokens are inspected too.
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
            Kind::Array => tokens(Some(logprobs)) == content,
            _ => match logprobs.get("tokens") {
                Some(plain) => plain.items().filter_map(Value::text).collect::<String>() == content,
                None => tokens(logprobs.get("content")) == content && tokens(logprobs.get("refusal")) == refusal,
            },
        };
        let has_text = self.segments.len() > first;
        self.tie(first, logprobs);
        if !repeats || !has_text {
            self.strings_without_keys(logprobs, place.whole(SegmentKind::Other));
        } else {
            self.alternatives(logprobs, place.whole(SegmentKind::Other));
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

    fn strings_without_keys(&mut self, value: Value<'_>, place: Place) {
        match value.kind() {
            Kind::Array => value.items().for_each(|item| self.strings_without_keys(item, place)),
            Kind::Object => value.members().for_each(|(_, member)| self.strings_without_keys(member, place)),
            Kind::String => self.text(value, place),
            Kind::Null | Kind::Bool | Kind::Number | Kind::Numbers => {}
        }
    }
}

/// The tokens of `[{"token", …}]`, joined.
fn tokens(list: Option<Value<'_>>) -> String {
    list.into_iter().flat_map(Value::items).filter_map(|token| token.get_text("token")).collect()
}
