# Fits IsolationForest on normal rows of a file, and prints the area under the ROC curve of its scores on other
# normal rows and on anomalies. Standard input: the file, the normal class, and the rows of each part.
import json
import sys

import numpy as np
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score

task = json.load(sys.stdin)
rows = [line.strip().split(",") for line in open(task["file"]) if line.strip()]
labels = np.array([row.pop() for row in rows])
x = np.array(rows, dtype=float)
train, test, anomalies = task["train"], task["test"], task["anomalies"]
assert (labels[train + test] == task["normal"]).all() and not (labels[anomalies] == task["normal"]).any()
forest = IsolationForest(random_state=task["seed"]).fit(x[train])
others = test + anomalies
print(repr(float(roc_auc_score(labels[others] != task["normal"], -forest.score_samples(x[others])))))
