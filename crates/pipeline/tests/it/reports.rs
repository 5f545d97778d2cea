//! The page of a run.

use std::collections::BTreeMap;

use redoubt_pipeline::report::{Page, page};
use redoubt_pipeline::{Fate, Kept, Made};
use serde_json::json;

use super::support::load;

#[test]
fn a_page_escapes_what_others_wrote_and_asks_nobody_for_anything() {
    let pipeline = load("name = \"x\"\n[parameters]\nword = \"</script><b>\"\n[data.d]\npath = \"d.csv\"\n[steps.a]\nkind = \"validate\"\ninput = \"d\"\n").unwrap();
    let made = |name: &str, kind, figures| Made {
        name: name.to_owned(),
        kind,
        fate: Fate::Kept,
        key: None,
        products: Vec::<Kept>::new(),
        figures,
    };
    let evil = "<img src=x onerror='alert(1)'>\"&";
    let all =
        [made("d", "data", BTreeMap::new()), made("a", "validate", BTreeMap::from([(evil.to_owned(), f64::NAN)]))];
    let reports = [
        ("a".to_owned(), "importance".to_owned(), json!({ "importance": { evil: 0.5, "other": "no number" } })),
        (
            "a".to_owned(),
            "report".to_owned(),
            json!({ "curves": { "roc": [[0, 0], [0.5, 1], "x", [1]], "calibration": 7 } }),
        ),
        (
            "a".to_owned(),
            "report".to_owned(),
            json!({ "confusion": [[1, 2], [3, 4]], "confusion_classes": [evil, "b"] }),
        ),
        (
            "a".to_owned(),
            "trials".to_owned(),
            json!({ "trials": [{ "loss": 1.0 }, { "loss": null }, { "loss": 0.5 }] }),
        ),
        (
            "a".to_owned(),
            "report".to_owned(),
            json!({ "groups": { evil: [{ "group": evil, "rows": 10, "selection_rate": 0.3 }] } }),
        ),
        ("a".to_owned(), "report".to_owned(), json!({ "by": evil, "candidates": [{ "name": evil, "figure": 1.0 }] })),
    ];
    let seconds = BTreeMap::from([("a".to_owned(), 1.25)]);
    let html = page(&Page {
        pipeline: &pipeline,
        made: &all,
        seconds: &seconds,
        reports: &reports,
        time: evil,
        digest: evil,
        program: evil,
    });
    assert!(
        !html.contains("<img") && !html.contains("<script") && !html.contains("</script") && !html.contains("<b>\"")
    );
    for word in ["http:", "https:", "//", "url(", "@import", "href="] {
        assert!(!html.contains(word), "{word}");
    }
    for title in ["ROC curve", "Confusion", "Importance of features", "Search", "Share of yes", "Candidates"] {
        assert!(html.contains(title), "{title}");
    }
    assert!(!html.contains("Calibration</h3>"), "what is no list is not drawn");
}
