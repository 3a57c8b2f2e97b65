# Trains RandomForestClassifier as it is, and MLPClassifier as it is behind StandardScaler, on rows of features, and
# prints for each which of the held-out rows it answers rightly. Standard input: the rows, their classes, the rows of both
# parts, and a seed.
import json
import sys
import warnings

import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

warnings.filterwarnings("ignore")
task = json.load(sys.stdin)
x, y = np.array(task["rows"], dtype=float), np.array(task["labels"])
train, test = task["train"], task["test"]
forest = RandomForestClassifier(random_state=task["seed"])
mlp = make_pipeline(StandardScaler(), MLPClassifier(random_state=task["seed"]))
for model in [forest, mlp]:
    right = model.fit(x[train], y[train]).predict(x[test]) == y[test]
    print(json.dumps(right.tolist()))
