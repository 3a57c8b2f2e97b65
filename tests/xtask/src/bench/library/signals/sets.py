# Writes the series of packages as files: those of aeon as they are, with their own parts, and seglearn's recordings of a
# watch as logs, a folder for each exercise, with the person who moves in the name of each file; the last three of ten
# persons are held out. Arguments: the folder of the files, and the wheels of aeon and seglearn.
import io
import os
import sys
import zipfile

import numpy as np

folder, aeon, seglearn = sys.argv[1:]
HELD_OUT = 3

with zipfile.ZipFile(aeon) as wheel:
    for name in "BasicMotions PickupGestureWiimoteZ GunPoint".split():
        for part in ["TRAIN", "TEST"]:
            with open(os.path.join(folder, f"{name}_{part}.ts"), "wb") as file:
                file.write(wheel.read(f"aeon/datasets/data/{name}/{name}_{part}.ts"))

with zipfile.ZipFile(seglearn) as wheel:
    packed = io.BytesIO(wheel.read("seglearn/data/watch_dataset.npy"))
watch = np.load(packed, allow_pickle=True).item()
names = [str(name) for name in watch["X_labels"]]
persons = sorted(set(watch["subject"]))
for series, exercise, person, side in zip(watch["X"], watch["y"], watch["subject"], watch["side"]):
    part = "watch-test" if person in persons[-HELD_OUT:] else "watch-train"
    place = os.path.join(folder, part, watch["y_labels"][int(exercise)])
    os.makedirs(place, exist_ok=True)
    path = os.path.join(place, f"person{int(person)}_nohash_{int(side)}.csv")
    assert not os.path.exists(path), path
    with open(path, "w") as file:
        file.write("\n".join([",".join(names)] + [",".join(f"{value:.6f}" for value in row) for row in series]) + "\n")
