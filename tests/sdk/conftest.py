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

[routes.polite]
models = ["polite"]
on_block = "refusal"
refusal_text = "I would rather not."

[routes.default]

[retries]
attempts = 2
"""


class Redoubt:
    def __init__(self, binary, home, process, data, admin, key):
        self.binary, self.home, self.process = binary, home, process
        self.url, self.admin, self.key = f"http://{data}", f"http://{admin}", key

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


@pytest.fixture(scope="session")
def redoubt(tmp_path_factory):
    binary = os.environ.get("REDOUBT_BINARY")
    if not binary or not pathlib.Path(binary).exists():
        pytest.fail("REDOUBT_BINARY names no file: run `cargo xtask test sdk`, which builds it")
    folder = tmp_path_factory.mktemp("redoubt")
    home, configuration = folder / "home", folder / "redoubt.toml"
    configuration.write_text(CONFIGURATION)
    log = open(folder / "log.txt", "w+")
    process = subprocess.Popen(
        [binary, "--home", str(home), "--config", str(configuration), "serve"],
        stderr=log, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
    )
    said = ""
    for _ in range(200):
        said = pathlib.Path(log.name).read_text()
        data = re.search(r"models\s+http://([0-9.:]+)/v1", said)
        admin = re.search(r"health\s+http://([0-9.:]+)/readyz", said)
        if data and admin:
            break
        if process.poll() is not None:
            pytest.fail(f"redoubt ended with {process.returncode}:\n{said}")
        time.sleep(0.05)
    else:
        process.kill()
        pytest.fail(f"redoubt did not start:\n{said}")
    server = Redoubt(binary, home, process, data[1], admin[1], None)
    server.key = server.new_key("--name", "tests")
    wait_for_key(server)
    yield server
    process.terminate()
    assert process.wait(timeout=60) == 0, pathlib.Path(log.name).read_text()
    verified = server.run("audit", "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr


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
