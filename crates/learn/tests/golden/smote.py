"""Writes smote.json: what imbalanced-learn makes of small classes, with the neighbours and the chance that it used.

    pip install imbalanced-learn==0.14.2
    python crates/learn/tests/golden/smote.py
"""

import json
import pathlib

import numpy
from imblearn.over_sampling import SMOTE, SMOTENC

NEIGHBOURS = 5


def spy(kind):
    """The sampler with what it draws written down."""

    class Spy(kind):
        def _generate_samples(self, X, nn_data, nn_num, rows, cols, steps, *rest, **named):
            self.seen = {"neighbours": nn_num.tolist(), "rows": rows.tolist(), "cols": cols.tolist()}
            self.seen["steps"] = steps.ravel().tolist()
            return super()._generate_samples(X, nn_data, nn_num, rows, cols, steps, *rest, **named)

    return Spy


def case(sampler, X, y, numbers):
    made, _ = sampler.fit_resample(X, y)
    made = made[len(X):]
    columns = lambda table, which: [table[:, at].tolist() for at in which]
    categories = [at for at in range(X.shape[1]) if at not in numbers]
    whole = lambda columns: [[int(cell) for cell in column] for column in columns]
    return {
        "labels": y.tolist(),
        "numbers": columns(X, numbers),
        "categories": whole(columns(X, categories)),
        "made_numbers": columns(made, numbers),
        "made_categories": whole(columns(made, categories)),
        **sampler.seen,
    }


random = numpy.random.default_rng(7)
y = numpy.array([0] * 40 + [1] * 14)
X = numpy.round(random.normal(size=(54, 3)) * [1.0, 2.5, 0.4] + y[:, None], 3)
plain = case(spy(SMOTE)(sampling_strategy={1: 40}, k_neighbors=NEIGHBOURS, random_state=3), X, y, [0, 1, 2])
X = numpy.hstack([X, random.integers(0, 3, (54, 1)), random.integers(0, 2, (54, 1))])
sampler = spy(SMOTENC)([3, 4], sampling_strategy={1: 40}, k_neighbors=NEIGHBOURS, random_state=3)
mixed = case(sampler, X, y, [0, 1, 2])
path = pathlib.Path(__file__).with_name("smote.json")
path.write_text(json.dumps({"k": NEIGHBOURS, "smote": plain, "smote_nc": mixed}) + "\n")
