//! Models as bytes.

use std::num::NonZeroUsize;

use super::{World, setting};
use proptest::prelude::*;
use redoubt_learn::learners::{InputKind, Inputs, load};

/// A file of each learner and task.
fn files() -> Vec<Vec<u8>> {
    let mut files = Vec::new();
    World::new().each(|learner, examples| files.push(learner.fit(examples, &setting(1)).unwrap().to_bytes()));
    files
}

#[test]
fn what_was_written_answers_as_before() {
    World::new().each(|learner, examples| {
        let model = learner.fit(examples, &setting(1)).unwrap();
        let bytes = model.to_bytes();
        let read = load(&bytes).unwrap();
        assert_eq!(read.learner(), learner.id());
        assert_eq!(read.outputs(), model.outputs());
        let ask =
            |model: &dyn redoubt_learn::learners::Model| model.predict(&examples.inputs(), NonZeroUsize::MIN).unwrap();
        assert_eq!(ask(read.as_ref()), ask(model.as_ref()), "{}", learner.id());
        assert_eq!(read.importance(), model.importance());
        assert_eq!(read.to_bytes(), bytes, "{}", learner.id());
        if examples.inputs().kind() != InputKind::Texts {
            assert!(read.predict(&Inputs::Texts(&["a"]), NonZeroUsize::MIN).is_err());
        }
    });
}

fn check(bytes: &[u8], expected: &str) {
    assert_eq!(load(bytes).unwrap_err().to_string(), expected);
}

fn file(header: &str, data: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), data].concat()
}

#[test]
fn what_is_no_model_is_refused_in_words() {
    check(b"", "the header of the model is damaged: it is cut off; export it again");
    check(&u64::MAX.to_le_bytes(), "the header of the model is damaged: it is too long; export it again");
    check(&file("[]", b""), "the header of the model is damaged: it is no JSON object; export it again");
    let none = "the file is no model of `redoubt-learn` in version 1; export it with this version";
    check(&file("{}", b""), none);
    check(&file(r#"{"__metadata__":{"format":"redoubt-learn","version":"2"}}"#, b""), none);
    let of = |rest: &str| {
        format!(r#"{{"__metadata__":{{"format":"redoubt-learn","version":"1","learner":"oracle"}}{rest}}}"#)
    };
    check(&file(&of(""), b""), "the model is of a learner `oracle`, which this version does not know");
    check(
        &file(
            &of(
                r#","a":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},"b":{"dtype":"F64","shape":[1],"data_offsets":[4,12]}"#,
            ),
            &[0; 12],
        ),
        "the header of the model is damaged: arrays overlap or leave a gap; export it again",
    );
    check(
        &file(&of(""), b"hidden"),
        "the header of the model is damaged: the arrays are cut off or too long; export it again",
    );
}

#[test]
fn every_cut_is_noticed() {
    for bytes in files() {
        for end in (0..bytes.len()).step_by(bytes.len() / 50 + 1) {
            load(&bytes[..end]).unwrap_err();
        }
    }
}

#[test]
fn a_changed_model_is_refused_or_answers() {
    let files = files();
    let world = World::new();
    let texts: Vec<&str> = world.texts.iter().map(String::as_str).take(5).collect();
    let sentences: Vec<Vec<&str>> = world.sentences.iter().take(5).cloned().collect();
    let inputs = [super::table(&world.values[..40]), Inputs::Texts(&texts), Inputs::Sentences(&sentences)];
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let strategy =
        (0..files.len(), prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8), any::<bool>());
    runner
        .run(&strategy, |(at, changes, is_header)| {
            let mut bytes = files[at].clone();
            let header = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize + 8;
            for (place, byte) in changes {
                let place = if is_header { place.index(header) } else { header + place.index(bytes.len() - header) };
                bytes[place] = byte;
            }
            if let Ok(model) = load(&bytes) {
                for inputs in &inputs {
                    // An answer or an error, but no panic and no endless walk.
                    drop(model.predict(inputs, NonZeroUsize::MIN));
                }
                model.importance();
                model.to_bytes();
            }
            Ok(())
        })
        .unwrap();
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(load(&bytes).is_err());
    }
}
