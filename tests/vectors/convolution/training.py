"""Runs of convolutional models: reports of units, credit and updates."""

from math import isqrt

from arithmetic import chosen, clamp, clip, entry, error, likelihood, sgn
from passes import Base, Noisy, Twin, run


class Training:
    """A run: generation by generation, from the reports of its units to its weights."""

    def __init__(self, model, estimator, optimizer, rate, saturation, start, inputs, labels):
        self.model, self.of, self.optimizer, self.rate = model, estimator, optimizer, rate
        self.saturation = saturation or estimator["kind"] == "guided"
        self.weights, self.residuals = list(start), [0] * model.parameters
        self.inputs, self.labels = inputs, labels
        if estimator["kind"] == "guided":
            self.hidden = [at for at in estimator["train"] if at + 1 < len(model.layers)]
            self.guide = []
            for at in self.hidden:
                layer = model.layers[at]
                draw = lambda i: entry("sign", 0, layer.id, 4092, i) * estimator["guide_scale"]
                for i in range(layer.outputs):
                    self.guide.append([draw(i * model.outputs + c) for c in range(model.outputs)])

    def sample(self, number):
        at = chosen(number, len(self.inputs))
        return self.inputs[at], self.labels[at]

    def score(self, sample, member=Base()):
        return likelihood(run(self.model, self.weights, sample[0], member)[0], sample[1])

    def report(self, generation):
        of = self.of
        if of["kind"] == "weight":
            report = []
            for pair in range(of["pairs"]):
                twins = [Twin(of, generation, pair, sign) for sign in (1, -1)]
                differences = []
                for i in range(of["samples"]):
                    own = ((generation - 1) * of["pairs"] + pair) * of["samples"] + i
                    sample = self.sample(own if of["own_samples"] else (generation - 1) * of["samples"] + i)
                    plus, minus = (self.score(sample, twin) for twin in twins)
                    differences.append(plus - minus)
                if of["credit"] == "pair":
                    differences = [sum(differences)]
                report.append([clamp(f, of["clip"]) for f in differences])
            return report
        report = []
        for slot in range(of["slots"]):
            sample = self.sample((generation - 1) * of["slots"] + slot)
            base = self.score(sample)
            if base >= -of["skip"]:
                report.append(None)
                continue
            values = []
            for k in range(of["members"]):
                index = slot * of["members"] + k
                noisy = lambda sign, layers=None: Noisy(generation, index, sign * of["amplitude"], layers)
                if of["kind"] == "node":
                    other = self.score(sample, noisy(-1)) if of["antithetic"] else base
                    values.append(clamp(self.score(sample, noisy(1)) - other, of["clip"]))
                elif slot % of["member_slots"] == 0:
                    plain = run(self.model, self.weights, sample[0])[0]
                    moved = run(self.model, self.weights, sample[0], noisy(1, self.hidden))[0]
                    g = error(plain, sample[1])
                    values.append(
                        clamp(sum(g[c] * (moved[c] - plain[c]) for c in range(len(g))) >> 3, of["clip"])
                    )
            report.append(values)
        return report

    def step(self, generation, report):
        model, of = self.model, self.of
        z = [0] * model.parameters
        trained = of.get("train", model.linear())
        pairs = of["kind"] == "weight" and of["credit"] == "pair"
        if pairs:
            self.pair_credit(generation, report, z)
        elif of["kind"] == "weight":
            for i in range(of["samples"]):
                x = self.sample((generation - 1) * of["samples"] + i)[0]
                _, reads, nodes, gates = run(model, self.weights, x)
                for at in trained:
                    layer, delta = model.layers[at], []
                    twins = [Twin(of, generation, pair, 1) for pair in range(of["pairs"])]
                    for node in range(layer.outputs):
                        place, m = divmod(node, layer.m)
                        delta.append(
                            sum(
                                f[i] * sgn(twin.added(layer, reads[at], place, m))
                                for f, twin in zip(report, twins)
                            )
                        )
                    self.allow(delta, nodes[at], gates.get(at), 4)
                    self.credit(layer, delta, reads[at], z)
        elif of["kind"] == "node":
            for slot, f in enumerate(report):
                if f is None:
                    continue
                x = self.sample((generation - 1) * of["slots"] + slot)[0]
                _, reads, nodes, gates = run(model, self.weights, x)
                for at in trained:
                    layer = model.layers[at]
                    eps = lambda k, i: entry("sign", generation, slot * of["members"] + k, layer.id, i)
                    delta = [sum(f[k] * eps(k, i) for k in range(len(f))) for i in range(layer.outputs)]
                    self.allow(delta, nodes[at], gates.get(at), of["amplitude"])
                    self.credit(layer, delta, reads[at], z)
        else:
            self.guided_credit(generation, report, z)
        floor = 1 if pairs else 64
        for at in trained:
            layer = model.layers[at]
            self.move(range(layer.at, layer.at + layer.m * layer.n), z, floor)
            if layer.bias is not None and not (pairs and not Twin(of, generation, 0, 1).moves_vectors()):
                self.move(range(layer.bias, layer.bias + layer.m), z, floor)

    def pair_credit(self, generation, report, z):
        for pair, (f,) in enumerate(report):
            twin = Twin(self.of, generation, pair, 1)
            for at in self.model.linear():
                layer = self.model.layers[at]
                a, b = twin.factors(layer)
                for i in range(layer.m):
                    for j in range(layer.n):
                        z[layer.at + i * layer.n + j] += f * sum(p * q for p, q in zip(a[i], b[j]))
                    if layer.bias is not None:
                        z[layer.bias + i] += f * twin.component(layer, i)

    def allow(self, delta, u, gate, amplitude):
        """The rules of dead and of saturated nodes."""
        for i in range(len(delta)):
            if gate is not None and gate[i] <= -amplitude:
                delta[i] = 0
            if self.saturation and (u[i] == 127 and delta[i] > 0 or u[i] == -127 and delta[i] < 0):
                delta[i] = 0

    def credit(self, layer, delta, x, z):
        for node, d in enumerate(delta):
            place, m = divmod(node, layer.m)
            for j, value in enumerate(layer.window(x, place, m)):
                z[layer.at + m * layer.n + j] += d * value
            if layer.bias is not None:
                z[layer.bias + m] += d

    def guided_credit(self, generation, report, z):
        model, of = self.model, self.of
        lessons = [[0] * model.outputs for _ in self.guide]
        members = max(of["members"], 1)
        d = 4 + (members - 1).bit_length()
        for slot, f in enumerate(report):
            if f is None:
                continue
            x, label = self.sample((generation - 1) * of["slots"] + slot)
            outputs, reads, nodes, gates = run(model, self.weights, x)
            g = error(outputs, label)
            hidden = [(at, i) for at in self.hidden for i in range(model.layers[at].outputs)]
            dead = [at in gates and gates[at][i] <= -of["amplitude"] for at, i in hidden]
            a = [(sum(p * q for p, q in zip(row, g)) + 256) >> 9 for row in self.guide]
            a = [0 if shut else value for shut, value in zip(dead, a)]
            eps = []
            for k in range(len(f)):
                index = slot * of["members"] + k
                eps.append([entry("sign", generation, index, model.layers[at].id, i) for at, i in hidden])
            r = [16 * f[k] - sum(p * q for p, q in zip(a, eps[k])) for k in range(len(f))]
            e = [clamp(sum(r[k] * eps[k][j] for k in range(len(f))), 32767) for j in range(len(hidden))]
            e = [0 if shut else value for shut, value in zip(dead, e)]
            deltas = {at: [] for at in of["train"]}
            for j, (at, _) in enumerate(hidden):
                total = ((of["residual_weight"] * e[j]) >> 4) + members * a[j]
                deltas[at].append(clip((total + 2 ** (d - 1)) >> d))
            last = len(model.layers) - 1
            if last in deltas:
                deltas[last] = list(g)
            for at, delta in deltas.items():
                # Dead ones are 0 already.
                self.allow(delta, nodes[at], None, 0)
                self.credit(model.layers[at], delta, reads[at], z)
            for j in range(len(hidden)):
                for c in range(model.outputs):
                    lessons[j][c] += e[j] * g[c]
        if of["members"] and self.hidden:
            with_members = (of["slots"] + of["member_slots"] - 1) // of["member_slots"]
            h = 4 + (len(self.guide) + of["members"] * with_members - 1).bit_length()
            for row, lesson in zip(self.guide, lessons):
                for c in range(model.outputs):
                    row[c] = clamp(row[c] + ((lesson[c] + 2 ** (h - 1)) >> h), 32767)

    def move(self, places, z, floor):
        of, squares = self.of, sum(z[i] ** 2 for i in places)
        rho = max(isqrt(squares // len(places)), floor)
        if self.optimizer == "vote":
            for i in places:
                if of["kind"] == "weight" and of["credit"] == "pair":
                    unit = 1 if of["noise"] == "sign" else 256
                    moves = 16 * abs(z[i]) >= self.rate * isqrt(of["pairs"] * of["rank"]) * unit
                else:
                    moves = 16 * abs(z[i]) >= self.rate * rho and z[i] != 0
                if moves:
                    self.weights[i] = clip(self.weights[i] + (1 if z[i] > 0 else -1))
            return
        fitting = [e for e in range(31) if (self.rate << e) // rho < 2**15]
        e = fitting[-1] if fitting else 0
        mu = (self.rate << e) // rho if fitting else 2**15 - 1
        for i in places:
            t = self.residuals[i] + ((z[i] * mu) >> e)
            step = (t + 32768) >> 16
            self.weights[i] = clip(self.weights[i] + step)
            self.residuals[i] = t - 65536 * step
