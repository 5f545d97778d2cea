use redoubt_learn::metrics::{EntityCounts, entities};

fn counts(actual: &str, said: &str) -> EntityCounts {
    let read = |tags: &str| entities(&tags.split(' ').collect::<Vec<_>>());
    EntityCounts::new(&read(actual), &read(said))
}

#[test]
fn spans_count_whole() {
    let check = |actual: &str, said: &str, expected: (u64, u64, u64)| {
        let EntityCounts { actual: there, said: told, right } = counts(actual, said);
        assert_eq!((there, told, right), expected, "{actual} / {said}");
    };
    check("B-PER I-PER O B-LOC", "B-PER I-PER O B-LOC", (2, 2, 2));
    // Half a name is no name.
    check("B-PER I-PER O B-LOC", "B-PER O O B-LOC", (2, 2, 1));
    check("B-PER B-PER", "B-PER I-PER", (2, 1, 0));
    check("I-PER I-PER O I-LOC", "B-PER I-PER O B-LOC", (2, 2, 2));
    check("B-PER I-LOC", "B-PER B-LOC", (2, 2, 2));
    check("O O", "O O", (0, 0, 0));
    check("B-PER", "X-PER", (1, 0, 0));
}

#[test]
fn as_seqeval() {
    // The example of seqeval's documentation: one of two entities, F1 0.5.
    let first = counts("O O O B-MISC I-MISC I-MISC O", "O O B-MISC I-MISC I-MISC I-MISC O");
    let all = first.and(counts("B-PER I-PER O", "B-PER I-PER O"));
    assert_eq!(all.f1(), Some(0.5));
    assert_eq!((all.precision(), all.recall()), (Some(0.5), Some(0.5)));
    let none = counts("O", "O");
    assert_eq!((none.f1(), none.precision(), none.recall()), (None, None, None));
}
