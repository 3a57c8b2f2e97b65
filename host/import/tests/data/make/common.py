"""What the scripts of this folder share: the digits of scikit-learn, and where files go."""

import pathlib

import numpy
from safetensors.numpy import save_file
from sklearn.datasets import load_digits

OUT = pathlib.Path(__file__).resolve().parent.parent


def digits():
    """Images of 8x8 from 0 to 16: calibration (with labels) and held-out rows, shuffled once."""
    images, labels = load_digits(return_X_y=True)
    order = numpy.random.default_rng(7).permutation(len(images))
    images, labels = images[order].astype(numpy.float32), labels[order].astype(numpy.int32)
    return (images[:1197], labels[:1197]), (images[1197:], labels[1197:])


def save(name, **tensors):
    """Tensors beside a model: data, and what another program computed of them."""
    path = OUT / f"{name}.safetensors"
    save_file({key: numpy.ascontiguousarray(value) for key, value in tensors.items()}, path)
    path.chmod(0o644)


def runtime(path, rows, output=None):
    """What ONNX Runtime computes of rows, one at a time: models have a batch of one."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    name, shape = session.get_inputs()[0].name, session.get_inputs()[0].shape
    shape = [1] + [size for size in shape[1:]]
    outputs = [output] if output else [session.get_outputs()[-1].name]
    return numpy.stack([session.run(outputs, {name: row.reshape(shape)})[0][0] for row in rows])
