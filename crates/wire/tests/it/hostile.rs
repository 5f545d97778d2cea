//! The laws on the bodies and streams of `golden/`, changed at random.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use redoubt_domain::Surface;

use super::golden::{body, files};
use super::laws;

/// What is put into a body: structure, keys, values, and what belongs nowhere.
const PIECES: [&str; 40] = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\",
    "null",
    "true",
    "0",
    "-1",
    "1e9",
    "4111111111111111",
    "\"\"",
    "\"x\"",
    "\"\\u0041\"",
    "\"\\ud83d\\ude00\"",
    "\"role\":\"user\",",
    "\"content\":[],",
    "\"content\":null,",
    "\"type\":\"text\",",
    "\"text\":\"x\",",
    "\"stream\":true,",
    "\"model\":\"m\",",
    "{},",
    "[[]],",
    "\"a\":{\"b\":[1,\"c\"]},",
    "data: ",
    "event: x\n",
    "\n\n",
    "\r\n",
    "\r",
    ": x\n",
    "data: [DONE]\n\n",
    "\u{feff}",
    "é",
    "\"index\":3,",
    "\"delta\":{},",
    "\"logprobs\":{\"content\":[]},",
];

#[derive(Clone, Debug)]
enum Change {
    Put(prop::sample::Index, usize),
    Cut(prop::sample::Index, usize),
    Repeat(prop::sample::Index, usize),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        (any::<prop::sample::Index>(), 0..PIECES.len()).prop_map(|(at, piece)| Change::Put(at, piece)),
        (any::<prop::sample::Index>(), 1_usize..20).prop_map(|(at, length)| Change::Cut(at, length)),
        (any::<prop::sample::Index>(), 1_usize..60).prop_map(|(at, length)| Change::Repeat(at, length)),
    ]
}

fn changed(bytes: &[u8], changes: &[Change]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for change in changes {
        let place = |at: &prop::sample::Index| at.index(bytes.len() + 1);
        match change {
            Change::Put(at, piece) => {
                let at = place(at);
                bytes.splice(at..at, PIECES[*piece].bytes());
            }
            Change::Cut(at, length) => {
                let at = place(at);
                bytes.drain(at..bytes.len().min(at + length));
            }
            Change::Repeat(at, length) => {
                let at = place(at);
                let again = bytes[at..bytes.len().min(at + length)].to_vec();
                bytes.splice(at..at, again);
            }
        }
    }
    bytes
}

/// One of the files whose name ends so, changed, with its surface.
fn damaged(ending: &'static str) -> impl Strategy<Value = (Surface, Vec<u8>)> {
    let files: Vec<_> = files(ending).into_iter().map(|(surface, path)| (surface, body(&path))).collect();
    (prop::sample::select(files), prop::collection::vec(change(), 0..4))
        .prop_map(|((surface, body), changes)| (surface, changed(&body, &changes)))
}

fn wordy() -> impl Strategy<Value = Surface> {
    prop::sample::select(laws::WORDY.to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, rng_seed: RngSeed::Fixed(7), ..ProptestConfig::default() })]

    #[test]
    fn requests_read_back((surface, body) in damaged(".request.json")) {
        laws::a_request_reads_back(surface, &body);
    }

    #[test]
    fn answers_read_back((surface, body) in damaged(".answer.json")) {
        laws::an_answer_reads_back(surface, &body);
    }

    #[test]
    fn streams_read_alike_wherever_they_are_cut((surface, bytes) in damaged(".stream.txt"), asked in wordy(), step in 1_usize..40) {
        laws::a_stream_reads_alike_wherever_it_is_cut(surface, surface, &bytes, step);
        laws::a_stream_reads_alike_wherever_it_is_cut(asked, surface, &bytes, step);
    }

    #[test]
    fn what_is_carried_over_is_read_there((from, request) in damaged(".request.json"), (spoken, answer) in damaged(".answer.json"), other in wordy()) {
        if laws::WORDY.contains(&from) {
            laws::a_request_is_carried_over(from, other, &request);
        }
        if laws::WORDY.contains(&spoken) {
            laws::an_answer_is_carried_over(other, spoken, &answer);
        }
    }
}
