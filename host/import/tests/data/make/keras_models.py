"""Two small networks on digits, trained by Keras: TFLite files (float and int8), safetensors, and ONNX.

`cnn`: convolutions, batch norms, ReLU, max pools, a dense layer. `residual`: depthwise and pointwise
convolutions with ReLU6, residual sums with and without projection, strides, a global mean. The ONNX files are
written as PyTorch's exporter lays them out: channels first, kernels as outputs, inputs, rows, columns.
The QDQ and QLinear variants are ONNX Runtime's.

Made with Python 3.11, tensorflow-cpu 2.21.0, keras 3.15.1, onnx 1.23.2, onnxruntime 1.32.0.
"""

import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
import numpy
import onnx
import tensorflow
from common import OUT, digits, runtime, save
from keras import layers
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process
from safetensors.numpy import save_file

(train, train_labels), (test, test_labels) = digits()
train, test = train.reshape(-1, 8, 8, 1) / 16, test.reshape(-1, 8, 8, 1) / 16


def cnn():
    x = start = keras.Input((8, 8, 1), batch_size=1)
    for filters, name in [(8, "a"), (16, "b")]:
        x = layers.Conv2D(filters, 3, padding="same", use_bias=name == "a", name=f"conv_{name}")(x)
        x = layers.BatchNormalization(name=f"norm_{name}")(x)
        x = layers.ReLU(name=f"relu_{name}")(x)
        x = layers.MaxPooling2D(name=f"pool_{name}")(x)
    x = layers.Flatten(name="flatten")(x)
    return keras.Model(start, layers.Dense(10, name="dense")(x))


def residual():
    x = start = keras.Input((8, 8, 1), batch_size=1)
    x = layers.Conv2D(12, 3, padding="same", name="stem")(x)
    x = layers.ReLU(name="stem_relu")(x)
    y = layers.DepthwiseConv2D(3, padding="same", use_bias=False, name="depth_a")(x)
    y = layers.BatchNormalization(name="depth_norm_a")(y)
    y = layers.ReLU(6.0, name="depth_relu_a")(y)
    y = layers.Conv2D(12, 1, name="point_a")(y)
    x = layers.ReLU(name="relu_a")(layers.Add(name="add_a")([x, y]))
    y = layers.DepthwiseConv2D(3, strides=2, padding="same", name="depth_b")(x)
    y = layers.ReLU(6.0, name="depth_relu_b")(y)
    y = layers.Conv2D(24, 1, name="point_b")(y)
    p = layers.Conv2D(24, 1, strides=2, name="project_b")(x)
    x = layers.ReLU(name="relu_b")(layers.Add(name="add_b")([y, p]))
    x = layers.GlobalAveragePooling2D(name="mean")(x)
    return keras.Model(start, layers.Dense(10, name="dense")(x))


def same(size, kernel, stride):
    whole = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return whole // 2, whole - whole // 2


def to_onnx(model, path):
    """The network as PyTorch's exporter would write it."""
    nodes, constants, size = [], [], {}

    def constant(name, value):
        constants.append(numpy_helper.from_array(numpy.ascontiguousarray(value, numpy.float32), name))
        return name

    for layer in model.layers:
        name, out = layer.name, layer.name
        previous = [tensor._keras_history.operation.name for tensor in
                    (layer.input if isinstance(layer.input, list) else [layer.input])]
        size[name] = layer.output.shape[1]
        if isinstance(layer, layers.InputLayer):
            size["input"] = 8
            continue
        inputs = ["input" if isinstance(model.get_layer(p), layers.InputLayer) else p for p in previous]
        weights = [w.numpy() for w in layer.weights]
        if isinstance(layer, (layers.DepthwiseConv2D, layers.Conv2D)):
            depth = isinstance(layer, layers.DepthwiseConv2D)
            kernel = weights[0].transpose(2, 3, 0, 1) if depth else weights[0].transpose(3, 2, 0, 1)
            k, s = kernel.shape[2], layer.strides[0]
            before, after = same(size[inputs[0]], k, s) if layer.padding == "same" else (0, 0)
            inputs.append(constant(f"{name}.weight", kernel))
            if layer.use_bias:
                inputs.append(constant(f"{name}.bias", weights[1]))
            nodes.append(helper.make_node("Conv", inputs, [out], name=f"/{name}/Conv", kernel_shape=[k, k],
                                          strides=[s, s], pads=[before, before, after, after],
                                          dilations=[1, 1], group=kernel.shape[0] if depth else 1))
        elif isinstance(layer, layers.BatchNormalization):
            inputs += [constant(f"{name}.{i}", w) for i, w in enumerate(weights)]
            nodes.append(helper.make_node("BatchNormalization", inputs, [out], name=f"/{name}/BatchNormalization",
                                          epsilon=layer.epsilon))
        elif isinstance(layer, layers.ReLU) and layer.max_value:
            inputs += [constant(f"{name}.low", numpy.array(0.0)), constant(f"{name}.high", numpy.array(6.0))]
            nodes.append(helper.make_node("Clip", inputs, [out], name=f"/{name}/Clip"))
        elif isinstance(layer, layers.ReLU):
            nodes.append(helper.make_node("Relu", inputs, [out], name=f"/{name}/Relu"))
        elif isinstance(layer, layers.MaxPooling2D):
            nodes.append(helper.make_node("MaxPool", inputs, [out], name=f"/{name}/MaxPool", kernel_shape=[2, 2],
                                          strides=[2, 2], pads=[0, 0, 0, 0], ceil_mode=0))
        elif isinstance(layer, layers.Add):
            nodes.append(helper.make_node("Add", inputs, [out], name=f"/{name}/Add"))
        elif isinstance(layer, layers.GlobalAveragePooling2D):
            nodes.append(helper.make_node("GlobalAveragePool", inputs, [f"{name}_pooled"], name=f"/{name}/Pool"))
            nodes.append(helper.make_node("Flatten", [f"{name}_pooled"], [out], name=f"/{name}/Flatten", axis=1))
        elif isinstance(layer, layers.Flatten):
            nodes.append(helper.make_node("Flatten", inputs, [out], name="/Flatten", axis=1))
            # Keras flattens rows, columns, channels; PyTorch channels first.
            turned = layer.input.shape[1:]
        elif isinstance(layer, layers.Dense):
            matrix = weights[0].T
            if "Flatten" in type(model.get_layer(previous[0])).__name__:
                matrix = matrix.reshape(-1, *turned).transpose(0, 3, 1, 2).reshape(matrix.shape)
            inputs += [constant(f"{name}.weight", matrix), constant(f"{name}.bias", weights[1])]
            nodes.append(helper.make_node("Gemm", inputs, ["output"], name=f"/{name}/Gemm", transB=1))
        else:
            raise TypeError(layer)
    graph = helper.make_graph(
        nodes, "main_graph", [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["batch", 1, 8, 8])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, ["batch", 10])], constants)
    proto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(proto)
    path.write_bytes(proto.SerializeToString())


class Rows(CalibrationDataReader):
    def __init__(self):
        self.rows = iter(train[:200])

    def get_next(self):
        row = next(self.rows, None)
        return None if row is None else {"input": row.reshape(1, 1, 8, 8)}


def to_tflite(model, name):
    converter = tensorflow.lite.TFLiteConverter.from_keras_model(model)
    (OUT / f"{name}_float.tflite").write_bytes(converter.convert())
    converter.optimizations = [tensorflow.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([row[None]] for row in train[:200])
    converter.target_spec.supported_ops = [tensorflow.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tensorflow.int8
    (OUT / f"{name}_int8.tflite").write_bytes(converter.convert())


def interpreted(path, rows):
    """What TFLite computes, in floats."""
    interpreter = tensorflow.lite.Interpreter(str(path))
    interpreter.allocate_tensors()
    start, end = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    results = []
    for row in rows[:, None]:
        if start["dtype"] == numpy.int8:
            scale, zero = start["quantization"]
            row = numpy.clip(numpy.round(row / scale) + zero, -128, 127).astype(numpy.int8)
        interpreter.set_tensor(start["index"], row.reshape(start["shape"]))
        interpreter.invoke()
        result = interpreter.get_tensor(end["index"])[0].astype(numpy.float32)
        if end["dtype"] == numpy.int8:
            scale, zero = end["quantization"]
            result = (result - zero) * scale
        results.append(result)
    return numpy.stack(results)


for build in (cnn, residual):
    name = build.__name__
    keras.utils.set_random_seed(5)
    inner = build()
    # Trained with a free batch, converted with a batch of one.
    model = keras.models.clone_model(inner, input_tensors=keras.Input((8, 8, 1), name="image"))
    rate = keras.optimizers.schedules.CosineDecay(4e-3, 40 * 38)
    model.compile(keras.optimizers.Adam(rate), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(train, train_labels, batch_size=32, epochs=40, verbose=0)
    logits = model.predict(test, verbose=0)
    print(name, model.count_params(), (logits.argmax(1) == test_labels).mean())
    inner.set_weights(model.get_weights())
    to_onnx(model, OUT / f"{name}.onnx")
    expected = runtime(OUT / f"{name}.onnx", test)
    assert abs(expected - logits).max() < 1e-3, abs(expected - logits).max()
    save(name, expected=expected)
    to_tflite(inner, name)
    for kind in ("float", "int8"):
        found = interpreted(OUT / f"{name}_{kind}.tflite", test)
        print(name, kind, (found.argmax(1) == test_labels).mean(), abs(found - logits).max())
    if name == "cnn":
        prepared = OUT / "prepared.onnx"
        quant_pre_process(str(OUT / "cnn.onnx"), str(prepared), skip_symbolic_shape=True)
        for kind in (QuantFormat.QDQ, QuantFormat.QOperator):
            path = OUT / f"cnn_{kind.name.lower()}.onnx"
            quantize_static(str(prepared), str(path), Rows(), quant_format=kind, per_channel=True,
                            activation_type=QuantType.QInt8, weight_type=QuantType.QInt8)
            print(path.name, (runtime(path, test).argmax(1) == test_labels).mean())
        prepared.unlink()
        tensors = {f"{layer.name}.{weight.name}": weight.numpy() for layer in model.layers
                   for weight in layer.weights}
        save_file(tensors, OUT / "cnn_keras.safetensors")
        torch = {}
        for tensor in onnx.load(OUT / "cnn.onnx").graph.initializer:
            torch[tensor.name] = numpy_helper.to_array(tensor)
        save_file({key: numpy.ascontiguousarray(value) for key, value in torch.items()},
                  OUT / "cnn_torch.safetensors")
        for kind in ("keras", "torch"):
            (OUT / f"cnn_{kind}.safetensors").chmod(0o644)
