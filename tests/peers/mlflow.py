"""Compares Redoubt's tracking with MLflow's own server: requests a second and memory, in one run.

    python tests/peers/mlflow.py --binary PATH [--rounds N] [--seconds S] [--markdown FILE]

PATH is a release build of `redoubt`. The first run makes a virtual environment beside the build and puts the real
server into it. Both servers start on empty folders with SQLite, one worker, and plain HTTP on loopback; ours asks for a
key with every request, the other for nothing. One client with one connection that is kept alive sends the bytes that
MLflow's client would, without that client's own work, so that it is the servers that are compared. A round does each
call for S seconds on one server and then on the other, and the order changes with each round; figures are medians of
the rounds, ratios are medians of the rounds' ratios. Latencies are of all rounds together.
"""

import argparse
import http.client
import json
import os
import pathlib
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import venv

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGES = ["mlflow==3.17.2"]


def in_environment():
    """The Python of the real server's environment, made if it is not there."""
    home = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "peers-mlflow"
    python = home / "bin" / "python"
    if not (home / "bin" / "mlflow").exists():
        venv.create(home, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
    return python


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Server:
    """A server that runs, and one connection to it."""

    def __init__(self, name, process, port, key=None):
        self.name, self.process, self.port = name, process, port
        self.headers = {"content-type": "application/json"}
        if key:
            self.headers["authorization"] = f"Bearer {key}"
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def ask(self, method, path, body=None):
        body = json.dumps(body).encode() if isinstance(body, (dict, list)) else body
        self.connection.request(method, path, body, self.headers)
        answer = self.connection.getresponse()
        content = answer.read()
        assert answer.status == 200, (self.name, path, answer.status, content[:300])
        return content

    def post(self, path, body):
        return json.loads(self.ask("POST", f"/api/2.0/mlflow/{path}", body))

    def memory(self):
        """Resident memory of the process and everything it started, in MiB."""
        children = {}
        for entry in pathlib.Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
                except OSError:
                    continue
                children.setdefault(int(fields[1]), []).append(int(entry.name))
        wanted, total = [self.process.pid], 0
        while wanted:
            pid = wanted.pop()
            wanted += children.get(pid, [])
            for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
                if line.startswith("VmRSS"):
                    total += int(line.split()[1])
        return total / 1024


def wait(server):
    for _ in range(3000):
        try:
            server.ask("GET", "/health")
            return server
        except (OSError, http.client.HTTPException, AssertionError):
            server.connection.close()
            if server.process.poll() is not None:
                sys.exit(f"{server.name} ended with {server.process.returncode}")
            time.sleep(0.1)
    server.process.terminate()
    sys.exit(f"{server.name} did not start")


def start_theirs(python, folder):
    port = free_port()
    process = subprocess.Popen(
        [python.parent / "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1",
         "--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--artifacts-destination", f"{folder}/artifacts"],
        cwd=folder, stdout=subprocess.DEVNULL, stderr=open(folder / "log.txt", "w"),
        env={**os.environ, "PATH": f"{python.parent}:{os.environ['PATH']}"},
    )
    return wait(Server("mlflow", process, port))


def start_ours(binary, folder):
    port = free_port()
    (folder / "redoubt.toml").write_text(f'listen = "127.0.0.1:0"\nadmin_listen = "127.0.0.1:{port}"\n')
    here = ["--home", str(folder / "home"), "--config", str(folder / "redoubt.toml")]
    made = subprocess.run([binary, *here, "key", "create", "--can", "track", "--json"], capture_output=True, check=True)
    key = json.loads(made.stdout)["key"]
    process = subprocess.Popen([binary, *here, "serve"], stdout=subprocess.DEVNULL, stderr=open(folder / "log.txt", "w"))
    return wait(Server("redoubt", process, port, key))


def calls(server):
    """The calls that are measured: a name and what does it once, given how often it was done before."""
    experiment = server.post("experiments/create", {"name": f"bench {time.time_ns()}"})["experiment_id"]
    create = {"experiment_id": experiment, "user_id": "bench", "start_time": 1_795_376_378_955,
              "tags": [{"key": "mlflow.user", "value": "bench"}, {"key": "mlflow.source.name", "value": "bench.py"}]}
    run = server.post("runs/create", create)["run"]["info"]["run_id"]
    now = 1_795_376_380_000
    server.post("runs/log-batch", {"run_id": run, "params": [{"key": f"p{n}", "value": str(n)} for n in range(20)],
                                   "metrics": [{"key": f"m{n}", "value": n, "timestamp": now, "step": 0} for n in range(20)]})
    searched = server.post("experiments/create", {"name": f"search {time.time_ns()}"})["experiment_id"]
    for n in range(200):
        one = server.post("runs/create", {**create, "experiment_id": searched})["run"]["info"]["run_id"]
        server.post("runs/log-batch", {"run_id": one, "params": [{"key": "lr", "value": "0.1"}],
                                       "metrics": [{"key": "acc", "value": n / 200, "timestamp": now, "step": 0}]})
    artifact = f"/api/2.0/mlflow-artifacts/artifacts/{experiment}/{run}/artifacts/large.bin"
    megabyte = os.urandom(1 << 20)
    server.ask("PUT", artifact, megabyte)
    metric = lambda n: {"run_uuid": run, "run_id": run, "key": "loss", "value": 0.5, "timestamp": now + n, "step": n}
    batch = lambda n: {"run_id": run, "metrics": [
        {"key": f"b{m % 10}", "value": 0.5, "timestamp": now + n * 1_000 + m, "step": n * 1_000 + m} for m in range(1_000)
    ]}
    search = {"experiment_ids": [searched], "filter": "metrics.acc >= 0.5 AND params.lr = '0.1'",
              "order_by": ["metrics.acc DESC"], "max_results": 100}
    return {
        "runs/log-metric": lambda n: server.post("runs/log-metric", metric(n)),
        "runs/log-batch, 1,000 metrics": lambda n: server.post("runs/log-batch", batch(n)),
        "runs/create": lambda n: server.post("runs/create", create),
        "runs/get, 20 params and metrics": lambda n: server.ask("GET", f"/api/2.0/mlflow/runs/get?run_id={run}"),
        "runs/search, 100 of 200": lambda n: server.post("runs/search", search),
        "artifact PUT, 1 MiB": lambda n: server.ask("PUT", artifact, megabyte),
        "artifact GET, 1 MiB": lambda n: server.ask("GET", artifact),
    }


def measure(call, seconds, done):
    """Latencies of one call for so many seconds, twice at least."""
    latencies, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end or len(latencies) < 2:
        begun = time.perf_counter()
        call(done + len(latencies))
        latencies.append(time.perf_counter() - begun)
    return latencies


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=pathlib.Path, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--markdown", type=pathlib.Path)
    arguments = parser.parse_args()
    python = in_environment()
    base = pathlib.Path(tempfile.mkdtemp(prefix="redoubt-mlflow-"))
    folders = [base / name for name in ("theirs", "ours")]
    for folder in folders:
        folder.mkdir()
    servers = []
    try:
        servers.append(start_theirs(python, folders[0]))
        servers.append(start_ours(arguments.binary.resolve(), folders[1]))
        table = report(servers, arguments)
    finally:
        for server in servers:
            server.process.terminate()
            server.process.wait(timeout=60)
        shutil.rmtree(base, ignore_errors=True)
    print(table)
    if arguments.markdown:
        arguments.markdown.write_text(table + "\n")


def report(servers, arguments):
    all_calls = [calls(server) for server in servers]
    latencies = {name: ([], []) for name in all_calls[0]}
    rates = {name: ([], []) for name in all_calls[0]}
    for round_ in range(arguments.rounds):
        for name in all_calls[0]:
            for which in ((0, 1) if round_ % 2 == 0 else (1, 0)):
                # A server lets go of a connection that was idle while the other one was measured.
                servers[which].connection.close()
                servers[which].ask("GET", "/health")
                found = measure(all_calls[which][name], arguments.seconds, len(latencies[name][which]))
                latencies[name][which].extend(found)
                rates[name][which].append(len(found) / sum(found))
        print(f"round {round_ + 1} of {arguments.rounds}", file=sys.stderr)
    lines = ["| call, one client | MLflow 3.17.2, a second | p50, p95 ms | Redoubt, a second | p50, p95 ms | ratio |",
             "|---|---|---|---|---|---|"]
    for name in all_calls[0]:
        cells = []
        for which in (0, 1):
            ordered = sorted(latencies[name][which])
            at = lambda share: 1_000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]
            cells += [f"{statistics.median(rates[name][which]):,.1f}", f"{at(0.5):.2f}, {at(0.95):.2f}"]
        ratio = statistics.median(ours / theirs for theirs, ours in zip(*rates[name]))
        lines.append(f"| {name} | {' | '.join(cells)} | {ratio:.1f} |")
    theirs, ours = (server.memory() for server in servers)
    lines.append(f"| memory after it, MiB | {theirs:,.0f} | | {ours:,.0f} | | {theirs / ours:.1f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
