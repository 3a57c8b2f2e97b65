# What networks are trained on and adapted to. Arguments: the table of MNIST's digits, the table of spoken words, and a
# folder, in which `digits` and `words` get their rows, their classes and the parts of each seed.
import csv
import json
import os
import sys

import numpy as np
from scipy.ndimage import rotate

SEEDS = 10
# Digits that the network is trained on; the others judge it. Turned ones to adapt it to, and by how much.
TRAINED, NEW, DEGREES = 4000, 300, 40
# Two of five speakers train the network. Of each word, what another one says to adapt it; the rest judges it.
KNOWN, SPOKEN = (0, 2), 3


def write(folder, shape, rows, labels, seeds):
    os.makedirs(folder, exist_ok=True)
    np.save(os.path.join(folder, "rows.npy"), np.asarray(rows, "f4"))
    np.save(os.path.join(folder, "labels.npy"), np.asarray(labels))
    lists = [{part: [int(row) for row in of] for part, of in seed.items()} for seed in seeds]
    with open(os.path.join(folder, "task.json"), "w") as file:
        json.dump({"shape": shape, "seeds": lists}, file)


def digits(path, folder):
    """Upright digits, and behind them the same ones turned."""
    table = np.loadtxt(path, delimiter=",")
    order = np.random.default_rng(0).permutation(len(table))
    upright, labels = table[order, :784], table[order, 784].astype(int)
    turned = [rotate(image.reshape(28, 28), DEGREES, reshape=False, order=1) for image in upright]
    turned = np.rint(np.clip(turned, 0, 255)).reshape(-1, 784)
    count, seeds = len(table), []
    for seed in range(SEEDS):
        drawn = np.random.default_rng(1000 + seed).permutation(TRAINED)[:NEW]
        judged = range(count + TRAINED, 2 * count)
        seeds.append(dict(base=range(TRAINED), new=count + drawn, judged=judged, old=range(TRAINED, count)))
    write(folder, [28, 28, 1], np.concatenate([upright, turned]), np.concatenate([labels, labels]), seeds)


def words(path, folder):
    """The windows of all speakers: some train the network, and each seed adapts it to another."""
    with open(path) as file:
        _, *lines = csv.reader(file)
    rows = np.array([line[:-3] for line in lines], "f4")
    names = sorted({line[-3] for line in lines})
    labels = np.array([names.index(line[-3]) for line in lines])
    speakers = np.array([int(line[-2]) for line in lines])
    known = np.random.default_rng(0).permutation(np.flatnonzero(np.isin(speakers % 5, KNOWN)))
    # A fifth of what they say tells what is forgotten.
    old, base = np.split(known, [len(known) // 5])
    seeds = []
    for seed, speaker in enumerate([speaker for speaker in np.unique(speakers) if speaker % 5 not in KNOWN][:SEEDS]):
        rng, said = np.random.default_rng(seed), np.flatnonzero(speakers == speaker)
        new = [row for word in range(len(names)) for row in rng.permutation(said[labels[said] == word])[:SPOKEN]]
        seeds.append(dict(base=base, new=new, judged=sorted(set(said) - set(new)), old=old))
    write(folder, [rows.shape[1] // 16, 16, 1], rows, labels, seeds)


digits(sys.argv[1], os.path.join(sys.argv[3], "digits"))
words(sys.argv[2], os.path.join(sys.argv[3], "words"))
