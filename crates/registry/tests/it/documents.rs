//! Documents of a version: a bill of materials, a card, events.

use redoubt_registry::content::{ContentKeys, Said, seal};
use redoubt_registry::documents::{bom, card, events};
use redoubt_registry::{
    AttestationKind, Dossier, Lineage, LineageData, LineageProduct, LineageStep, NewVersion, Policy,
};
use serde_json::json;

use crate::support::{Room, block_on, by, manifest};

fn lineage() -> Lineage {
    let product = |name: &str, byte: &str| LineageProduct { name: name.to_owned(), sha256: byte.repeat(32) };
    Lineage {
        v: 1,
        pipeline: "lending".to_owned(),
        run: "ab".repeat(32),
        began: 1_700_000_000_000_000,
        data: vec![LineageData {
            name: "applications".to_owned(),
            path: "applications.csv".to_owned(),
            sha256: "01".repeat(32),
        }],
        steps: vec![LineageStep {
            name: "model".to_owned(),
            kind: "train".to_owned(),
            key: "02".repeat(32),
            inputs: vec![product("applications", "01")],
            outputs: vec![product("model.model", "03")],
            figures: [("rows".to_owned(), 100.0)].into(),
        }],
    }
}

async fn dossier(room: &Room) -> Dossier {
    let registry = &room.registry;
    let keys = ContentKeys::new(&redoubt_domain::Secret::new([1; 32]), &registry.tenant).unwrap();
    let manifest = manifest("weights");
    let draft = registry.begin("len|ding", &keys, by("ann")).await.unwrap();
    for (_, _, key) in draft.files(&manifest) {
        seal(&key.unwrap(), &mut &b"weights"[..], &mut Vec::new()).unwrap();
    }
    let report = json!({
        "learner": "gradient_boosting",
        "figures": { "roc_auc": 0.875, "roc_auc_low": 0.85, "roc_auc_high": 0.9, "brier": 0.125 },
        "groups": { "group": [{ "group": "a", "rows": 10, "selection_rate": 0.5 }] },
        "undefined": { "f1": "no row is positive" },
    });
    let say = |kind, details| Said { kind, passed: true, details };
    let said = [say(AttestationKind::Evaluation, report.clone()), say(AttestationKind::Fairness, report)];
    let new = NewVersion { description: "<b>first</b>\n# of all".to_owned(), ..NewVersion::default() };
    registry.finish(draft, &manifest, new, &said, Some(&lineage()), &keys, by("ann")).await.unwrap();
    registry.dossier("len|ding", 1).await.unwrap()
}

#[test]
fn a_bill_of_materials_tells_digests_measures_and_data() {
    block_on(async {
        let room = Room::new(Policy::default());
        let dossier = dossier(&room).await;
        let bom = bom(&dossier);
        let at = |path: &str| bom.pointer(path).cloned().unwrap_or_default();
        assert_eq!((at("/bomFormat"), at("/specVersion")), (json!("CycloneDX"), json!("1.6")));
        let component = "/metadata/component";
        assert_eq!(at(&format!("{component}/type")), "machine-learning-model");
        let digest = dossier.version.digest.unwrap().to_string();
        assert_eq!(at(&format!("{component}/hashes/0")), json!({ "alg": "SHA-256", "content": digest }));
        let metrics = at(&format!("{component}/modelCard/quantitativeAnalysis/performanceMetrics"));
        let interval = json!({ "lowerBound": "0.85", "upperBound": "0.9" });
        assert_eq!(metrics[0], json!({ "type": "brier", "value": "0.125" }));
        assert_eq!(metrics[1], json!({ "type": "roc_auc", "value": "0.875", "confidenceInterval": interval }));
        assert_eq!(metrics.as_array().unwrap().len(), 2);
        assert_eq!(at("/components/0/type"), "data");
        assert_eq!(at("/components/1/name"), "model.safetensors");
        assert_eq!(at("/dependencies/0/dependsOn"), json!(["data:applications", "file:model.safetensors"]));
        let limits = at(&format!("{component}/modelCard/considerations/technicalLimitations"));
        assert_eq!(limits, json!(["f1 was not measured: no row is positive"]));
    });
}

#[test]
fn a_card_says_what_people_wrote_and_no_more() {
    block_on(async {
        let room = Room::new(Policy::default());
        let dossier = dossier(&room).await;
        let card = card(&dossier);
        assert!(card.starts_with("# len\\|ding 1\n\n\\<b\\>first\\</b\\> \\# of all\n"), "{card}");
        for part in
            ["| roc_auc | 0.8750 | 0.8500 to 0.9000 |", "| a | 10 | 0.5000 |", "| applications | applications.csv |"]
        {
            assert!(card.contains(part), "{part}: {card}");
        }
    });
}

#[test]
fn each_step_begins_and_completes_with_what_it_took_and_made() {
    block_on(async {
        let room = Room::new(Policy::default());
        let dossier = dossier(&room).await;
        let told = events(&dossier, "redoubt");
        let kinds: Vec<(String, String)> = told
            .iter()
            .map(|event| (event["eventType"].as_str().unwrap().into(), event["job"]["name"].as_str().unwrap().into()))
            .collect();
        let expected =
            [("START", "lending"), ("START", "lending.model"), ("COMPLETE", "lending.model"), ("COMPLETE", "lending")];
        assert_eq!(kinds, expected.map(|(kind, name)| (kind.to_owned(), name.to_owned())));
        assert_eq!(told[1]["run"]["runId"], told[2]["run"]["runId"]);
        assert_eq!(told[1]["run"]["facets"]["parent"]["run"]["runId"], told[0]["run"]["runId"]);
        assert_eq!(told[1]["outputs"][0]["name"], "pipelines/lending/model.model");
        assert_eq!(told[1]["inputs"][0]["facets"]["version"]["datasetVersion"], format!("sha256:{}", "01".repeat(32)));
        assert_eq!(events(&dossier, "redoubt"), told);
        room.model("other", 1).await;
        let other = room.registry.dossier("other", 1).await.unwrap();
        assert!(events(&other, "redoubt").is_empty());
        assert_eq!(bom(&other)["components"], json!([]));
        assert!(card(&other).contains("It has not been measured."));
    });
}
