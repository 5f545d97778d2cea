"""Pipelines compiled for other systems: what their own libraries make of the definitions, and the tasks themselves, run
one by one as a cluster runs them."""

import json
import pathlib
import re
import subprocess

import botocore.session
import pytest
import yaml
from botocore.validate import ParamValidator
from google.protobuf import json_format
from hera.workflows.models import Workflow
from kfp.pipeline_spec import pipeline_spec_pb2

from conftest import binary

IMAGE = "registry.example/ml/redoubt@sha256:" + "5" * 64
PIPELINE = """
name = "loans-2"
seed = 3

[parameters]
learner = "logistic_regression"
share = 0.6
rounds = 200
columns = ["x"]

[data.rows]
path = "rows.csv"

[steps.parts]
kind = "split"
input = "rows"
train = "@share"
validation = 0.2
test = 0.2
stratify = "y"

[steps.seen]
kind = "command"
command = ["python3", "seen.py"]
files = ["seen.py"]
environment = { PATH = "/usr/bin:/bin" }
sandbox = "none"
retries = { attempts = 3, wait = "2s" }
[steps.seen.inputs.rows]
from = "parts.train"
[steps.seen.outputs.seen]

[steps.model]
kind = "train"
matrix = { seed = [1, 2] }
input = "parts.train"
target = "y"
features = "@columns"
learner = "@learner"

[steps.measure]
kind = "evaluate"
input = "parts.validation"
model = "model"
rounds = "@rounds"

[steps.best]
kind = "select"
among = ["model"]
reports = ["measure"]
pick = "max roc_auc"

[steps.final]
kind = "evaluate"
input = "parts.test"
model = "best"
rounds = "@rounds"

[steps.check]
kind = "compare"
input = "parts.test"
model = "best"
champion = "registry:loans@champion"
without_champion = "pass"
rounds = "@rounds"

[steps.register]
kind = "register"
when = "final.roc_auc >= 0.7"
name = "loans"
model = "best"
reports = ["final"]

[steps.deploy]
kind = "deploy"
version = "register"
alias = "challenger"

[steps.never]
kind = "baseline"
when = "final.roc_auc < 0.5"
input = "parts.train"
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("compiled")
    (folder / "pipeline.toml").write_text(PIPELINE)
    (folder / "seen.py").write_text("open('seen.csv', 'w').write(open('rows.csv').read())\n")
    rows = [f"{at * 37 % 300},{'yes' if at * 37 % 300 + at % 60 > 170 else 'no'}" for at in range(300)]
    (folder / "rows.csv").write_text("x,y\n" + "\n".join(rows) + "\n")
    return folder


def compiled(folder, target, *more, file="pipeline.toml"):
    allowed = ["--allow-unsandboxed", "--home-volume", "redoubt-home", "--image", IMAGE]
    command = [binary(), "pipeline", "compile", file, "--target", target, *allowed, *more]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "parameter `columns` is a list" in done.stderr
    return done.stdout


def test_kubeflow_takes_it(folder):
    pipeline, platform = yaml.safe_load_all(compiled(folder, "kubeflow"))
    # A field that the format does not have is an error.
    spec = json_format.ParseDict(pipeline, pipeline_spec_pb2.PipelineSpec())
    json_format.ParseDict(platform, pipeline_spec_pb2.PlatformSpec())
    steps = spec.components["comp-redoubt-steps"].dag.tasks
    assert list(steps["final"].dependent_tasks) == ["parts", "best"]
    asked = steps["register"].inputs.parameters["pipelinechannel--final-roc-auc"].task_output_parameter
    assert (asked.producer_task, asked.output_parameter_key) == ("final", "roc-auc")
    assert steps["register"].trigger_policy.condition.endswith("['pipelinechannel--final-roc-auc'] >= 0.7")
    assert steps["seen"].retry_policy.max_retry_count == 2
    for label, executor in spec.deployment_spec["executors"].items():
        assert executor["container"]["image"] == IMAGE
        mounts = platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"][label]["pvcMount"]
        has_home = label in ("exec-register", "exec-deploy", "exec-check", "exec-close")
        assert [mount["constant"] for mount in mounts] == ["redoubt-products"] + ["redoubt-home"] * has_home
    for name, component in spec.components.items():
        for named in component.dag.tasks.values():
            assert named.component_ref.name in spec.components
    close = spec.root.dag.tasks["close"]
    assert list(close.dependent_tasks) == ["redoubt-steps"]


def test_sagemaker_takes_it(folder):
    definition = json.loads(compiled(folder, "sagemaker"))
    model = botocore.session.get_session().get_service_model("sagemaker")
    asked = {"PipelineName": "loans", "PipelineDefinition": json.dumps(definition), "ClientRequestToken": "0" * 32}
    asked["RoleArn"] = "arn:aws:iam::123456789012:role/ml"
    check(model, "CreatePipeline", asked)
    defaults = {one["Name"]: one.get("DefaultValue", f"arn:aws:iam::1:role/{one['Name']}") for one in definition["Parameters"]}
    names = [step["Name"] for step in definition["Steps"]]
    assert len(set(names)) == len(names) and all(re.fullmatch(r"[A-Za-z0-9-]{1,64}", name) for name in names)
    for step in definition["Steps"]:
        # Each stands behind those that it waits for.
        assert all(names.index(other) < names.index(step["Name"]) for other in step.get("DependsOn", []))
        job = resolved(step["Arguments"], defaults)
        check(model, "CreateTrainingJob", {"TrainingJobName": step["Name"], **job})
        arguments = job["AlgorithmSpecification"]["ContainerArguments"]
        assert "share=0.6" in arguments and max(map(len, arguments)) <= 256


def check(model, operation, asked):
    report = ParamValidator().validate(asked, model.operation_model(operation).input_shape)
    assert not report.has_errors(), report.generate_report()


def resolved(value, parameters):
    """A value as the service sees it when the pipeline runs."""
    if isinstance(value, list):
        return [resolved(item, parameters) for item in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"Get"}:
        return parameters[value["Get"].removeprefix("Parameters.")]
    if set(value) == {"Std:Join"}:
        join = value["Std:Join"]
        return join["On"].join(str(resolved(item, parameters)) for item in join["Values"])
    return {key: resolved(item, parameters) for key, item in value.items()}


def test_argo_takes_it_and_its_tasks_make_what_one_run_makes(folder, tmp_path):
    text = compiled(folder, "argo", "--file-in-image", str(folder / "pipeline.toml"))
    workflow = Workflow.model_validate(yaml.safe_load(text))
    home, products = tmp_path / "home", tmp_path / "products"
    places = {"/redoubt/home": home, "/redoubt/products": products, "/tmp/redoubt": tmp_path / "scratch"}
    places["/tmp/roc-auc"] = tmp_path / "roc-auc"
    whole = subprocess.run(
        [binary(), "--home", tmp_path / "other", "pipeline", "run", "pipeline.toml", "--allow-unsandboxed", "--json"],
        capture_output=True, text=True, timeout=300, cwd=folder,
    )
    assert whole.returncode == 0, whole.stderr
    ended = run(workflow, places)
    assert ended.pop("never") == "Skipped" and set(ended.values()) == {"Succeeded"}, ended
    shown = subprocess.run(
        [binary(), "--home", home, "pipeline", "show", "pipeline.toml", "--store", products, "--json"],
        capture_output=True, text=True, timeout=60, cwd=folder,
    )
    digests = lambda said: {step["name"]: step["digest"] for step in json.loads(said)["steps"] if step["kind"] != "data"}
    made = digests(whole.stdout)
    assert made.pop("never") is None
    assert digests(shown.stdout) == made
    log = subprocess.run([binary(), "--home", home, "audit", "tail"], capture_output=True, text=True, timeout=60)
    assert log.stdout.count("pipeline run loans-2") == 1, log.stdout + log.stderr
    # Another file in the place of the one that was compiled is not run.
    file = folder / "pipeline.toml"
    file.write_text(PIPELINE.replace("seed = 3", "seed = 4"))
    try:
        task = next(one for one in workflow.spec.templates if one.name == "parts")
        done = execute(task, workflow, places)
        assert done.returncode == 2 and "is asked for" in done.stderr
    finally:
        file.write_text(PIPELINE)


def run(workflow, places):
    """Runs the tasks of a workflow, as its controller does, one at a time."""
    templates = {one.name: one for one in workflow.spec.templates}
    ended, outputs = {}, {}
    for node in templates[workflow.spec.entrypoint].dag.tasks:
        depends = re.sub(r"([\w-]+)\.(\w+)", lambda m: str(ended[m[1]] == m[2]), node.depends or "True")
        if not eval(depends.replace("&&", "and").replace("||", "or")):
            ended[node.name] = "Omitted"
            continue
        when = re.sub(r"\{\{tasks\.(.+?)\.outputs\.parameters\.(.+?)\}\}", lambda m: outputs[m[1], m[2]], node.when or "True")
        if not eval(when):
            ended[node.name] = "Skipped"
            continue
        template = templates[node.template]
        done = execute(template, workflow, places)
        assert done.returncode == 0, done.stderr
        ended[node.name] = "Succeeded"
        for output in template.outputs.parameters if template.outputs else []:
            outputs[node.name, output.name] = pathlib.Path(placed(output.value_from.path, places)).read_text()
    return ended


def placed(text, places):
    """A path of a container, alone or behind `=`, as one of this machine."""
    for place, real in places.items():
        text = re.sub(rf"(^|=){place}(?=/|$)", lambda m: m[1] + str(real), text)
    return text


def execute(template, workflow, places):
    parameters = {one.name: one.value for one in workflow.spec.arguments.parameters}
    fill = lambda text: re.sub(r"\{\{workflow\.parameters\.(.+?)\}\}", lambda m: parameters[m[1]], text)
    arguments = [placed(fill(text), places) for text in template.container.args]
    assert template.container.command == ["redoubt"] and template.container.image == IMAGE
    return subprocess.run([binary(), *arguments], capture_output=True, text=True, timeout=300, cwd="/")


def test_what_cannot_be_expressed_or_trusted_is_refused(folder):
    def refused(*arguments):
        command = [binary(), "pipeline", "compile", "pipeline.toml", "--target", "argo", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=folder)
        assert done.returncode == 2 and not done.stdout, done
        return done.stderr

    tag = "registry.example/ml/redoubt:latest"
    assert "may be another image tomorrow" in refused("--image", tag)
    assert "`sandbox = \"none\"`" in refused("--image", IMAGE, "--home-volume", "home")
    assert "needs an installation" in refused("--image", IMAGE, "--allow-unsandboxed")
    assert "no path in an image" in refused("--image", IMAGE, "--file-in-image", "/a/{{b}}")
