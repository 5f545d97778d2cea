"""The whole flow of MLflow's own client against the admin plane: run by `test_mlflow.py` with clients of 2.x and 3.x.

    MLFLOW_TRACKING_URI=… MLFLOW_TRACKING_TOKEN=… python mlflow_flow.py FOLDER APPROVER

FOLDER is empty and may be filled; APPROVER is a key that may approve. Prints one word for each part that went well.
"""

import json
import math
import os
import pathlib
import sys
import urllib.request
import warnings

warnings.filterwarnings("ignore")
os.environ.update(MLFLOW_HTTP_REQUEST_MAX_RETRIES="1", MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR="false", GIT_PYTHON_REFRESH="quiet")

import mlflow
import numpy
from mlflow.entities import Metric, Param, RunTag
from mlflow.exceptions import MlflowException
from sklearn.linear_model import LogisticRegression

folder, approver = pathlib.Path(sys.argv[1]), sys.argv[2]
is_3 = mlflow.__version__.startswith("3.")
client = mlflow.MlflowClient()
suffix = mlflow.__version__.replace(".", "_")


def refused(call, *words):
    try:
        call()
    except MlflowException as error:
        assert all(word in str(error) for word in words), error
        return
    raise AssertionError("nothing was refused")


def approve(name, version):
    request = urllib.request.Request(
        os.environ["MLFLOW_TRACKING_URI"] + "/api/redoubt/v1/model-versions/approve",
        data=json.dumps({"name": name, "version": str(version), "comment": "looks right"}).encode(), method="POST",
        headers={"authorization": f"Bearer {approver}", "content-type": "application/json"},
    )
    urllib.request.urlopen(request, timeout=30).read()


def experiments():
    experiment = mlflow.set_experiment(f"flow_{suffix}")
    assert mlflow.set_experiment(f"flow_{suffix}").experiment_id == experiment.experiment_id
    assert experiment.artifact_location == f"mlflow-artifacts:/{experiment.experiment_id}"
    other = client.create_experiment(f"other_{suffix}", tags={"a": "b"})
    client.set_experiment_tag(other, "team", "sec")
    assert client.get_experiment(other).tags == {"a": "b", "team": "sec"}
    found = [found.name for found in client.search_experiments(filter_string="tags.team = 'sec'")]
    assert f"other_{suffix}" in found
    client.rename_experiment(other, f"renamed_{suffix}")
    client.delete_experiment(other)
    assert client.get_experiment(other).lifecycle_stage == "deleted"
    client.restore_experiment(other)
    assert client.get_experiment_by_name(f"renamed_{suffix}").lifecycle_stage == "active"
    assert client.get_experiment("0").name == "Default"
    return experiment


def logs(run):
    mlflow.log_param("lr", 0.1)
    mlflow.log_params({"a": 1, "b": "x"})
    mlflow.log_metric("loss", 0.5, step=1)
    mlflow.log_metrics({"acc": 0.9, "f1": 0.8}, step=2)
    mlflow.log_metric("bad", math.nan)
    mlflow.log_metric("badinf", math.inf)
    mlflow.log_metric("quick", 1.0, synchronous=False).wait()
    batch = [Metric("curve", float(n), 1_700_000_000_000 + n, n) for n in range(500)]
    client.log_batch(run, metrics=batch, params=[Param("c", "3")], tags=[RunTag("t", "1")])
    mlflow.set_tags({"k": "v", "k2": "v2"})
    client.delete_tag(run, "k2")
    data = client.get_run(run).data
    assert data.params == {"lr": "0.1", "a": "1", "b": "x", "c": "3"}
    assert data.metrics["loss"] == 0.5 and data.metrics["curve"] == 499 and math.isnan(data.metrics["bad"])
    assert data.metrics["badinf"] >= sys.float_info.max
    assert data.tags["k"] == "v" and "k2" not in data.tags
    history = client.get_metric_history(run, "curve")
    assert [metric.value for metric in history] == [float(n) for n in range(500)]
    with mlflow.start_run(nested=True, run_name="child") as child:
        mlflow.log_param("depth", 1)
    assert client.get_run(child.info.run_id).info.status == "FINISHED"


def artifacts(run):
    (folder / "sub").mkdir(parents=True)
    (folder / "hello world.txt").write_text("hello world")
    (folder / "empty.bin").write_bytes(b"")
    (folder / "sub" / "ümlaut.json").write_text("{}")
    (folder / "large.bin").write_bytes(bytes(range(256)) * 20_000)
    mlflow.log_artifact(str(folder / "hello world.txt"))
    mlflow.log_artifacts(str(folder), "all")
    mlflow.log_text("text", "notes/a.txt")
    mlflow.log_dict({"a": 1}, "d.json")
    listed = {(file.path, file.is_dir) for file in client.list_artifacts(run)}
    assert {("hello world.txt", False), ("all", True), ("notes", True), ("d.json", False)} <= listed, listed
    sizes = {file.path: file.file_size for file in client.list_artifacts(run, "all")}
    assert sizes["all/large.bin"] == 5_120_000 and not sizes["all/empty.bin"] and sizes["all/sub"] is None, sizes
    down = pathlib.Path(mlflow.artifacts.download_artifacts(run_id=run, artifact_path="all", dst_path=str(folder / "down")))
    for name in ("hello world.txt", "empty.bin", "large.bin", "sub/ümlaut.json"):
        assert (down / name).read_bytes() == (folder / name).read_bytes(), name
    assert mlflow.artifacts.load_text(f"runs:/{run}/notes/a.txt") == "text"
    from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

    get_artifact_repository(client.get_run(run).info.artifact_uri).delete_artifacts("notes")
    assert "notes" not in {file.path for file in client.list_artifacts(run)}


def models(run, experiment):
    rows = numpy.random.default_rng(0).random((60, 3))
    labels = (rows[:, 0] > 0.5).astype(int)
    dataset = mlflow.data.from_numpy(rows, name="rows", targets=labels)
    mlflow.log_input(dataset, context="training")
    mlflow.log_input(dataset, context="training")
    inputs = client.get_run(run).inputs.dataset_inputs
    assert [(i.dataset.name, i.tags[0].value) for i in inputs] == [("rows", "training")]
    name, model = f"model_{suffix}", LogisticRegression().fit(rows, labels)
    wanted = model.predict(rows).tolist()
    path = {"name": "model"} if is_3 else {"artifact_path": "model"}
    info = mlflow.sklearn.log_model(model, registered_model_name=name, input_example=rows[:2], **path)
    mlflow.register_model(f"runs:/{run}/model", name)
    if is_3:
        mlflow.register_model(f"models:/{info.model_id}", name)
        client.set_logged_model_tags(info.model_id, {"stage": "trial"})
        client.log_metric(run, "auc", 0.75, model_id=info.model_id)
        logged = client.get_logged_model(info.model_id)
        assert logged.tags["stage"] == "trial" and logged.status.name == "READY"
        assert "auc" in {metric.key for metric in logged.metrics}
        found = client.search_logged_models([experiment], filter_string="metrics.auc > 0.5 AND name = 'model'")
        assert [model.model_id for model in found] == [info.model_id]
    client.update_model_version(name, "1", description="first")
    client.update_registered_model(name, description="of the flow")
    client.set_registered_model_tag(name, "a", "b")
    client.set_model_version_tag(name, "1", "c", "d")
    client.set_registered_model_alias(name, "candidate", "1")
    client.set_registered_model_alias(name, "tmp", "2")
    client.delete_registered_model_alias(name, "tmp")
    client.transition_model_version_stage(name, "1", "Staging")
    version = client.get_model_version_by_alias(name, "candidate")
    assert (version.version, version.current_stage, version.tags) == ("1", "Staging", {"c": "d"}), version
    assert version.run_id == run and version.description == "first" and version.status == "READY"
    load = mlflow.sklearn.load_model
    sources = [f"models:/{name}/1", f"models:/{name}@candidate", f"models:/{name}/Staging", f"models:/{name}/latest"]
    sources += [f"runs:/{run}/model"] + ([f"models:/{info.model_id}"] if is_3 else [])
    for source in sources:
        assert load(source).predict(rows).tolist() == wanted, source
    assert list(mlflow.pyfunc.load_model(f"models:/{name}@candidate").predict(rows)) == wanted
    # The gates hold over this door too, and open for an approval.
    refused(lambda: client.transition_model_version_stage(name, "1", "Production"), "PERMISSION_DENIED", "approval")
    refused(lambda: client.set_registered_model_alias(name, "champion", "1"), "PERMISSION_DENIED", "approval")
    approve(name, 1)
    client.set_registered_model_alias(name, "champion", "1")
    client.transition_model_version_stage(name, "1", "Production", archive_existing_versions=True)
    assert load(f"models:/{name}/Production").predict(rows).tolist() == wanted
    assert [model.name for model in client.search_registered_models(f"name = '{name}'")] == [name]
    versions = client.search_model_versions(f"name = '{name}'")
    assert {version.version for version in versions} == ({"1", "2", "3"} if is_3 else {"1", "2"})
    latest = client.get_latest_versions(name, ["Production", "None"])
    assert {version.version for version in latest} == {"1", max(version.version for version in versions)}
    client.delete_model_version_tag(name, "1", "c")
    client.delete_registered_model_tag(name, "a")
    client.create_registered_model(f"second_{suffix}")
    client.rename_registered_model(f"second_{suffix}", f"third_{suffix}")
    client.create_model_version(f"third_{suffix}", f"runs:/{run}/model", run)
    client.delete_model_version(f"third_{suffix}", "1")
    client.delete_registered_model(f"third_{suffix}")


def hostile(run):
    """A model that runs a program when it is loaded is neither registered nor served."""
    class Calls:
        def __reduce__(self):
            return os.system, ("true",)

    import pickle

    (folder / "hostile").mkdir()
    (folder / "hostile" / "MLmodel").write_text("flavors:\n  sklearn:\n    pickled_model: model.pkl\n")
    (folder / "hostile" / "model.pkl").write_bytes(pickle.dumps(Calls()))
    mlflow.log_artifacts(str(folder / "hostile"), "hostile")
    uri = f"{client.get_run(run).info.artifact_uri}/hostile"
    client.create_registered_model(f"hostile_{suffix}")
    refused(lambda: client.create_model_version(f"hostile_{suffix}", uri, run), "PERMISSION_DENIED", "model.pkl")
    refused(lambda: mlflow.artifacts.download_artifacts(artifact_uri=f"models:/hostile_{suffix}/1"), "PERMISSION_DENIED")
    for source in ("/etc", "file:///etc/passwd", "s3://bucket/x"):
        refused(lambda: client.create_model_version(f"hostile_{suffix}", source, run), "INVALID_PARAMETER_VALUE")


def prompts():
    """Since 3.0, prompts are registered models whose versions are texts."""
    name = f"prompt_{suffix}"
    first = mlflow.genai.register_prompt(name, "Summarise {{ text }} in {{ count }} words.", commit_message="first", tags={"team": "a"})
    chat = [{"role": "system", "content": "You are {{ style }}."}, {"role": "user", "content": "{{ question }}"}]
    second = mlflow.genai.register_prompt(name, chat)
    assert (int(first.version), int(second.version)) == (1, 2)
    loaded = mlflow.genai.load_prompt(f"prompts:/{name}/1")
    assert loaded.format(text="this", count="3") == "Summarise this in 3 words."
    assert loaded.commit_message == "first" and loaded.tags["team"] == "a"
    assert mlflow.genai.load_prompt(name, version=2).template == chat
    mlflow.genai.set_prompt_alias(name, "blue", 1)
    assert mlflow.genai.load_prompt(f"prompts:/{name}@blue").template == loaded.template
    assert [found.name for found in mlflow.genai.search_prompts(f"name = '{name}'")] == [name]
    assert name not in [found.name for found in client.search_registered_models()]
    # Behind the same gates, and about a text that stays.
    refused(lambda: mlflow.genai.set_prompt_alias(name, "production", 1), "PERMISSION_DENIED", "approval")
    approve(name, 1)
    mlflow.genai.set_prompt_alias(name, "production", 1)
    assert mlflow.genai.load_prompt(f"prompts:/{name}@production").version == first.version
    refused(lambda: client.set_prompt_version_tag(name, 1, "mlflow.prompt.text", "other"), "PERMISSION_DENIED", "never changes")
    escape = "{% for c in ().__class__.__mro__[1].__subclasses__() %}{{ c }}{% endfor %}"
    refused(lambda: mlflow.genai.register_prompt(name, escape), "PERMISSION_DENIED", "prompt.jinja")
    mlflow.genai.delete_prompt_alias(name, "blue")


def searches(run, experiment):
    found = mlflow.search_runs([experiment], "metrics.acc > 0.5 AND params.lr = '0.1'", output_format="list")
    assert [found.info.run_id for found in found] == [run]
    found = client.search_runs([experiment], "tags.`mlflow.runName` LIKE 'ch%'", order_by=["metrics.acc DESC"])
    assert [found.info.run_name for found in found] == ["child"]
    client.delete_run(run)
    assert client.get_run(run).info.lifecycle_stage == "deleted"
    client.restore_run(run)
    client.update_run(run, status="FAILED", name="again")
    client.set_terminated(run, "FINISHED")
    assert client.get_run(run).info.run_name == "again"


def mistakes(run):
    refused(lambda: client.get_run("0" * 32), "RESOURCE_DOES_NOT_EXIST")
    refused(lambda: client.log_param(run, "lr", "0.2"), "INVALID_PARAMETER_VALUE", "Changing param values is not allowed")
    refused(lambda: client.create_registered_model(f"model_{suffix}"), "RESOURCE_ALREADY_EXISTS")


experiment = experiments().experiment_id
print("experiments")
with mlflow.start_run(run_name="flow") as active:
    run = active.info.run_id
    for part, arguments in ((logs, [run]), (artifacts, [run]), (models, [run, experiment]), (hostile, [run])):
        part(*arguments)
        print(part.__name__)
if is_3:
    prompts()
print("prompts")
searches(run, experiment)
print("searches")
mistakes(run)
print("mistakes")
