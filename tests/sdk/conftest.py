"""Starts the real binary before its demonstration upstream, once for all tests."""

import json
import os
import pathlib
import re
import subprocess
import time
import urllib.error
import urllib.request

import pytest

CONFIGURATION = """
listen = "127.0.0.1:0"
admin_listen = "127.0.0.1:0"

[providers.demo]
kind = "demo"

[providers.broken]
kind = "openai"
base_url = "http://127.0.0.1:1/v1"

[models.redoubt-demo]
targets = [{ provider = "demo" }]

[models.unreachable]
targets = [{ provider = "broken", model = "x" }]

[models.rescued]
targets = [{ provider = "broken", model = "x" }]
fallbacks = ["redoubt-demo"]

[models.polite]
targets = [{ provider = "demo", model = "redoubt-demo" }]

[models."gpt-4o-mini"]
targets = [{ provider = "demo", model = "redoubt-demo" }]

[models."text-embedding-3-small"]
targets = [{ provider = "demo", model = "redoubt-demo" }]

[models.sealed]
targets = [{ provider = "demo", model = "redoubt-demo" }]

[routes.sealed]
models = ["sealed"]

[[routes.sealed.guard.rules]]
name = "personal_data_input"
labels = ["EMAIL_ADDRESS"]
directions = ["input"]
action = "transform"
transform = "encrypt"

[routes.polite]
models = ["polite"]
on_block = "refusal"
refusal_text = "I would rather not."

[routes.default]

[retries]
attempts = 2
"""


class Redoubt:
    def __init__(self, binary, home, process, data, admin, log):
        self.binary, self.home, self.process, self.log = binary, home, process, log
        self.url, self.admin, self.key = f"http://{data}", f"http://{admin}", None

    def run(self, *arguments, **options):
        return subprocess.run(
            [self.binary, "--home", str(self.home), *arguments], capture_output=True, text=True, timeout=60, **options
        )

    def new_key(self, *arguments):
        made = self.run("key", "create", "--json", *arguments)
        assert made.returncode == 0, made.stderr
        return json.loads(made.stdout)["key"]

    def post(self, path, body, key=None, headers=None):
        """A call without any SDK: status, headers, body."""
        request = urllib.request.Request(self.url + path, data=json.dumps(body).encode(), method="POST")
        request.add_header("content-type", "application/json")
        request.add_header("authorization", f"Bearer {key or self.key}")
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, dict(answer.headers), answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, dict(error.headers), error.read().decode()


def binary():
    path = os.environ.get("REDOUBT_BINARY")
    if not path or not pathlib.Path(path).exists():
        pytest.fail("REDOUBT_BINARY names no file: run `cargo xtask test sdk`, which builds it")
    return path


def start(folder, configuration=CONFIGURATION, environment=None):
    """Starts a server in `folder` and waits until it says where it listens."""
    home, file = folder / "home", folder / "redoubt.toml"
    file.write_text(configuration)
    log = folder / "log.txt"
    process = subprocess.Popen(
        [binary(), "--home", str(home), "--config", str(file), "serve"],
        stderr=open(log, "a"), stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
        env={**os.environ, **(environment or {})},
    )
    offset = log.stat().st_size
    for _ in range(400):
        said = log.read_text()[offset:]
        data = re.search(r"models\s+https?://([0-9.:]+)/v1", said)
        admin = re.search(r"health\s+http://([0-9.:]+)/readyz", said)
        if data and admin:
            return Redoubt(binary(), home, process, data[1], admin[1], log)
        if process.poll() is not None:
            pytest.fail(f"redoubt ended with {process.returncode}:\n{said}")
        time.sleep(0.025)
    process.kill()
    pytest.fail(f"redoubt did not start:\n{said}")


def stop(server):
    server.process.terminate()
    assert server.process.wait(timeout=60) == 0, server.log.read_text()
    verified = server.run("audit", "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr


@pytest.fixture(scope="session")
def redoubt(tmp_path_factory):
    server = start(tmp_path_factory.mktemp("redoubt"))
    server.key = server.new_key("--name", "tests")
    wait_for_key(server)
    yield server
    stop(server)


def wait_for_key(server, key=None):
    """A key that another process made is known within seconds."""
    for _ in range(100):
        request = urllib.request.Request(server.url + "/v1/models")
        request.add_header("authorization", f"Bearer {key or server.key}")
        try:
            urllib.request.urlopen(request, timeout=5)
            return
        except urllib.error.HTTPError:
            time.sleep(0.1)
    pytest.fail("the new key did not become valid")
