"""Model files: our signatures and those of the public tool, hostile files and what honest libraries write."""

import io
import json
import pickle
import struct
import subprocess
import zipfile

import joblib
import model_signing._cli
import numpy
import pytest
from click.testing import CliRunner
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC

from conftest import binary


def redoubt(*arguments):
    return subprocess.run([binary(), "model", *map(str, arguments)], capture_output=True, text=True, timeout=60)


def tool(*arguments):
    """The command line of `model-signing`, in this process: starting it anew takes seconds each time."""
    done = CliRunner().invoke(model_signing._cli.main, list(map(str, arguments)))
    return done.exit_code, done.output


def verdict(path):
    done = redoubt("scan", path, "--json")
    report = json.loads(done.stdout)
    assert done.returncode == (0 if report["verdict"] == "clean" else 1), done
    return report["verdict"], done.stdout


@pytest.fixture
def model(tmp_path):
    folder = tmp_path / "model"
    (folder / "shards").mkdir(parents=True)
    (folder / "config.json").write_text('{"hidden_size": 8}')
    (folder / "config").mkdir()
    (folder / "config" / "x.txt").write_text("x")
    (folder / "shards" / "1.bin").write_bytes(b"\0" * 5000)
    (folder / ".gitattributes").write_text("*.bin lfs")
    return folder


@pytest.fixture(params=["p256", "p384", "p521"])
def keys(tmp_path, request):
    private, public = tmp_path / "key.pem", tmp_path / "key.pub"
    made = redoubt("key", "--out", private, "--curve", request.param)
    assert made.returncode == 0 and "PRIVATE" not in made.stdout + made.stderr
    assert private.stat().st_mode & 0o777 == 0o600
    public.write_text(made.stdout)
    assert redoubt("key", "--out", private).returncode == 2
    return private, public


def test_our_signature_is_the_tools_and_its_is_ours(model, keys, tmp_path):
    private, public = keys
    for signature in (tmp_path / "out.sig", model / "model.sig"):
        signed = redoubt("sign", model, "--key", private, "--signature", signature)
        assert signed.returncode == 0, signed.stderr
        code, said = tool("verify", "key", model, "--public_key", public, "--signature", signature)
        assert code == 0, said
        ours = redoubt("verify", model, "--public-key", public, "--signature", signature)
        assert ours.returncode == 0, ours.stdout + ours.stderr
        signature.unlink()
    signature = tmp_path / "theirs.sig"
    code, said = tool("sign", "key", model, "--private_key", private, "--signature", signature)
    assert code == 0, said
    ours = redoubt("verify", model, "--public-key", public, "--signature", signature, "--json")
    assert ours.returncode == 0 and json.loads(ours.stdout)["verified"], ours.stdout + ours.stderr
    # The digest that a scan reports is the subject of the signature.
    scanned = json.loads(redoubt("scan", model, "--json").stdout)
    assert scanned["models"][0]["sha256"] == json.loads(ours.stdout)["sha256"]


def test_both_find_what_was_changed(model, keys, tmp_path):
    private, public = keys
    signatures = [tmp_path / "ours.sig", tmp_path / "theirs.sig"]
    assert redoubt("sign", model, "--key", private, "--signature", signatures[0]).returncode == 0
    assert tool("sign", "key", model, "--private_key", private, "--signature", signatures[1])[0] == 0

    def both(changed, missing, added):
        for signature in signatures:
            ours = redoubt("verify", model, "--public-key", public, "--signature", signature, "--json")
            found = json.loads(ours.stdout)
            assert ours.returncode == 1 and not found["verified"]
            assert (found["changed"], found["missing"], found["added"]) == (changed, missing, added)
            assert tool("verify", "key", model, "--public_key", public, "--signature", signature)[0] != 0

    shard = model / "shards" / "1.bin"
    shard.write_bytes(b"\0" * 4999 + b"\1")
    both(["shards/1.bin"], [], [])
    shard.rename(model / "shards" / "2.bin")
    both([], ["shards/1.bin"], ["shards/2.bin"])
    (model / "shards" / "2.bin").rename(shard)
    shard.write_bytes(b"\0" * 5000)
    (model / "link").symlink_to("config.json")
    for signature in signatures:
        refused = redoubt("verify", model, "--public-key", public, "--signature", signature)
        assert refused.returncode == 2 and "is a link" in refused.stderr
        assert tool("verify", "key", model, "--public_key", public, "--signature", signature)[0] != 0


def test_ignored_files_and_other_keys(model, keys, tmp_path):
    private, public = keys
    signature = tmp_path / "x.sig"
    for sign in (
        lambda: redoubt("sign", model, "--key", private, "--signature", signature, "--ignore", "config").returncode,
        lambda: tool("sign", "key", model, "--private_key", private, "--signature", signature,
                     "--ignore-paths", model / "config")[0],
    ):
        assert sign() == 0
        (model / "config" / "x.txt").write_text("other")
        assert redoubt("verify", model, "--public-key", public, "--signature", signature).returncode == 0
        assert tool("verify", "key", model, "--public_key", public, "--signature", signature)[0] == 0
    other = redoubt("key", "--out", tmp_path / "other.pem")
    (tmp_path / "other.pub").write_text(other.stdout)
    refused = redoubt("verify", model, "--public-key", tmp_path / "other.pub", "--signature", signature)
    assert refused.returncode == 1 and "another key" in refused.stderr


class Calls:
    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def hostile():
    import ctypes, importlib, logging.config, marshal, os, pkgutil, pydoc, runpy, subprocess, webbrowser

    yield "os", Calls(os.system, "true")
    yield "subprocess", Calls(subprocess.check_output, ["true"])
    yield "eval", Calls(eval, "1")
    yield "exec", Calls(exec, "1")
    yield "getattr", Calls(getattr, "", "upper")
    yield "import", Calls(importlib.import_module, "this")
    yield "marshal", Calls(marshal.loads, b"N")
    yield "resolve", Calls(pkgutil.resolve_name, "os:system")
    yield "ctypes", Calls(ctypes.CDLL, "libc.so.6")
    yield "pydoc", Calls(pydoc.locate, "os.system")
    yield "logging", Calls(logging.config.dictConfig, {"version": 1})
    yield "runpy", Calls(runpy.run_path, "/dev/null")
    yield "browser", Calls(webbrowser.open, "about:blank")
    yield "load", Calls(numpy.load, "x.npy")
    yield "joblib", Calls(joblib.load, "x.joblib")
    yield "deep", {"a": [numpy.arange(3), {"b": Calls(os.system, "true")}]}


def write_every_way(folder, name, value):
    """The value as pickles of every protocol, by joblib, in an array and in a layout like PyTorch's."""
    for protocol in range(6):
        # The ending is no help.
        (folder / f"{name}.{protocol}.safetensors").write_bytes(pickle.dumps(value, protocol))
    for ending, compress in (("joblib", 0), ("z", ("zlib", 3)), ("gz", ("gzip", 3))):
        joblib.dump(value, folder / f"{name}.{ending}", compress=compress)
    array = numpy.empty(1, dtype=object)
    array[0] = value
    numpy.savez(folder / f"{name}.npz", a=array)
    numpy.savez_compressed(folder / f"{name}.deflated.npz", a=array)
    with zipfile.ZipFile(folder / f"{name}.pt", "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("m/data.pkl", pickle.dumps(value, 2))
        out.writestr("m/version", "3\n")


def verdicts(folder):
    """The verdict of every file, and everything about it."""
    report = json.loads(redoubt("scan", folder, "--json").stdout)
    return {file["path"]: (file["verdict"], file) for file in report["models"][0]["files"]}


def test_what_runs_when_it_is_loaded_is_found(tmp_path):
    for name, value in hostile():
        write_every_way(tmp_path, name, value)
    found = verdicts(tmp_path)
    assert len(found) == 12 * len(list(hostile()))
    assert {path: file for path, (verdict, file) in found.items() if verdict != "malicious"} == {}


def honest():
    rows = numpy.random.default_rng(0).random((40, 4))
    labels = (rows[:, 0] > 0.5).astype(int)
    words = numpy.array([["a"], ["b"]], dtype=object)
    yield "array", numpy.arange(6.0).reshape(2, 3)
    yield "objects", numpy.array(["a", None, 1], dtype=object)
    yield "structured", numpy.zeros(3, dtype=[("a", "i4"), ("b", "U5")])
    yield "scalar", {"loss": numpy.float32(0.5), "step": 7}
    yield "generator", numpy.random.default_rng(1)
    yield "pipeline", make_pipeline(StandardScaler(), LogisticRegression()).fit(rows, labels)
    yield "forest", RandomForestClassifier(5).fit(rows, labels)
    yield "boosting", GradientBoostingClassifier(n_estimators=3).fit(rows, labels)
    yield "svm", SVC().fit(rows, labels)
    yield "neighbours", KNeighborsClassifier(algorithm="kd_tree").fit(rows, labels)
    yield "onehot", OneHotEncoder().fit(words)


def test_what_honest_libraries_write_passes(tmp_path):
    for name, value in honest():
        write_every_way(tmp_path, name, value)
    found = verdicts(tmp_path)
    assert len(found) == 12 * len(list(honest()))
    assert {path: file for path, (verdict, file) in found.items() if verdict != "clean"} == {}


def test_a_folder_of_everything(tmp_path):
    header = json.dumps({"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}).encode()
    (tmp_path / "model.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + bytes(8))
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    (tmp_path / "README.md").write_text("# A model\n\n```python\nimport os\n```\n")
    (tmp_path / "tokenizer_config.json").write_text('{"chat_template": "{% for m in messages %}{{ m.content }}{% endfor %}"}')
    assert verdict(tmp_path)[0] == "clean", verdict(tmp_path)[1]
    shown = redoubt("scan", tmp_path)
    assert shown.returncode == 0 and "4 clean" in shown.stdout, shown.stdout
    (tmp_path / "tokenizer_config.json").write_text('{"chat_template": "{{ \'\'.__class__ }}"}')
    assert verdict(tmp_path)[0] == "malicious"
    (tmp_path / "tokenizer_config.json").unlink()
    (tmp_path / "weights").symlink_to("model.safetensors")
    assert verdict(tmp_path)[0] == "unreadable"
    assert redoubt("scan", tmp_path / "missing").returncode == 2
    assert redoubt("scan").returncode == 2


def test_cut_files_never_pass(tmp_path):
    whole = pickle.dumps(make_pipeline(StandardScaler(), LogisticRegression()))
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as out:
        out.writestr("m/data.pkl", whole)
    for kind, data in (("pickle", whole), ("zip", archive.getvalue())):
        for end in range(3, len(data), max(1, len(data) // 40)):
            (tmp_path / f"{kind}.{end}").write_bytes(data[:end])
    assert {path for path, (verdict, _) in verdicts(tmp_path).items() if verdict == "clean"} == set()
