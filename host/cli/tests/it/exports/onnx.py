# Reads {"model": path, "rows": raw values} from standard input, and prints of each row class and name, or the values
# of its targets as decimals, or its score, the threshold and whether it is an anomaly, and the outputs.
import json
import sys
from decimal import Decimal

import numpy
import onnxruntime

task = json.load(sys.stdin)
session = onnxruntime.InferenceSession(task["model"], providers=["CPUExecutionProvider"])
metadata = session.get_modelmeta().custom_metadata_map
rows = numpy.array(task["rows"], dtype=numpy.int32)
if "threshold" in metadata:
    answers = {"score": numpy.int32, "anomaly": numpy.bool_}
elif "target_names" in metadata:
    answers = {"values": numpy.int32}
else:
    answers = {"class": numpy.int64}
assert [output.name for output in session.get_outputs()] == ["outputs", *answers]
outputs, *answered = session.run(None, {"raw": rows})
assert outputs.dtype == numpy.int8 and [given.dtype for given in answered] == list(answers.values())
sys.stdout.reconfigure(encoding="utf-8")
for row, *answer in zip(outputs, *answered, strict=True):
    if "threshold" in metadata:
        score, anomaly = answer
        said = [score, metadata["threshold"], "yes" if anomaly else "no"]
    elif "target_names" in metadata:
        places = json.loads(metadata["target_places"])
        assert len(json.loads(metadata["target_names"])) == len(answer[0])
        said = [" ".join(f"{Decimal(int(value)).scaleb(-k):f}" for value, k in zip(answer[0], places, strict=True))]
    else:
        said = [answer[0], json.loads(metadata["class_names"])[answer[0]]]
    print(*said, " ".join(map(str, row.tolist())), sep="\t")
