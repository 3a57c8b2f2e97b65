"""Networks with random weights whose graphs change layouts in many ways, and what ONNX Runtime computes of them.

`signal`: a signal with channels last, transposed for a convolution over one axis, pooled, transposed back and
flattened by a shape that the graph computes. `scaled`: an image that is normalised in the graph, padded by a node,
with a batch norm behind an activation, a mean over places and a sigmoid of one output. `vector`: a vector that
becomes an image behind a matrix.

Made with Python 3.11, onnx 1.23.2, onnxruntime 1.32.0.
"""

import numpy
import onnx
from common import OUT, runtime, save
from onnx import TensorProto, helper, numpy_helper

random = numpy.random.default_rng(11)


class Net:
    def __init__(self):
        self.nodes, self.constants = [], []

    def constant(self, value):
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(numpy.asarray(value), name))
        return name

    def weights(self, *shape, scale=0.5):
        return self.constant((random.standard_normal(shape) * scale).astype(numpy.float32))

    def floats(self, *values, shape=None):
        return self.constant(numpy.array(values, numpy.float32).reshape(shape or (len(values),)))

    def ints(self, *values):
        return self.constant(numpy.array(values, numpy.int64))

    def __call__(self, operator, *inputs, **attributes):
        name = f"{operator.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [name], name=name, **attributes))
        return name

    def write(self, name, shape, output, rows, read=None):
        graph = helper.make_graph(
            self.nodes, name, [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", *shape])],
            [helper.make_tensor_value_info(output, TensorProto.FLOAT, ["n", "outputs"])], self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
        onnx.checker.check_model(model)
        path = OUT / f"{name}.onnx"
        path.write_bytes(model.SerializeToString())
        save(name, rows=rows, expected=runtime(path, rows).astype(numpy.float32))


def rows(*shape, low=-1.0, high=1.0):
    return random.uniform(low, high, (40, numpy.prod(shape))).astype(numpy.float32)


net = Net()
x = net("Transpose", "x", perm=[0, 2, 1])
x = net("Conv", x, net.weights(6, 3, 5), net.weights(6), strides=[2], pads=[2, 1], kernel_shape=[5])
x = net("Relu", x)
x = net("AveragePool", x, kernel_shape=[2], strides=[2])
x = net("Conv", x, net.weights(6, 1, 3), net.weights(6), group=6, auto_pad="SAME_UPPER")
x = net("Clip", x, net.floats(-1.5, shape=()), net.floats(1.5, shape=()))
x = net("Transpose", x, perm=[0, 2, 1])
size = net("Shape", "x")
batch = net("Gather", size, net.ints(0), axis=0)
x = net("Reshape", x, net("Concat", batch, net.ints(-1), axis=0))
x = net("Add", net("MatMul", x, net.weights(30, 4)), net.weights(4))
net.write("signal", (21, 3), net("Softmax", x, axis=-1), rows(21, 3))

net = Net()
x = net("Sub", "x", net.floats(100.0, 120.0, 90.0, shape=(1, 3, 1, 1)))
x = net("Div", x, net.floats(50.0, 60.0, 40.0, shape=(1, 3, 1, 1)))
x = net("Pad", x, net.ints(0, 0, 1, 0, 0, 0, 0, 2), mode="constant")
x = net("Conv", x, net.weights(5, 3, 3, 2), net.weights(5))
x = net("Relu", x)
norm = [net.constant(random.uniform(0.5, 1.5, 5).astype(numpy.float32)) for _ in range(4)]
x = net("BatchNormalization", x, *norm)
x = net("ReduceMean", x, net.ints(2, 3), keepdims=0)
x = net("Gemm", x, net.weights(5, 1, scale=2.0), net.weights(1), alpha=0.5)
net.write("scaled", (3, 9, 7), net("Sigmoid", x), rows(3, 9, 7, low=0.0, high=255.0))

net = Net()
x = net("Gemm", "x", net.weights(24, 10), net.weights(24), transB=1)
x = net("Relu", x)
x = net("Reshape", x, net.ints(-1, 4, 3, 2))
x = net("Conv", x, net.weights(3, 4, 2, 2), net.weights(3))
x = net("Relu", x)
x = net("Flatten", x)
net.write("vector", (10,), net("Gemm", x, net.weights(6, 2), net.weights(2)), rows(10))
