"""Runs one detector of somebody else over rows, and says what it found and how much processor time that took.

    python detect.py TOOL ROWS

ROWS has a JSON object {"id", "text"} in each line. One JSON object comes out: {"tool", "rows", "cpu_seconds",
"found": [[id, start, end, label], ...]} with places in bytes. Loading and a short warm-up are not counted. Places are
those the tool gives; where it gives only a value, each occurrence of the value in the text.
"""

import json
import sys
import tempfile
import time
import types
from importlib.util import find_spec

# So many rows are looked at before the clock starts: caches fill and patterns compile.
WARM_UP = 50


def presidio():
    """Pattern recognisers alone: names need a language model, which costs a hundred times as much."""
    import tldextract
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import NoOpNlpEngine

    # The list of domains that comes with the package: nothing is fetched.
    tldextract.extract = tldextract.TLDExtract(suffix_list_urls=())
    registry = RecognizerRegistry(supported_languages=["en"])
    registry.load_predefined_recognizers(languages=["en"])
    registry.remove_recognizer("SpacyRecognizer")
    nothing = NoOpNlpEngine([{"lang_code": "en", "model_name": "none"}])
    nothing.load()
    engine = AnalyzerEngine(registry=registry, nlp_engine=nothing, supported_languages=["en"])

    def detect(text):
        # 0.4 is the threshold of Presidio's own evaluation.
        found = engine.analyze(text=text, language="en", score_threshold=0.4)
        return [(one.start, one.end, one.entity_type) for one in found]

    return detect


def detect_secrets():
    """Every plugin it comes with, on a file, as it is made for: its check of a single line suspects every word."""
    from detect_secrets.core.scan import scan_file
    from detect_secrets.settings import default_settings

    # They hold as long as this lives.
    settings = default_settings()
    settings.__enter__()

    file = tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".txt")

    def detect(text):
        file.seek(0)
        file.truncate()
        file.write(text)
        file.flush()
        return [place for secret in scan_file(file.name) for place in places(text, secret.secret_value, secret.type)]

    detect.settings = settings
    return detect


def llm_guard():
    """The scanner `Secrets`. The package's own beginning is passed over, since it loads every model library."""
    root = find_spec("llm_guard").submodule_search_locations[0]
    for name, path in (("llm_guard", root), ("llm_guard.input_scanners", f"{root}/input_scanners")):
        package = types.ModuleType(name)
        package.__path__ = [path]
        sys.modules[name] = package
    import logging

    import structlog

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    from llm_guard.input_scanners.secrets import Secrets

    scanner = Secrets()

    def detect(text):
        _, is_clean, _ = scanner.scan(text)
        return [] if is_clean else [(0, len(text), "SECRET")]

    return detect


TOOLS = {"presidio": presidio, "detect-secrets": detect_secrets, "llm-guard": llm_guard}


def places(text, value, label):
    """Each occurrence of a value."""
    found = []
    start = text.find(value) if value else -1
    while start >= 0:
        found.append((start, start + len(value), label))
        start = text.find(value, start + len(value))
    return found


def main():
    tool, path = sys.argv[1:]
    with open(path, encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    detect = TOOLS[tool]()
    for row in rows[:WARM_UP]:
        detect(row["text"])
    begun = time.process_time()
    answers = [detect(row["text"]) for row in rows]
    cpu_seconds = time.process_time() - begun

    found = []
    for row, answer in zip(rows, answers):
        text = row["text"]
        for start, end, label in answer:
            found.append([row["id"], len(text[:start].encode()), len(text[:end].encode()), label])
    json.dump({"tool": tool, "rows": len(rows), "cpu_seconds": cpu_seconds, "found": found}, sys.stdout)


if __name__ == "__main__":
    main()
