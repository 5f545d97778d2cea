#!/usr/bin/env python3
"""Turns what `redoubt-training rows` prints into `rows.jsonl`: a text, whether it is an attack, and which texts were made of one
template, which must not be parted.

    cargo run --release -p redoubt-training -- rows --seed 1 --per-family 12 | examples/guard/prepare.py > examples/guard/rows.jsonl

With `--per-family 300` there are twenty thousand rows and more: `redoubt pipeline run examples/guard/pipeline.toml --set path=FILE`.
"""

import json
import sys

seen = set()
for line in sys.stdin:
    row = json.loads(line)
    # Rows of other questions say nothing about attacks.
    if "request-attack" not in row["known"] and "document-attack" not in row["known"]:
        continue
    if row["text"] in seen:
        continue
    seen.add(row["text"])
    is_attack = "request-attack" in row["truth"] or "document-attack" in row["truth"]
    label = "attack" if is_attack else "harmless"
    kept = {"text": row["text"], "label": label, "language": row["language"], "group": row["group"]}
    print(json.dumps(kept, ensure_ascii=False))
