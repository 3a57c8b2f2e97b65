"""Prints recordings of gestures as an accelerometer would give them, a log with a row a sample.

They stand in for recordings of your own (`eggroll-host listen`): simple motions with a random orientation, pace and
strength each, and noise. The same seed gives the same files.

    python3 recordings.py [SEED [RECORDINGS A CLASS]]
"""

import math
import random
import sys

RATE = 50
SECONDS = 8
# The sensor's scale, and its step, in thousandths of g.
LIMIT, STEP = 4094, 2


def motion(gesture, dice):
    """The acceleration of a gesture beyond gravity, as a function of time, along three axes of the hand."""
    phase = dice.uniform(0, 2 * math.pi)
    if gesture == "circle":
        size, turns = dice.uniform(250, 600), 2 * math.pi * dice.uniform(0.8, 1.6)
        return lambda t: (size * math.cos(turns * t + phase), size * math.sin(turns * t + phase), 0)
    if gesture == "shake":
        size, turns = dice.uniform(800, 2200), 2 * math.pi * dice.uniform(3, 5.5)
        return lambda t: (size * math.sin(turns * t + phase), 0.2 * size * math.sin(2 * turns * t), 0)
    if gesture == "tap":
        size, every = dice.uniform(700, 2000), dice.uniform(0.35, 0.6)
        since = lambda t: (t + phase) % every
        return lambda t: (0, 0, size * math.exp(-since(t) / 0.03) * math.cos(60 * since(t)))
    return lambda t: (15 * math.sin(t + phase), 0, 0)


def turned(vector, angles):
    """A vector turned about two axes."""
    x, y, z = vector
    (a, b) = angles
    y, z = y * math.cos(a) - z * math.sin(a), y * math.sin(a) + z * math.cos(a)
    x, z = x * math.cos(b) + z * math.sin(b), z * math.cos(b) - x * math.sin(b)
    return x, y, z


def recording(gesture, dice):
    """The samples of one recording."""
    move = motion(gesture, dice)
    angles = dice.uniform(-0.6, 0.6), dice.uniform(-0.6, 0.6)
    for i in range(RATE * SECONDS):
        x, y, z = move(i / RATE)
        sample = [value + dice.gauss(0, 12) for value in turned((x, y, z + 1000), angles)]
        yield [max(-LIMIT, min(LIMIT, STEP * round(value / STEP))) for value in sample]


def main():
    seed, count = (int(word) for word in (sys.argv[1:] + ["1", "24"][len(sys.argv) - 1 :]))
    dice = random.Random(seed)
    print("x,y,z,gesture,recording")
    for gesture in ("circle", "idle", "shake", "tap"):
        for number in range(1, count + 1):
            for sample in recording(gesture, dice):
                print(*sample, gesture, f"{gesture}-{number}", sep=",")


main()
