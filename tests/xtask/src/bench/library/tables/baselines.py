# Trains LogisticRegression and MLPClassifier((64,)) behind StandardScaler, run to convergence, on rows of a
# file, and prints for each which of the held-out rows it answers rightly. Standard input: the file, the rows
# of both parts, and whether the first model is enough.
import json
import sys
import warnings

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

warnings.filterwarnings("ignore")
task = json.load(sys.stdin)
lines = [line.strip() for line in open(task["file"]) if line.strip()]
train, test = task["train"], task["test"]

if task["file"].endswith(".ts"):
    data = next(at for at, line in enumerate(lines) if line.lower() == "@data")
    series = [[part.split(",") for part in line.split(":")] for line in lines[data + 1 :]]
    labels = [parts.pop()[0] for parts in series]
    # The same numbers as the program has: padded at the end with the last value, or cut.
    longest = max(len(dimension) for row in train for dimension in series[row])
    pad = lambda values: (values + [values[-1]] * longest)[:longest]
    rows = [[value for dimension in parts for value in pad(dimension)] for parts in series]
else:
    rows = [line.split(",") for line in lines]
    labels = [row.pop() for row in rows]

x, y = np.array(rows, dtype=float), np.array(labels)
models = [LogisticRegression(max_iter=5000)]
if not task.get("linear"):
    models.append(MLPClassifier((64,), max_iter=2000, random_state=task["seed"]))
for model in models:
    model = make_pipeline(StandardScaler(), model).fit(x[train], y[train])
    print(json.dumps([label == said for label, said in zip(y[test], model.predict(x[test]))], default=bool))
print(json.dumps([str(label) for label in y[test]]))
