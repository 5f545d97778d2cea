"""Compares Redoubt's learners with scikit-learn and LightGBM: quality and time on the same splits, in one run.

    python tests/peers/learners.py DATA [--rounds N] [--threads N] [--only WORD] [--markdown FILE]

DATA is a folder with `adult.data`, `bank-full.csv` and `german_data_credit.csv` somewhere below it (Adult and Bank
Marketing of the UCI archive, German Credit with names for its codes). Further sets are generated. The first run makes
a virtual environment beside the build and puts the peers into it; `cargo` builds the example `bench_learners`.

Each set is cut into three quarters for training and a quarter for the test, shuffled by a fixed seed. Categories are
whole numbers in the order of their names; for linear models and neighbours they are one column each (0 or 1), and all
columns are standardised with the mean and deviation of the training rows. Both sides get the same numbers. A round
runs ours and the peer one after the other; times are medians of the rounds, ratios are medians of the rounds' ratios.
Both sides have the same number of threads. A time is that of the call alone: fitting includes sorting into bins. With
one thread it is processor time on both sides, so that it does not matter what else the machine does.
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
PACKAGES = ["numpy==2.4.6", "scipy", "scikit-learn==1.9.1", "lightgbm==4.7.0"]


def in_environment():
    """Runs this file again with the peers' environment, made if it is not there."""
    home = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "peers-learners"
    python = home / "bin" / "python"
    if not python.exists():
        venv.create(home, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
    os.execve(python, [str(python), *sys.argv], {**os.environ, "REDOUBT_PEERS": "1"})


# Threads of the peers are set before they are loaded.
def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--only", default="", help="only comparisons whose line has this word")
    parser.add_argument("--markdown", type=Path)
    return parser.parse_args()


def read_named(path, label, positive, delimiter=",", header=None):
    """Rows as numbers, the class of each, and which columns are categories."""
    import numpy as np

    with open(path, encoding="utf-8") as file:
        rows = [[field.strip() for field in row] for row in csv.reader(file, delimiter=delimiter) if row]
    names = header or rows.pop(0)
    at = names.index(label)
    y = np.array([float(row[at] == positive) for row in rows])
    columns, categorical = [], []
    for place, name in enumerate(names):
        if place == at:
            continue
        fields = [row[place] for row in rows]
        try:
            column = [float(field) for field in fields]
        except ValueError:
            order = {name: number for number, name in enumerate(sorted(set(fields)))}
            column = [float(order[field]) for field in fields]
            categorical.append(len(columns))
        columns.append(column)
    return np.array(columns).T.copy(), y, categorical


ADULT = (
    "age workclass fnlwgt education education-num marital-status occupation relationship race sex "
    "capital-gain capital-loss hours-per-week native-country income"
).split()


def sets(data):
    """Name, rows, targets, columns of categories, task."""
    from sklearn.datasets import make_classification, make_regression

    def find(name):
        return next(data.rglob(name))

    yield "Adult", *read_named(find("adult.data"), "income", ">50K", header=ADULT), "classes"
    yield "Bank", *read_named(find("bank-full.csv"), "y", "yes"), "classes"
    yield "German credit", *read_named(find("german_data_credit.csv"), "class-label", "1"), "classes"
    x, y = make_classification(60_000, 28, n_informative=14, n_redundant=6, flip_y=0.05, class_sep=0.7, random_state=1)
    yield "generated, 2 classes", x, y.astype(float), [], "classes"
    x, y = make_classification(
        20_000, 20, n_informative=12, n_classes=5, n_clusters_per_class=2, flip_y=0.02, random_state=2
    )
    yield "generated, 5 classes", x, y.astype(float), [], "classes"
    x, y = make_regression(20_000, 20, n_informative=10, noise=20.0, random_state=3)
    y = y + 80.0 * (x[:, 0] * x[:, 1] > 0)
    yield "generated, numbers", x, y, [], "numbers"


def split(x, y):
    import numpy as np

    order = np.random.default_rng(7).permutation(len(y))
    cut = len(y) * 3 // 4
    return x[order[:cut]], y[order[:cut]], x[order[cut:]], y[order[cut:]]


def one_hot(x, categorical):
    """Each category as a column."""
    import numpy as np

    columns = []
    for at in range(x.shape[1]):
        if at in categorical:
            columns += [(x[:, at] == value).astype(float) for value in np.unique(x[:, at])]
        else:
            columns.append(x[:, at])
    return np.array(columns).T.copy()


def standardised(train, test):
    deviation = train.std(axis=0)
    keep = deviation > 0
    mean = train[:, keep].mean(axis=0)
    return (train[:, keep] - mean) / deviation[keep], (test[:, keep] - mean) / deviation[keep]


def comparisons(task, classes, threads):
    """Learner of ours with parameters, the peer's name, the peer, and how the table is prepared."""
    import lightgbm
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

    import numpy as np

    class Lgbm:
        """The scikit-learn interface of LightGBM without its checks of column names."""

        def __init__(self, categorical):
            self.parameters = {"num_threads": threads, "verbose": -1, "seed": 1, "objective": "regression"}
            if task == "classes":
                self.parameters["objective"] = "binary" if classes == 2 else "multiclass"
            if classes > 2:
                self.parameters["num_class"] = classes
            self.categorical = categorical

        def fit(self, x, y):
            data = lightgbm.Dataset(x, y, categorical_feature=self.categorical or "auto")
            self.booster = lightgbm.train(self.parameters, data, num_boost_round=100)

        def predict_proba(self, x):
            scores = self.booster.predict(x, num_threads=threads)
            return np.stack([1 - scores, scores], axis=1) if classes == 2 else scores

        predict = predict_proba if task == "classes" else lambda self, x: self.booster.predict(x, num_threads=threads)

    if task == "numbers":
        yield "gradient_boosting", {"task": "numbers"}, "LightGBM", lambda c: Lgbm(c), "codes"
        forest = lambda _: RandomForestRegressor(n_jobs=threads, random_state=1)
        yield "random_forest", {"task": "numbers"}, "scikit-learn", forest, "codes"
        ridge = lambda _: Ridge(alpha=1.0)
        yield "linear_regression", {"task": "numbers", "l2": 1.0, "standardize": "false"}, "scikit-learn", ridge, "one-hot"
        near = lambda _: KNeighborsRegressor(5, n_jobs=threads)
        yield "k_nearest_neighbors", {"task": "numbers", "standardize": "false"}, "scikit-learn", near, "one-hot"
        return
    yield "gradient_boosting", {"categorical": True}, "LightGBM", lambda c: Lgbm(c), "codes"
    forest = lambda _: RandomForestClassifier(n_jobs=threads, random_state=1)
    yield "random_forest", {}, "scikit-learn", forest, "codes"
    logistic = lambda _: LogisticRegression(C=1.0, max_iter=1000)
    yield "logistic_regression", {"l2": 1.0, "standardize": "false"}, "scikit-learn", logistic, "one-hot"
    near = lambda _: KNeighborsClassifier(15, n_jobs=threads)
    yield "k_nearest_neighbors", {"neighbors": 15, "standardize": "false"}, "scikit-learn", near, "one-hot"


def write(path, x, y):
    import numpy as np

    np.savetxt(path, np.column_stack([y, x]), fmt="%.17g", delimiter=",")


def quality(task, classes, y, scores):
    """AUC for two classes, mean one-against-rest AUC for more, R2 for numbers."""
    from sklearn.metrics import r2_score, roc_auc_score

    if task == "numbers":
        return r2_score(y, scores.reshape(len(y)))
    if classes == 2:
        return roc_auc_score(y, scores[:, 1])
    return roc_auc_score(y, scores, multi_class="ovr")


def main():
    options = arguments()
    if "REDOUBT_PEERS" not in os.environ:
        for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
            os.environ[name] = str(options.threads)
        in_environment()
    import numpy as np

    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    build = ["cargo", "build", "--quiet", "--release", "-p", "redoubt-learn", "--example", "bench_learners"]
    subprocess.run(build, check=True, cwd=ROOT)
    ours = target / "release" / "examples" / "bench_learners"
    work = target / "peers-learners" / "data"
    work.mkdir(exist_ok=True)

    lines = [
        "| set | rows x columns | learner | peer | quality | peer's | difference | fit ms | of peer's | predict ms | of peer's |",
        "|---|---|---|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    print("\n".join(lines), flush=True)
    for name, x, y, categorical, task in sets(options.data):
        classes = 1 if task == "numbers" else int(y.max()) + 1
        codes = split(x, y)
        for learner, parameters, peer, make, form in comparisons(task, classes, options.threads):
            if options.only not in f"{name} {learner} {peer}":
                continue
            x_train, y_train, x_test, y_test = codes
            if form == "one-hot":
                x_train, y_train, x_test, y_test = split(one_hot(x, categorical), y)
                x_train, x_test = standardised(x_train, x_test)
            train, test, out = work / "train.csv", work / "test.csv", work / "scores.csv"
            write(train, x_train, y_train)
            write(test, x_test, y_test)
            parameters = dict(parameters)
            if parameters.pop("categorical", False) and categorical:
                parameters["categorical_columns"] = ",".join(map(str, categorical))
            command = [ours, learner, train, test, out, str(options.threads)]
            command += [f"{key}={value}" for key, value in parameters.items()]
            times = []
            for _ in range(options.rounds):
                answer = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
                model = make(categorical)
                clock = time.process_time if options.threads == 1 else time.perf_counter
                begun = clock()
                model.fit(x_train, y_train)
                fitted = clock()
                scores = model.predict(x_test) if task == "numbers" else model.predict_proba(x_test)
                done = clock()
                times.append((answer["fit_seconds"], fitted - begun, answer["predict_seconds"], done - fitted))
            our_scores = np.loadtxt(out, delimiter=",", ndmin=2)
            mine, theirs = quality(task, classes, y_test, our_scores), quality(task, classes, y_test, np.asarray(scores))
            fit = statistics.median(time[0] for time in times) * 1000
            fit_ratio = statistics.median(time[0] / time[1] for time in times)
            predict = statistics.median(time[2] for time in times) * 1000
            predict_ratio = statistics.median(time[2] / time[3] for time in times)
            line = (
                f"| {name} | {len(y)} x {x_train.shape[1]} | `{learner}` | {peer} | {mine:.4f} | {theirs:.4f} "
                f"| {mine - theirs:+.4f} | {fit:.0f} | {fit_ratio:.2f} | {predict:.1f} | {predict_ratio:.2f} |"
            )
            lines.append(line)
            print(line, flush=True)
    if options.markdown:
        options.markdown.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
