"""Runs the 22 queries of TPC-H with Redoubt and with DuckDB on the same Parquet files: answers and times, in one run.

    python tests/peers/tpch.py [--scale 1] [--rounds N] [--threads N] [--memory BYTES] [--markdown FILE] [--binary FILE]

`cargo` builds the example `tpch` of the crate `lake`, which makes the data (to the byte as `dbgen` does) and runs our
side; the first run makes a virtual environment beside the build and puts DuckDB into it. Both sides read the Parquet
files for each query and have the same number of threads. A round runs all of ours and then all of DuckDB's; the time of
a query is the median of its rounds. At the end ours runs once more with 1 GB of memory, and must finish.

Answers are compared as sets of rows; numbers may differ by a millionth of their size, since sums of doubles depend on
their order. At scale factor 1 ours are compared with the answers that come with `dbgen`, too. The exit code is 1 if any
answer differs.
"""

import argparse
import csv
import json
import os
import statistics
import subprocess
import sys
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
QUERIES = [(ROOT / f"crates/lake/tests/tpch/q{n:02}.sql").read_text() for n in range(1, 23)]
TABLES = ["customer", "lineitem", "nation", "orders", "part", "partsupp", "region", "supplier"]


def in_environment():
    """Runs this file again with DuckDB's environment, made if it is not there."""
    home = TARGET / "peers-tpch"
    python = home / "bin" / "python"
    if not python.exists():
        venv.create(home, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "duckdb==2.0.1"], check=True)
    os.execve(python, [str(python), *sys.argv], {**os.environ, "REDOUBT_PEERS": "1"})


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", default="1")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--memory", type=int, default=1_000_000_000, help="of the last run of ours, in bytes")
    parser.add_argument("--markdown", type=Path)
    parser.add_argument("--binary", type=Path, help="the example, if it is built already")
    return parser.parse_args()


def ours(binary, data, threads, memory, answers):
    """Seconds for each query; rows are in `answers`."""
    output = subprocess.run(
        [binary, "run", data, str(threads), str(memory), answers], check=True, capture_output=True, text=True
    )
    lines = [json.loads(line) for line in output.stdout.splitlines()]
    for line in lines:
        if "error" in line:
            print(f"query {line['query']} failed: {line['error']}")
    return lines


def cell(value):
    """A cell that can be compared: a number, or text."""
    text = "" if value is None else str(value)
    try:
        return float(text)
    except ValueError:
        return text


def rows_of(path):
    with open(path, newline="") as file:
        return [[cell(value) for value in row] for row in list(csv.reader(file))[1:]]


def is_same(one, other):
    def key(row):
        return [(0, round(value, 2), "") if isinstance(value, float) else (1, 0.0, value) for value in row]

    def close(left, right):
        if isinstance(left, float) and isinstance(right, float):
            return abs(left - right) <= 1e-6 * max(1.0, abs(left), abs(right))
        return left == right

    if len(one) != len(other):
        return False
    pairs = zip(sorted(one, key=key), sorted(other, key=key))
    return all(len(left) == len(right) and all(map(close, left, right)) for left, right in pairs)


def main():
    if "REDOUBT_PEERS" not in os.environ:
        in_environment()
    import duckdb

    options = arguments()
    binary = options.binary
    if binary is None:
        subprocess.run(["cargo", "build", "--release", "-p", "redoubt-lake", "--example", "tpch"], check=True, cwd=ROOT)
        binary = TARGET / "release/examples/tpch"
    data = TARGET / "tpch" / f"sf{options.scale}"
    if not (data / "supplier.parquet").exists():
        subprocess.run([binary, "generate", data, options.scale], check=True)
    answers = TARGET / "tpch" / "answers"

    connection = duckdb.connect(config={"threads": options.threads})
    for table in TABLES:
        connection.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet('{data / table}.parquet')")

    times = {"ours": [[] for _ in QUERIES], "duckdb": [[] for _ in QUERIES]}
    different = []
    for _ in range(options.rounds):
        for line in ours(binary, data, options.threads, 16 << 30, answers):
            times["ours"][line["query"] - 1].append(line["seconds"])
        for at, sql in enumerate(QUERIES):
            begun = time.perf_counter()
            rows = connection.execute(sql).fetchall()
            times["duckdb"][at].append(time.perf_counter() - begun)
            theirs = [[cell(value) for value in row] for row in rows]
            if not is_same(rows_of(answers / f"q{at + 1:02}.csv"), theirs) and at + 1 not in different:
                different.append(at + 1)
    if options.scale == "1":
        checked = subprocess.run([binary, "check", answers], capture_output=True, text=True)
        print(checked.stdout.strip())
        if checked.returncode != 0:
            different.append("the answers of dbgen")
    small = ours(binary, data, options.threads, options.memory, TARGET / "tpch" / "answers-small")
    failed = [line["query"] for line in small if "error" in line]
    for at in range(len(QUERIES)):
        path = f"q{at + 1:02}.csv"
        if at + 1 not in failed and not is_same(rows_of(answers / path), rows_of(TARGET / "tpch/answers-small" / path)):
            different.append(f"{at + 1} in little memory")

    lines = [
        "| query | ours, s | DuckDB, s | ratio | ours in 1 GB, s |",
        "|---|---:|---:|---:|---:|",
    ]
    totals = [0.0, 0.0, 0.0]
    for at in range(len(QUERIES)):
        mine, theirs = (statistics.median(times[side][at]) for side in ("ours", "duckdb"))
        little = small[at]["seconds"]
        shown = "failed" if at + 1 in failed else f"{little:.2f}"
        lines.append(f"| {at + 1} | {mine:.2f} | {theirs:.2f} | {mine / theirs:.2f} | {shown} |")
        totals = [total + value for total, value in zip(totals, (mine, theirs, little))]
    lines.append(
        f"| all | {totals[0]:.2f} | {totals[1]:.2f} | **{totals[0] / totals[1]:.2f}** | {totals[2]:.2f} |"
    )
    print("\n".join(lines))
    if options.markdown:
        options.markdown.write_text("\n".join(lines) + "\n")
    print("every answer is the same" if not different else f"different: {different}")
    return 1 if different or failed else 0


if __name__ == "__main__":
    sys.exit(main())
