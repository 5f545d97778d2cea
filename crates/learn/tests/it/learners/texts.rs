//! Texts and sentences.

use super::{make, quality, sentences, setting, texts};
use redoubt_learn::learners::{Examples, Inputs, Targets};

#[test]
fn texts_not_seen_are_told_apart() {
    let ((train, labels), (test, truth)) = (texts(200, 1), texts(200, 2));
    let train: Vec<&str> = train.iter().map(String::as_str).collect();
    let test: Vec<&str> = test.iter().map(String::as_str).collect();
    let examples =
        |texts, labels| Examples::new(Inputs::Texts(texts), Targets::Classes { labels, classes: 2 }, None).unwrap();
    for parameters in ["", "words_max=0", "characters_max=0", "lower_case=false bits=14"] {
        let model = make("hashed_text", parameters).fit(&examples(&train, &labels), &setting(1)).unwrap();
        let quality = quality(model.as_ref(), &examples(&test, &truth));
        assert!(quality > 0.97, "{parameters}: {quality}");
    }
}

#[test]
fn too_many_coefficients_are_refused() {
    let labels = [0, 1];
    let examples =
        Examples::new(Inputs::Texts(&["a", "b"]), Targets::Classes { labels: &labels, classes: 1000 }, None).unwrap();
    let error = make("hashed_text", "bits=22").fit(&examples, &setting(1)).unwrap_err().to_string();
    assert!(error.ends_with("at most 16777216 are allowed; lower `bits`"), "{error}");
}

#[test]
fn tokens_are_tagged_by_their_neighbours() {
    let ((train, labels), (test, truth)) = (sentences(400, 1), sentences(200, 2));
    let examples = |sentences, labels| {
        Examples::new(Inputs::Sentences(sentences), Targets::Classes { labels, classes: 2 }, None).unwrap()
    };
    let model = make("sequence_tagger", "bits=14").fit(&examples(&train, &labels), &setting(1)).unwrap();
    let quality = quality(model.as_ref(), &examples(&test, &truth));
    assert!(quality > 0.99, "{quality}");
}

#[test]
fn empty_sentences_and_texts_are_no_trouble() {
    let sentences = [vec![], vec!["Tim", ""], vec![]];
    let targets = Targets::Classes { labels: &[1, 0], classes: 2 };
    let examples = Examples::new(Inputs::Sentences(&sentences), targets, None).unwrap();
    let model = make("sequence_tagger", "").fit(&examples, &setting(1)).unwrap();
    assert_eq!(quality(model.as_ref(), &examples), 1.0);
    let examples = Examples::new(Inputs::Texts(&["", "\u{0}\u{202e}"]), targets, None).unwrap();
    make("hashed_text", "").fit(&examples, &setting(1)).unwrap();
}
