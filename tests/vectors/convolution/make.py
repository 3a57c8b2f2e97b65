"""Makes convolution.json from the words of firmware/docs/arithmetic.md and nothing else: no code is shared
with the crates. Run it beside that file:

    python3 convolution/make.py > convolution.json
"""

import hashlib
import json
import random

from arithmetic import SEED, clip, entry
from passes import Model, Twin, run
from training import Training


def window(rows, columns, channels, kernel, stride=(1, 1), padding=(0, 0, 0, 0)):
    return dict(
        rows=rows,
        columns=columns,
        channels=channels,
        kernel=list(kernel),
        stride=list(stride),
        padding=list(padding),
    )


def conv(over, channels, bias=True, relu=True, divisor=None):
    activation = "Relu" if relu else "None"
    return {"Conv": dict(window=over, channels=channels, bias=bias, activation=activation, divisor=divisor)}


def depthwise(over, bias=True, relu=True, divisor=None):
    activation = "Relu" if relu else "None"
    return {"Depthwise": dict(window=over, bias=bias, activation=activation, divisor=divisor)}


def pool(over, kind):
    return {"Pool": dict(window=over, kind=kind)}


def dense(outputs, bias=True, relu=False):
    return {"Dense": dict(outputs=outputs, bias=bias, activation="Relu" if relu else "None")}


def fork(values):
    return {"Fork": dict(outputs=values)}


def shortcut(values):
    return {"Shortcut": dict(outputs=values)}


def join(values, relu):
    return {"Join": dict(outputs=values, activation="Relu" if relu else "None")}


MODELS = {
    "conv_2d": (
        40,
        [
            conv(window(5, 4, 2, (3, 2), (2, 1), (1, 0, 1, 1)), 3, divisor=37),
            conv(window(2, 5, 3, (2, 3), (1, 2)), 4, bias=False),
            dense(3),
        ],
    ),
    "conv_1d": (
        33,
        [
            conv(window(1, 11, 3, (1, 5), (1, 2), (0, 0, 2, 2)), 4, bias=False),
            conv(window(1, 6, 4, (1, 3)), 2, relu=False, divisor=64),
            conv(window(1, 1, 8, (1, 1)), 3, bias=False, relu=False, divisor=29),
        ],
    ),
    "depthwise_pointwise": (
        60,
        [
            depthwise(window(5, 4, 3, (3, 3), (1, 1), (1, 1, 1, 1))),
            conv(window(5, 4, 3, (1, 1)), 5, relu=False),
            depthwise(window(5, 4, 5, (3, 2), (2, 2)), bias=False, divisor=20),
            dense(3, bias=False),
        ],
    ),
    "pools": (
        72,
        [
            conv(window(6, 6, 2, (3, 3), (1, 1), (1, 1, 1, 1)), 3),
            pool(window(6, 6, 3, (2, 2), (2, 2)), "Max"),
            pool(window(3, 3, 3, (2, 1)), "Average"),
            conv(window(2, 3, 3, (1, 1)), 4, relu=False),
            pool(window(2, 3, 4, (2, 3)), "Average"),
            dense(3),
        ],
    ),
    "residual": (
        36,
        [
            conv(window(3, 4, 3, (3, 3), (1, 1), (1, 1, 1, 1)), 3, divisor=90),
            fork(36),
            conv(window(3, 4, 3, (3, 3), (1, 1), (1, 1, 1, 1)), 2),
            conv(window(3, 4, 2, (1, 1)), 3, relu=False, bias=False),
            join(36, relu=True),
            pool(window(3, 4, 3, (3, 4)), "Average"),
            dense(3),
        ],
    ),
    "shortcut": (
        32,
        [
            conv(window(4, 4, 2, (1, 1)), 3),
            fork(48),
            conv(window(4, 4, 3, (3, 3), (2, 2), (0, 1, 0, 1)), 4),
            conv(window(2, 2, 4, (1, 1)), 3, relu=False),
            shortcut(48),
            conv(window(4, 4, 3, (1, 1), (2, 2)), 3, relu=False, bias=False),
            join(12, relu=True),
            fork(12),
            depthwise(window(2, 2, 3, (3, 3), (1, 1), (1, 1, 1, 1)), relu=False),
            join(12, relu=False),
            dense(3),
        ],
    ),
    "front": (
        24,
        [
            {"Front": dict(outputs=24, tensors=5)},
            conv(window(2, 4, 3, (2, 2)), 4),
            dense(5, relu=True),
            dense(3, bias=False),
        ],
    ),
}

WEIGHT = dict(
    kind="weight",
    pairs=4,
    samples=3,
    own_samples=False,
    rank=1,
    sigma_shift=3,
    noise="sign",
    clip=60,
    credit="pair",
)
NODE = dict(kind="node", slots=4, members=3, amplitude=4, clip=7, skip=4, antithetic=False)
GUIDED = dict(NODE, kind="guided", amplitude=12, clip=127, member_slots=2, residual_weight=8, guide_scale=256)

RUNS = {
    "node_shortcut": ("shortcut", dict(NODE, amplitude=12, clip=60), "residual", 131072, False),
    "node_pools_antithetic_vote": ("pools", dict(NODE, antithetic=True, amplitude=9), "vote", 10, True),
    "node_front": ("front", dict(NODE, amplitude=16, clip=127), "residual", 60000, True),
    "weight_conv_1d_sign": ("conv_1d", WEIGHT, "vote", 16, False),
    "weight_residual_near_normal": (
        "residual",
        dict(WEIGHT, noise="near-normal", rank=2, own_samples=True),
        "residual",
        26214,
        False,
    ),
    "weight_depthwise_per_sample": (
        "depthwise_pointwise",
        dict(WEIGHT, rank=2, sigma_shift=5, clip=20, credit="sample"),
        "residual",
        26214,
        True,
    ),
    "guided_conv_2d": ("conv_2d", dict(GUIDED, train=[0, 1, 2]), "residual", 26214, True),
    "guided_shortcut_part": (
        "shortcut",
        dict(GUIDED, train=[3, 8, 10], member_slots=1),
        "residual",
        40000,
        True,
    ),
    "guided_conv_1d_silent": (
        "conv_1d",
        dict(GUIDED, train=[1, 2], members=0, guide_scale=4096),
        "vote",
        8,
        True,
    ),
}

# Runs that begin with the initial weights of their seed; the others begin with larger ones.
DRAWN = ["node_shortcut", "weight_residual_near_normal", "weight_depthwise_per_sample", "guided_conv_2d"]


def value(dice):
    return dice.choice([127, -127]) if dice.random() < 0.1 else dice.randint(-127, 127)


def weights(dice, model, wide):
    """Weights of about the size of trained ones, or any."""
    if wide:
        return [value(dice) for _ in range(model.parameters)]
    return [clip(round(dice.gauss(0, 24))) for _ in range(model.parameters)]


def initial(model):
    """The initial weights of a run."""
    drawn = [0] * model.parameters
    for at in model.linear():
        layer = model.layers[at]
        for i in range(layer.m * layer.n):
            drawn[layer.at + i] = entry("near-normal", 0, layer.id, 4095, i)
    return drawn


def sha256(weights):
    return hashlib.sha256(bytes(w & 255 for w in weights)).hexdigest()


def forwards(dice):
    cases = {}
    for name, (inputs, layers) in MODELS.items():
        described = dict(inputs=inputs, layers=layers)
        model, passes = Model(described), []
        for wide in (False, True):
            w, x = weights(dice, model, wide), [value(dice) for _ in range(inputs)]
            outputs, _, nodes, _ = run(model, w, x)
            members = []
            for noise, rank, shift in (
                ("sign", 1, 2),
                ("sign", 2, 6),
                ("near-normal", 1, 4),
                ("near-normal", 2, 2),
            ):
                settings = dict(noise=noise, rank=rank, sigma_shift=shift)
                pair = len(members)
                twins = [run(model, w, x, Twin(settings, 3, pair, sign))[0] for sign in (1, -1)]
                members.append(dict(settings, generation=3, pair=pair, plus=twins[0], minus=twins[1]))
            passes.append(
                dict(
                    weights=w,
                    x=x,
                    nodes=[nodes[at] for at in model.linear()],
                    outputs=outputs,
                    members=members,
                )
            )
        cases[name] = dict(model=described, passes=passes)
    return cases


def generations(dice):
    cases = {}
    for name, (of, estimator, optimizer, rate, saturation) in RUNS.items():
        inputs, layers = MODELS[of]
        described = dict(inputs=inputs, layers=layers)
        model = Model(described)
        start = initial(model) if name in DRAWN else weights(dice, model, False)
        samples = [[value(dice) for _ in range(inputs)] for _ in range(5)]
        labels = [at % model.outputs for at in range(len(samples))]
        dice.shuffle(labels)
        training, steps = Training(model, estimator, optimizer, rate, saturation, start, samples, labels), []
        for generation in (1, 2):
            # A learning rate falls linearly to 0, and q stays.
            training.rate = rate * (3 - generation) // 2 if optimizer == "residual" else rate
            report = training.report(generation)
            training.step(generation, report)
            step = dict(
                rate=training.rate, f=report, weights=training.weights[:], sha256=sha256(training.weights)
            )
            if optimizer == "residual":
                trained = [model.layers[at] for at in estimator.get("train", model.linear())]
                step["residuals"] = [
                    r for layer in trained for r in training.residuals[layer.at :][: layer.parameters()]
                ]
            if estimator["kind"] == "guided":
                step["guide"] = [row[:] for row in training.guide]
            steps.append(step)
        cases[name] = dict(
            model=described,
            estimator=estimator,
            optimizer=optimizer,
            rate=rate,
            saturation=saturation,
            drawn=name in DRAWN,
            start=start,
            inputs=samples,
            labels=labels,
            generations=steps,
        )
    return cases


def main():
    dice = random.Random(SEED)
    # A case a line.
    parts = {}
    for key, cases in (("passes", forwards(dice)), ("runs", generations(dice))):
        lines = [f'"{name}": {json.dumps(case, separators=(",", ":"))}' for name, case in cases.items()]
        parts[key] = ",\n".join(lines)
    print(f'{{"seed": {SEED},\n"passes": {{\n{parts["passes"]}\n}},\n"runs": {{\n{parts["runs"]}\n}}}}')


if __name__ == "__main__":
    main()
