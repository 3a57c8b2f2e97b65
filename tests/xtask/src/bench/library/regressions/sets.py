# Writes the data sets of packages as files, the rows of each in five orders. Arguments: the folder of the files, and
# the wheel of plotnine.
import gzip
import os
import random
import sys
import zipfile

import sklearn.datasets

folder, plotnine = sys.argv[1:]
SHUFFLES = 5


def diabetes():
    place = os.path.join(os.path.dirname(sklearn.datasets.__file__), "data")
    read = lambda name: gzip.open(os.path.join(place, name), "rt").read().split("\n")
    rows = zip(read("diabetes_data_raw.csv.gz"), read("diabetes_target.csv.gz"))
    rows = [",".join([*features.split(), f"{float(target):g}"]) for features, target in rows if features.strip()]
    return "age,sex,bmi,bp,s1,s2,s3,s4,s5,s6,progression", rows


def diamonds():
    with zipfile.ZipFile(plotnine) as wheel:
        head, *rows = wheel.read("plotnine/data/diamonds.csv").decode().splitlines()
    return head, rows


os.makedirs(folder, exist_ok=True)
for name, read in {"diabetes": diabetes, "diamonds": diamonds}.items():
    head, rows = read()
    for shuffle in range(SHUFFLES):
        order = rows[:]
        random.Random(shuffle).shuffle(order)
        with open(os.path.join(folder, f"{shuffle}-{name}.csv"), "w") as file:
            file.write("\n".join([head] + order) + "\n")
