"""Convolutional models, their passes, and what members of estimators do differently in them: every window is
formed, and every factor drawn entry by entry."""

from math import isqrt

from arithmetic import clip, entry


class Layer:
    """One layer of a description: its places, its divisor, where its tensors begin and their ids."""

    def __init__(self, described, inputs, offset, tensor):
        ((self.kind, of),) = described.items()
        self.relu = of.get("activation") == "Relu"
        self.average = of.get("kind") == "Average"
        self.id, self.at, self.m, self.n, self.bias, self.depth = tensor, offset, 0, 0, None, 1
        if self.kind in ("Fork", "Shortcut", "Join", "Front"):
            self.outputs = of["outputs"]
            self.front = of.get("tensors", 0)
            return
        self.front = 0
        if self.kind == "Dense":
            self.places, self.depth, self.m = [[0]], inputs, of["outputs"]
        else:
            window = of["window"]
            self.places, self.depth = pixels(window), window["channels"]
            self.m = of.get("channels", self.depth)
        positions = len(self.places[0])
        self.n = positions if self.kind == "Depthwise" else positions * self.depth
        self.outputs = len(self.places) * self.m
        if self.kind == "Pool":
            self.m = self.n = 0
            return
        self.divisor = of.get("divisor") or 16 * isqrt(self.n)
        if of["bias"]:
            self.bias = offset + self.m * self.n

    def parameters(self):
        return self.m * self.n + (self.m if self.bias is not None else 0)

    def has_matrix(self):
        return self.m > 0

    def window(self, x, place, channel):
        """What row `channel` of the matrix is multiplied by at a place, or what a pool takes of a channel."""
        channels = range(self.depth) if self.kind in ("Conv", "Dense") else [channel]
        pixels_of = self.places[place]
        return [0 if pixel is None else x[pixel * self.depth + k] for pixel in pixels_of for k in channels]


def pixels(window):
    rows, columns = window["rows"], window["columns"]
    (height, width), (down, across) = window["kernel"], window["stride"]
    above, below, left, right = window["padding"]
    places = []
    for p in range((rows + above + below - height) // down + 1):
        for q in range((columns + left + right - width) // across + 1):
            under = []
            for i in range(height):
                for j in range(width):
                    row, column = p * down + i - above, q * across + j - left
                    inside = 0 <= row < rows and 0 <= column < columns
                    under.append(row * columns + column if inside else None)
            places.append(under)
    return places


class Model:
    def __init__(self, described):
        self.described, self.layers, self.inputs = described, [], described["inputs"]
        inputs, offset, tensor = self.inputs, 0, 0
        for layer in described["layers"]:
            made = Layer(layer, inputs, offset, tensor)
            self.layers.append(made)
            inputs = made.outputs
            offset += made.parameters()
            tensor += made.front + made.has_matrix() + (made.bias is not None)
        self.parameters, self.outputs = offset, inputs

    def linear(self):
        return [at for at, layer in enumerate(self.layers) if layer.has_matrix()]


class Base:
    """The model as it is: what a member does differently stands in the classes below."""

    def added(self, layer, x, place, channel):
        return 0

    def vector(self, layer, channel, value):
        return value

    def node(self, at, layer, i, u):
        return u


class Twin(Base):
    """A member of estimator weight."""

    def __init__(self, settings, generation, pair, sign):
        self.settings, self.generation, self.pair, self.sign = settings, generation, pair, sign
        self.shift, self.drawn = settings["sigma_shift"], {}

    def factors(self, layer):
        if layer.id not in self.drawn:
            r = self.settings["rank"]
            draw = lambda i: entry(self.settings["noise"], self.generation, self.pair, layer.id, i)
            b = [[draw(j * r + k) for k in range(r)] for j in range(layer.n)]
            a = [[draw(layer.n * r + i * r + k) for k in range(r)] for i in range(layer.m)]
            self.drawn[layer.id] = (a, b)
        return self.drawn[layer.id]

    def added(self, layer, x, place, channel):
        a, b = self.factors(layer)
        under = layer.window(x, place, channel)
        p = 0
        for k in range(self.settings["rank"]):
            p += a[channel][k] * sum(row[k] * value for row, value in zip(b, under))
        p *= self.sign
        if self.settings["noise"] == "near-normal":
            return p >> (4 + self.shift)
        return p << (4 - self.shift) if self.shift <= 4 else p >> (self.shift - 4)

    def component(self, layer, i):
        """N as the credit counts it: sign entries as 1 and -1."""
        noise, of = self.settings["noise"], (self.generation, self.pair, layer.id + 1)
        if noise == "sign":
            return entry(noise, *of, i)
        return entry(noise, *of, 2 * i) * entry(noise, *of, 2 * i + 1)

    def moves_vectors(self):
        return self.settings["noise"] != "sign" or self.shift <= 4

    def vector(self, layer, channel, value):
        if not self.moves_vectors():
            return value
        n = self.component(layer, channel) * (256 if self.settings["noise"] == "sign" else 1)
        return clip(value + ((self.sign * n) >> (4 + self.shift)))


class Noisy(Base):
    """A member of estimator node: noise on the nodes of some layers, by default of all."""

    def __init__(self, generation, index, amplitude, layers=None):
        self.generation, self.index, self.amplitude, self.layers = generation, index, amplitude, layers

    def node(self, at, layer, i, u):
        if self.layers is not None and at not in self.layers:
            return u
        return clip(u + self.amplitude * entry("sign", self.generation, self.index, layer.id, i))


def run(model, weights, x, member=Base()):
    """A pass: its outputs, and of each layer with a matrix its input, its nodes, and, where there is a ReLU,
    the values by which nodes are dead."""
    reads, nodes, gates, kept, main = {}, {}, {}, None, None
    for at, layer in enumerate(model.layers):
        if layer.has_matrix():
            reads[at], y = x, []
            for place in range(len(layer.places)):
                for m in range(layer.m):
                    row = weights[layer.at + m * layer.n :][: layer.n]
                    total = sum(w * value for w, value in zip(row, layer.window(x, place, m)))
                    u = clip((total + member.added(layer, x, place, m)) // layer.divisor)
                    if layer.bias is not None:
                        u = clip(u + member.vector(layer, m, weights[layer.bias + m]))
                    y.append(member.node(at, layer, len(y), u))
            nodes[at] = x = y
            if layer.relu:
                gates[at] = y
        elif layer.kind == "Pool":
            y = []
            for place in range(len(layer.places)):
                for m in range(layer.depth):
                    under = layer.window(x, place, m)
                    y.append(sum(under) // len(under) if layer.average else max(under))
            x = y
        elif layer.kind == "Fork":
            kept, main = x, None
        elif layer.kind == "Shortcut":
            main, x = (at - 1, x), kept
        elif layer.kind == "Join":
            ends = [at - 1] if main is None else [at - 1, main[0]]
            other = kept if main is None else main[1]
            x = [clip(a + b) for a, b in zip(x, other)]
            if layer.relu:
                gates.update((end, x) for end in ends)
        if layer.relu:
            x = [max(value, 0) for value in x]
    return x, reads, nodes, gates
