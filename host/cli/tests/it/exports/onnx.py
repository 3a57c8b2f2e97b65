# Reads {"model": path, "rows": raw values} from standard input, and prints class, name and outputs of each row.
import json
import sys

import numpy
import onnxruntime

task = json.load(sys.stdin)
session = onnxruntime.InferenceSession(task["model"], providers=["CPUExecutionProvider"])
names = json.loads(session.get_modelmeta().custom_metadata_map["class_names"])
rows = numpy.array(task["rows"], dtype=numpy.int32)
outputs, classes = session.run(["outputs", "class"], {"raw": rows})
assert outputs.dtype == numpy.int8 and classes.dtype == numpy.int64
sys.stdout.reconfigure(encoding="utf-8")
for row, best in zip(outputs, classes):
    print(best, names[best], " ".join(map(str, row.tolist())), sep="\t")
