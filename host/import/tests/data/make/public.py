"""Rows, and what TFLite computes of them, beside each public .tflite file of a folder: for `tests/public.rs`.

The models of MLPerf Tiny (mlcommons/tiny, Apache-2.0) were read so. The rows are random and smooth, not real data:
they compare runtimes, and measure no accuracy.

Made with Python 3.11, tensorflow-cpu 2.21.0.
"""

import os
import pathlib
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy
import tensorflow
from safetensors.numpy import save_file

for path in sorted(pathlib.Path(sys.argv[1]).glob("*.tflite")):
    random = numpy.random.default_rng(1)
    interpreter = tensorflow.lite.Interpreter(str(path))
    interpreter.allocate_tensors()
    start, end = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    shape = [1, *start["shape"][1:]]
    scale, zero = start["quantization"]
    low, high = ((-128 - zero) * scale, (127 - zero) * scale) if scale else (0.0, 1.0)
    if path.stem.startswith("kws"):
        # Cepstral coefficients are small but for the first; over the whole range scores are far from any real ones.
        low, high = -8.0, 8.0
    rows, results = [], []
    for _ in range(64):
        coarse = random.uniform(0, 1, [max(1, -(-size // 6)) if size > 4 else size for size in shape])
        for axis, size in enumerate(shape):
            coarse = numpy.repeat(coarse, -(-size // coarse.shape[axis]), axis)[
                tuple(slice(0, size) if at == axis else slice(None) for at in range(len(shape)))]
        row = (low + (high - low) * numpy.clip(coarse + random.normal(0, 0.1, shape), 0, 1)).astype(numpy.float32)
        given = row
        if start["dtype"] == numpy.int8:
            given = numpy.clip(numpy.round(row / scale) + zero, -128, 127).astype(numpy.int8)
            row = ((given.astype(numpy.float32) - zero) * scale).astype(numpy.float32)
        interpreter.set_tensor(start["index"], given)
        interpreter.invoke()
        result = interpreter.get_tensor(end["index"])[0].astype(numpy.float32)
        if end["dtype"] == numpy.int8:
            result = (result - end["quantization"][1]) * numpy.float32(end["quantization"][0])
        rows.append(row.reshape(-1))
        results.append(result.reshape(-1).astype(numpy.float32))
    save_file({"rows": numpy.stack(rows), "expected": numpy.stack(results)}, path.with_suffix(".safetensors"))
