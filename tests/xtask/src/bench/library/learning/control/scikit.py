"""Trains scikit-learn's MLPClassifier, and prints how accurate it is after how many forward passes.

Reads a JSON object from standard input, and prints a line for each of its splits: a JSON list of pairs, passes and
accuracy on the test part. A sample that is trained on counts as three passes.
"""

import json
import multiprocessing
import os
import sys

# One process a split is enough for all cores.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy  # noqa: E402
from sklearn.neural_network import MLPClassifier  # noqa: E402

TASK = json.load(sys.stdin)
ROWS = numpy.array(TASK["rows"], dtype=numpy.float32).reshape(len(TASK["labels"]), -1) / 16
LABELS = numpy.array(TASK["labels"])


def learn(part):
    train, test, seed = numpy.array(part["train"]), numpy.array(part["test"]), part["seed"]
    model = MLPClassifier(hidden_layer_sizes=TASK["hidden"], random_state=seed)
    order, batch = numpy.random.RandomState(seed), TASK["batch"]
    looks, passes, next_look = [], 0, 0
    for epoch in range(TASK["epochs"]):
        shuffled = order.permutation(train)
        for start in range(0, len(shuffled), batch):
            rows = shuffled[start : start + batch]
            model.partial_fit(ROWS[rows], LABELS[rows], classes=range(TASK["classes"]))
            passes += 3 * len(rows)
            if passes >= next_look:
                looks.append((passes, model.score(ROWS[test], LABELS[test])))
                next_look = max(passes + passes // 12, 2000)
    looks.append((passes, model.score(ROWS[test], LABELS[test])))
    return looks


if __name__ == "__main__":
    with multiprocessing.get_context("fork").Pool() as pool:
        for looks in pool.imap(learn, TASK["parts"]):
            print(json.dumps(looks), flush=True)
