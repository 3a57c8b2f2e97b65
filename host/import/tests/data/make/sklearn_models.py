"""Models of scikit-learn through skl2onnx.

Made with Python 3.11, scikit-learn 1.9.1, skl2onnx 1.20.0, onnx 1.23.2, onnxruntime 1.32.0.
"""

import numpy
from common import OUT, digits, runtime, save
from skl2onnx import to_onnx
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def write(name, model, rows, classifier=True):
    options = {id(model): {"zipmap": False}} if classifier else None
    onnx = to_onnx(model, rows[:1].astype(numpy.float32), options=options, target_opset=17)
    (OUT / f"{name}.onnx").write_bytes(onnx.SerializeToString())


def tabular(name, model, data, classifier=True):
    rows, labels = data(return_X_y=True)
    order = numpy.random.default_rng(3).permutation(len(rows))
    rows, labels = rows[order].astype(numpy.float32), labels[order]
    half = len(rows) // 2
    model.fit(rows[:half], labels[:half])
    print(name, model.score(rows[half:], labels[half:]))
    write(name, model, rows, classifier)
    expected = runtime(OUT / f"{name}.onnx", rows[half:])
    kind = numpy.int32 if classifier else numpy.float32
    save(name, calibration=rows[:half], calibration_labels=labels[:half].astype(kind), test=rows[half:],
         test_labels=labels[half:].astype(kind), expected=expected.astype(numpy.float32))


(train, train_labels), (test, test_labels) = digits()
mlp = MLPClassifier((32,), max_iter=400, random_state=1, alpha=1e-3).fit(train, train_labels)
print("mlp", mlp.score(test, test_labels))
write("mlp", mlp, train)
# Probabilities, of which the test takes logarithms.
save("mlp", expected=runtime(OUT / "mlp.onnx", test).astype(numpy.float32))
save("digits", calibration=train.astype(numpy.uint8), calibration_labels=train_labels,
     test=test.astype(numpy.uint8), test_labels=test_labels)

tabular("iris", make_pipeline(StandardScaler(), LogisticRegression(max_iter=500)), load_iris)
tabular("cancer", make_pipeline(StandardScaler(), MLPClassifier((16,), max_iter=800, random_state=2)),
        load_breast_cancer)
tabular("diabetes", make_pipeline(StandardScaler(), MLPRegressor(hidden_layer_sizes=(16,), max_iter=2000, random_state=2)),
        load_diabetes, classifier=False)
