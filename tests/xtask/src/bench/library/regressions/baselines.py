# Trains Ridge and MLPRegressor((64,)) on rows of a table, and prints for each what it says of the held-out rows, and
# then what is true. Features are standardised, and so is the target that the MLP learns: on prices of thousands it
# would not come to its end. Standard input: the file, its columns, and the rows of both parts.
import csv
import json
import sys
import warnings

import numpy as np
from sklearn.compose import TransformedTargetRegressor
from sklearn.linear_model import Ridge
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

warnings.filterwarnings("ignore")
task = json.load(sys.stdin)
with open(task["file"]) as file:
    rows = list(csv.DictReader(file))
y = np.array([float(row.pop(task["target"])) for row in rows])
columns = []
for name in rows[0]:
    values = [row[name] for row in rows]
    if name in task["categorical"]:
        columns += [[float(value == category) for value in values] for category in sorted(set(values))]
    else:
        columns.append([float(value) for value in values])
x = np.array(columns).T
train, test = task["train"], task["test"]
mlp = MLPRegressor(hidden_layer_sizes=(64,), max_iter=2000, random_state=task["seed"])
for model in [Ridge(), TransformedTargetRegressor(mlp, transformer=StandardScaler())]:
    model = make_pipeline(StandardScaler(), model).fit(x[train], y[train])
    print(json.dumps(model.predict(x[test]).tolist()))
print(json.dumps(y[test].tolist()))
