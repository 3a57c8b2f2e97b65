# Reads {"model": path, "rows": raw values} from standard input, and prints of each row class and name, or the values
# of its targets as decimals, and the outputs.
import json
import sys
from decimal import Decimal

import numpy
import onnxruntime

task = json.load(sys.stdin)
session = onnxruntime.InferenceSession(task["model"], providers=["CPUExecutionProvider"])
metadata = session.get_modelmeta().custom_metadata_map
rows = numpy.array(task["rows"], dtype=numpy.int32)
is_regression = "target_names" in metadata
outputs, answers = session.run(["outputs", "values" if is_regression else "class"], {"raw": rows})
assert outputs.dtype == numpy.int8 and answers.dtype == (numpy.int32 if is_regression else numpy.int64)
sys.stdout.reconfigure(encoding="utf-8")
names = json.loads(metadata["target_names" if is_regression else "class_names"])
for row, answer in zip(outputs, answers):
    if is_regression:
        assert len(names) == len(answer)
        places = json.loads(metadata["target_places"])
        said = [" ".join(f"{Decimal(int(value)).scaleb(-k):f}" for value, k in zip(answer, places, strict=True))]
    else:
        said = [answer, names[answer]]
    print(*said, " ".join(map(str, row.tolist())), sep="\t")
