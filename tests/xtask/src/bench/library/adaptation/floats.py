# A small convolutional network in floats, trained by backpropagation on what it knows and adapted to something new.
#
# Arguments: a folder, and a file for what is found. `task.json` in the folder names the shape of the input, the rows that the network is trained on, and
# what it is adapted to: for each seed a table of new rows, one of rows to judge by, and the rows of the training that this
# seed leaves out. Writes a list of layers with their weights for each network, and into the file a line of JSON for each
# seed: the accuracy before, and after backpropagation of the last layer, the last two and all, for each rate.
import json
import os
import struct
import sys

import numpy as np

CHANNELS = (8, 16, 16)
KERNEL, STRIDE = 3, 2
BATCH, EPOCHS = 32, 15
# Batches of 16 rows: as many rows as a run of `adapt` draws.
ADAPT_BATCH, ADAPT_BATCHES = 16, 400
RATES = (0.0003, 0.001, 0.003, 0.01, 0.03, 0.1)


class Convolution:
    """3 x 3, stride 2, zeros around the input such that ceil(size / 2) places come out, and a ReLU."""

    def __init__(self, rng, inputs, outputs):
        taps = KERNEL * KERNEL * inputs
        self.weight = rng.normal(0, np.sqrt(2 / taps), (taps, outputs)).astype("f4")
        self.bias = np.zeros(outputs, "f4")
        self.inputs = inputs

    def forward(self, x):
        count, rows, columns, channels = x.shape
        self.places = [-(-rows // STRIDE), -(-columns // STRIDE)]
        pads = []
        for places, size in zip(self.places, (rows, columns)):
            all_of_it = (places - 1) * STRIDE + KERNEL - size
            pads.append((all_of_it // 2, all_of_it - all_of_it // 2))
        padded = np.pad(x, [(0, 0), *pads, (0, 0)])
        view = np.lib.stride_tricks.sliding_window_view(padded, (KERNEL, KERNEL), (1, 2))[:, ::STRIDE, ::STRIDE]
        self.shape, self.pads = padded.shape, pads
        self.windows = view.transpose(0, 1, 2, 4, 5, 3).reshape(-1, KERNEL * KERNEL * channels)
        made = self.windows @ self.weight + self.bias
        self.active = made > 0
        return (made * self.active).reshape(count, *self.places, -1)

    def backward(self, d):
        d = d.reshape(self.active.shape) * self.active
        self.gradients = self.windows.T @ d, d.sum(0)
        d = (d @ self.weight.T).reshape(-1, *self.places, KERNEL, KERNEL, self.inputs)
        out = np.zeros(self.shape, "f4")
        rows, columns = ([STRIDE * places for places in self.places])
        for i in range(KERNEL):
            for j in range(KERNEL):
                out[:, i : i + rows : STRIDE, j : j + columns : STRIDE] += d[:, :, :, i, j]
        (above, below), (left, right) = self.pads
        return out[:, above : out.shape[1] - below, left : out.shape[2] - right]


class Dense:
    def __init__(self, rng, inputs, outputs):
        self.weight = rng.normal(0, np.sqrt(1 / inputs), (inputs, outputs)).astype("f4")
        self.bias = np.zeros(outputs, "f4")

    def forward(self, x):
        self.shape, self.x = x.shape, x.reshape(len(x), -1)
        return self.x @ self.weight + self.bias

    def backward(self, d):
        self.gradients = self.x.T @ d, d.sum(0)
        return (d @ self.weight.T).reshape(self.shape)


class Network:
    def __init__(self, rng, shape, classes):
        self.layers, (rows, columns, channels) = [], shape
        for outputs in CHANNELS:
            self.layers.append(Convolution(rng, channels, outputs))
            rows, columns, channels = -(-rows // STRIDE), -(-columns // STRIDE), outputs
        self.layers.append(Dense(rng, rows * columns * channels, classes))

    def forward(self, x, first=0):
        for layer in self.layers[first:]:
            x = layer.forward(x)
        return x

    def gradients(self, x, y, first=0):
        """Of the mean cross-entropy, by the weights of the layers from the first on."""
        scores = self.forward(x, first)
        p = np.exp(scores - scores.max(1, keepdims=True))
        p /= p.sum(1, keepdims=True)
        p[np.arange(len(y)), y] -= 1
        d = p / len(y)
        for layer in reversed(self.layers[first:]):
            d = layer.backward(d)

    def accuracy(self, x, y):
        return float((self.forward(x).argmax(1) == y).mean())

    def copy(self):
        return [(layer.weight.copy(), layer.bias.copy()) for layer in self.layers]

    def restore(self, weights):
        for layer, (weight, bias) in zip(self.layers, weights):
            layer.weight, layer.bias = weight.copy(), bias.copy()


def train(network, rng, x, y):
    """Adam, as frameworks have it where nobody says otherwise, but for its rate, which falls to 0."""
    moments, step = {}, 0
    steps = EPOCHS * (len(x) // BATCH)
    for _ in range(EPOCHS):
        order = rng.permutation(len(x))
        for at in range(0, len(x) - BATCH + 1, BATCH):
            rows = order[at : at + BATCH]
            network.gradients(x[rows], y[rows])
            step += 1
            for number, layer in enumerate(network.layers):
                for which, (value, gradient) in enumerate(zip((layer.weight, layer.bias), layer.gradients)):
                    m, v = moments.get((number, which), (0, 0))
                    m, v = 0.9 * m + 0.1 * gradient, 0.999 * v + 0.001 * gradient**2
                    moments[number, which] = m, v
                    rate = 2e-3 * (1 - (step - 1) / steps)
                    value -= rate * (m / (1 - 0.9**step)) / (np.sqrt(v / (1 - 0.999**step)) + 1e-7)


def adapt(network, rng, x, y, first, rate):
    """Stochastic gradient descent of the layers from the first on, at a rate that falls to 0."""
    for layer in network.layers[:first]:
        x = layer.forward(x)
    for batch in range(ADAPT_BATCHES):
        rows = rng.integers(0, len(x), ADAPT_BATCH)
        network.gradients(x[rows], y[rows], first)
        step = rate * (1 - batch / ADAPT_BATCHES)
        for layer in network.layers[first:]:
            for value, gradient in zip((layer.weight, layer.bias), layer.gradients):
                value -= step * gradient


def save(network, shape, path):
    """A safetensors file, and beside it the list of its layers."""
    tensors, lines, channels = {}, [], shape[2]
    lines += [f'weights = "{os.path.basename(path)}.safetensors"', 'layout = "keras"']
    lines += [f"input = {list(shape)}", 'head = "softmax"']
    for number, layer in enumerate(network.layers):
        last = isinstance(layer, Dense)
        weight = layer.weight if last else layer.weight.reshape(KERNEL, KERNEL, channels, -1)
        tensors[f"w{number}"], tensors[f"b{number}"], channels = weight, layer.bias, layer.weight.shape[1]
        lines += ["[[layer]]", f'kind = "{"dense" if last else "conv"}"', f'weight = "w{number}"']
        lines += [f'bias = "b{number}"', f'activation = "{"none" if last else "relu"}"']
        if not last:
            lines += [f"stride = [{STRIDE}, {STRIDE}]", 'padding = "same"']
    header, data = {}, b""
    for name, tensor in tensors.items():
        here = np.ascontiguousarray(tensor, "<f4").tobytes()
        offsets = [len(data), len(data) + len(here)]
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": offsets}
        data += here
    text = json.dumps(header).encode()
    with open(f"{path}.safetensors", "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)
    with open(f"{path}.toml", "w") as file:
        file.write("\n".join(lines) + "\n")


def table(path, x, y):
    """Rows as the network takes them, and their classes."""
    flat = x.reshape(len(x), -1)
    with open(path, "w") as file:
        file.write(",".join(f"x{number}" for number in range(flat.shape[1])) + ",label\n")
        for row, label in zip(flat, y):
            file.write(",".join(f"{value:.5g}" for value in row) + f",{label}\n")


def main(folder, said):
    with open(os.path.join(folder, "task.json")) as file:
        task = json.load(file)
    shape, path = tuple(task["shape"]), lambda name: os.path.join(folder, name)
    rows = np.load(path("rows.npy")).astype("f4")
    labels = np.load(path("labels.npy")).astype(int)
    trained = {}
    for number, seed in enumerate(task["seeds"]):
        base, new, judged, old = (seed[part] for part in ("base", "new", "judged", "old"))
        key = tuple(base)
        if key not in trained:
            rng = np.random.default_rng(len(trained))
            # One rule for all values: their mean and deviation on the rows of the training.
            mean, deviation = rows[base].mean(), rows[base].std()
            x = ((rows - mean) / deviation).reshape(-1, *shape)
            network = Network(rng, shape, int(labels.max()) + 1)
            train(network, rng, x[base], labels[base])
            trained[key] = (network, network.copy(), x, f"base-{len(trained)}")
            name = path(trained[key][3])
            save(network, shape, name)
            table(f"{name}.csv", x[base], labels[base])
        network, weights, x, _ = trained[key]
        for part, of in (("new", new), ("judged", judged), ("old", old)):
            table(path(f"{part}-{number}.csv"), x[of], labels[of])
        network.restore(weights)
        found = {"base": path(trained[key][3]), "before": network.accuracy(x[judged], labels[judged])}
        found["old"] = network.accuracy(x[old], labels[old])
        for layers in ("last", "last:2", "all"):
            first = {"last": 3, "last:2": 2, "all": 0}[layers]
            for rate in RATES:
                network.restore(weights)
                adapt(network, np.random.default_rng(100 + number), x[new], labels[new], first, rate)
                after = network.accuracy(x[judged], labels[judged]), network.accuracy(x[old], labels[old])
                found[f"{layers} {rate}"] = after
        said.write(json.dumps(found) + "\n")


with open(sys.argv[2], "w") as file:
    main(sys.argv[1], file)
