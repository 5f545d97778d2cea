"""MLflow's own client, unmodified, on the admin plane: 3.x in this environment, 2.x in one of its own."""

import os
import pathlib
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

FLOW = pathlib.Path(__file__).with_name("mlflow_flow.py")


@pytest.fixture(scope="module")
def keys(redoubt):
    """A key that tracks and registers, and one that approves."""
    keys = redoubt.new_key("--can", "track", "--can", "register", "--owner", "ann"), redoubt.new_key("--can", "approve", "--owner", "bob")
    for _ in range(100):
        if ask(redoubt, keys[1]) != 401:
            return keys
        time.sleep(0.1)
    pytest.fail("the new keys did not become valid")


def ask(redoubt, key, path="/api/2.0/mlflow/registered-models/search", **headers):
    request = urllib.request.Request(redoubt.admin + path)
    if key:
        request.add_header("authorization", f"Bearer {key}")
    for name, value in headers.items():
        request.add_header(name.replace("_", "-"), value)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def pythons():
    yield pytest.param(sys.executable, id="3.x")
    older = os.environ.get("REDOUBT_MLFLOW_2")
    skip = pytest.mark.skipif(not older, reason="REDOUBT_MLFLOW_2 names no Python: `cargo xtask test sdk` makes it")
    yield pytest.param(older, id="2.x", marks=skip)


@pytest.mark.parametrize("python", list(pythons()))
@pytest.mark.parametrize("scheme", ["token", "password"])
def test_the_whole_flow(redoubt, keys, python, scheme, tmp_path):
    tracker, approver = keys
    if scheme == "password":
        # Once with each client is enough for the flow; a second one shows that a password opens the same door.
        code = "import mlflow; print(mlflow.MlflowClient().get_experiment('0').name)"
        given = {"MLFLOW_TRACKING_USERNAME": "anybody", "MLFLOW_TRACKING_PASSWORD": tracker}
        arguments = ["-c", code]
    else:
        given, arguments = {"MLFLOW_TRACKING_TOKEN": tracker}, [str(FLOW), str(tmp_path / "flow"), approver]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_")}
    done = subprocess.run(
        [python, *arguments], capture_output=True, text=True, timeout=600, cwd=tmp_path,
        env={**environment, "MLFLOW_TRACKING_URI": redoubt.admin, **given},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    said = done.stdout.split()
    expected = ["experiments", "logs", "artifacts", "models", "hostile", "prompts", "searches", "mistakes"]
    assert (said[-1:] == ["Default"]) if scheme == "password" else ([word for word in said if word in expected] == expected), done.stdout


def test_who_may_not_is_told_so(redoubt, keys):
    tracker, _ = keys
    assert ask(redoubt, None) == 401
    assert ask(redoubt, "rdt_wrong") == 401
    assert ask(redoubt, redoubt.key) == 403, "a key that asks models does nothing else"
    assert ask(redoubt, tracker) == 200
    assert ask(redoubt, tracker, origin="https://other.example") == 403
    assert ask(redoubt, tracker, sec_fetch_site="cross-site") == 403
    assert ask(redoubt, tracker, host="rebound.example") == 403
    assert ask(redoubt, tracker, "/api/2.0/mlflow/nothing") == 404
    for path in ("/livez", "/readyz", "/metrics"):
        assert ask(redoubt, None, path) == 200, path
    request = urllib.request.Request(redoubt.url + "/v1/models", headers={"authorization": f"Bearer {tracker}"})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=30)
    assert refused.value.code == 403


def test_what_happened_is_in_the_audit_log(redoubt, keys, tmp_path):
    told = redoubt.run("audit", "tail", "--json")
    assert told.returncode == 0, told.stderr
    for kind in ("model_registered", "model_promoted", "model_attested", "model_deleted", "tracking_deleted", "tracking_restored"):
        assert kind in told.stdout, kind
