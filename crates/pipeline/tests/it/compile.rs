//! Pipelines as definitions for other systems.

use redoubt_pipeline::Digest;
use redoubt_pipeline::compile::{Compiled, Container, Image, TARGETS, Target};

use super::support::load;

const PIPELINE: &str = r#"
name = "ages"
[parameters]
share = 0.5
[data.people]
path = "people.csv"
[steps.parts]
kind = "split"
input = "people"
train = "@share"
validation = 0.25
test = 0.25
[steps.rest]
kind = "validate"
matrix = { rows_min = [1, 2] }
when = "parts.test_rows >= 2"
input = "parts.test"
"#;
const REGISTER: &str = r#"
[steps.model]
kind = "train"
input = "parts.train"
target = "y"
learner = "logistic_regression"
[steps.register]
kind = "register"
name = "ages"
model = "model"
"#;
const PROGRAM: &str = r#"
[steps.count]
kind = "command"
command = ["true"]
retries = { attempts = 4, wait = "2s" }
[steps.count.outputs.counted]
"#;

fn container() -> Container {
    Container {
        image: Image::parse(&format!("r.example/redoubt@sha256:{}", "a".repeat(64)), false).unwrap(),
        file: "/pipeline/pipeline.toml".to_owned(),
        digest: Digest::of(b"file"),
        store_volume: "products".to_owned(),
        home_volume: None,
        may_be_unsandboxed: false,
    }
}

fn compile(text: &str, target: &str, container: &Container) -> Result<Compiled, String> {
    Target::parse(target).unwrap().compile(&load(text).unwrap(), container).map_err(|error| error.to_string())
}

#[test]
fn every_target_has_each_step_with_what_it_waits_for() {
    for target in TARGETS {
        let compiled = compile(PIPELINE, target.id, &container()).unwrap();
        assert_eq!(compile(PIPELINE, target.id, &container()).unwrap(), compiled);
        for said in [
            "--only",
            "rest[rows_min=1]",
            "rest[rows_min=2]",
            "rest-rows-min-2",
            "@sha256:aaaa",
            Digest::of(b"file").as_str(),
        ] {
            assert!(compiled.text.contains(said), "{}: {said}\n{}", target.id, compiled.text);
        }
        let asks = compiled.notes.iter().any(|note| note.contains("`parts.test_rows >= 2` is asked by the task"));
        assert_eq!(asks, target.id == "sagemaker", "{:?}", compiled.notes);
        assert!(compiled.notes.iter().any(|note| note.contains("no audit log is told")));
        assert!(!compiled.text.contains("\"close\""));
    }
}

#[test]
fn conditions_parameters_and_retries_are_in_the_words_of_the_target() {
    let check = |target: &str, expected: &[&str]| {
        let compiled = compile(&format!("{PIPELINE}{PROGRAM}"), target, &container()).unwrap();
        for said in expected {
            assert!(compiled.text.contains(said), "{said}\n{}", compiled.text);
        }
    };
    check(
        "argo",
        &[
            "when: \"{{tasks.parts.outputs.parameters.test-rows}} >= 2.0\"",
            "depends: \"parts.Succeeded\"",
            "\"test_rows=/tmp/test-rows\"",
            "\"share={{workflow.parameters.share}}\"",
            "limit: \"3\"",
            "\"--single-try\"",
        ],
    );
    check(
        "kubeflow",
        &[
            "condition: \"inputs.parameter_values['pipelinechannel--parts-test-rows'] >= 2.0\"",
            "\"test_rows={{$.outputs.parameters['test-rows'].output_file}}\"",
            "\"share={{$.inputs.parameters['share']}}\"",
            "parameterType: \"NUMBER_DOUBLE\"",
            "maxRetryCount: 3",
        ],
    );
    check("sagemaker", &["\"Get\": \"Parameters.share\"", "\"DependsOn\": [", "\"Version\": \"2020-12-01\""]);
    // There the task tries again by itself.
    let text = compile(&format!("{PIPELINE}{PROGRAM}"), "sagemaker", &container()).unwrap().text;
    assert!(!text.contains("--single-try") && !text.contains("--figure"), "{text}");
}

#[test]
fn steps_of_the_registry_have_the_installation_and_the_run_its_end() {
    let text = format!("{PIPELINE}{REGISTER}");
    let home = Container { home_volume: Some("home".to_owned()), ..container() };
    for target in TARGETS {
        let refused = compile(&text, target.id, &container()).unwrap_err();
        assert_eq!(
            refused,
            "step `register` (register) asks the registry of models, which needs an installation; give `--home-volume`"
        );
        let compiled = compile(&text, target.id, &home).unwrap();
        assert!(
            compiled.text.contains("\"close\"") && compiled.text.contains("home/redoubt.toml"),
            "{}",
            compiled.text
        );
    }
    let argo = compile(&text, "argo", &home).unwrap().text;
    assert!(argo.contains("(register.Succeeded || register.Skipped || register.Omitted)"), "{argo}");
    assert!(compile(&text, "kubeflow", &home).unwrap().text.contains("ALL_UPSTREAM_TASKS_COMPLETED"));
}

#[test]
fn what_a_target_cannot_have_or_nobody_allowed_is_refused() {
    let check = |target: &str, from: &str, to: &str, expected: &str| {
        let text = format!("{PIPELINE}{PROGRAM}").replace(from, to);
        let refused = compile(&text, target, &container()).unwrap_err();
        assert!(refused.contains(expected), "{refused}");
    };
    check("argo", "[\"true\"]", "[\"true\"]\nsandbox = \"none\"", "`count` says `sandbox = \"none\"`");
    check("sagemaker", "share", "RoleArn", "sagemaker cannot have a parameter `RoleArn`: the definition has one");
}

#[test]
fn images_have_digests_unless_that_is_waived() {
    let (hex, tag) = ("0".repeat(64), "r.example:5000/a/b:1.2");
    for good in [format!("{tag}@sha256:{hex}"), format!("redoubt@sha256:{hex}")] {
        assert!(Image::parse(&good, false).unwrap().is_pinned());
    }
    assert!(Image::parse(tag, false).unwrap_err().to_string().contains("may be another image tomorrow"));
    assert!(!Image::parse(tag, true).unwrap().is_pinned());
    let bad = [
        "",
        "@sha256:00",
        "a b",
        "a/",
        "a@sha256:zz",
        "a\nb",
        "-a",
        "a@sha512:00",
        &format!("a@sha256:{}", "A".repeat(64)),
    ];
    for bad in bad {
        assert!(Image::parse(bad, true).is_err(), "{bad}");
    }
}
