"""Documents of registered models: CycloneDX and OpenLineage, read by their own libraries."""

import json
import pathlib
import subprocess

import pytest
from cyclonedx.schema import OutputFormat, SchemaVersion
from cyclonedx.validation import make_schemabased_validator
from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent, RunState

from conftest import binary

LENDING = pathlib.Path(__file__).parents[2] / "examples" / "lending" / "pipeline.toml"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("registry")
    done = redoubt(home, "pipeline", "run", str(LENDING))
    assert done.returncode == 0, done.stderr
    return home


def redoubt(home, *arguments):
    command = [binary(), "--home", str(home / "home"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=600, cwd=home)


def show(home, *arguments):
    done = redoubt(home, "model", "show", "lending/latest", *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_bill_of_materials_is_one_by_its_schema(home):
    text = show(home, "--bom")
    validator = make_schemabased_validator(OutputFormat.JSON, SchemaVersion.V1_6)
    assert validator.validate_str(text) is None
    bom = json.loads(text)
    component = bom["metadata"]["component"]
    assert component["type"] == "machine-learning-model"
    metrics = {metric["type"]: metric for metric in component["modelCard"]["quantitativeAnalysis"]["performanceMetrics"]}
    interval = metrics["roc_auc"]["confidenceInterval"]
    assert float(interval["lowerBound"]) < float(metrics["roc_auc"]["value"]) < float(interval["upperBound"])
    assert component["modelCard"]["considerations"]["fairnessAssessments"]
    assert {part["name"] for part in bom["components"]} >= {"applications", "model.safetensors", "card.json"}
    # The check can fail.
    assert validator.validate_str(text.replace("machine-learning-model", "machine")) is not None


def test_events_of_lineage_are_events_by_their_library(home):
    lines = show(home, "--lineage").splitlines()
    begun, done = {}, set()
    for line in lines:
        event = json.loads(line)
        # The library checks times, UUIDs and URIs when an event is made.
        sets = lambda kind, items: [kind(namespace=item["namespace"], name=item["name"]) for item in items]
        RunEvent(
            eventType=RunState[event["eventType"]], eventTime=event["eventTime"], producer=event["producer"],
            run=Run(runId=event["run"]["runId"]), job=Job(**event["job"]),
            inputs=sets(InputDataset, event["inputs"]), outputs=sets(OutputDataset, event["outputs"]),
        )
        if event["eventType"] == "START":
            begun[event["run"]["runId"]] = event["job"]["name"]
        else:
            assert event["run"]["runId"] in begun
            done.add(event["job"]["name"])
    assert done == set(begun.values()) and "lending.measure" in done and "lending" in done


def test_the_same_run_registers_the_same_version(home):
    again = redoubt(home, "pipeline", "run", str(LENDING), "--json")
    steps = {step["name"]: step for step in json.loads(again.stdout)["steps"]}
    assert steps["register"]["fate"] == "kept" and steps["register"]["figures"]["version"] == 1
    assert "/2" not in show(home)
