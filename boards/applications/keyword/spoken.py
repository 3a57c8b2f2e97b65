"""Prints spoken words as a microphone on a 12-bit converter would give them, a log with a row a sample, 16,000 a second.

They stand in for recordings of your own. `espeak-ng` speaks each word in several voices, at a random pace, pitch, loudness
and place in a second, and noise is added.

    python3 spoken.py [SEED [RECORDINGS A WORD]]
"""

import array
import random
import subprocess
import sys

RATE = 16000
WORDS = ("go", "left", "right", "stop")
VOICES = [f"{accent}+{kind}" for accent in ("en-gb", "en-us", "en-gb-scotland") for kind in ("m1", "m3", "m5", "f1", "f2", "f4")]
# A step of the converter.
STEP = 16


def spoken(word, dice):
    """A word at RATE, the loudest sample 1."""
    words = ["-v", dice.choice(VOICES), "-s", str(dice.randint(120, 190)), "-p", str(dice.randint(25, 75)), "--stdout", word]
    wav = subprocess.run(["espeak-ng", *words], check=True, capture_output=True).stdout
    rate = int.from_bytes(wav[24:28], "little")
    values = array.array("h", wav[44 : 44 + (len(wav) - 44) // 2 * 2])
    if sys.byteorder == "big":
        values.byteswap()
    result = []
    for i in range(int(len(values) * RATE / rate) - 1):
        at = i * rate / RATE
        before = int(at)
        result.append(values[before] + (values[before + 1] - values[before]) * (at - before))
    loudest = max(map(abs, result))
    quiet = 0.03 * loudest
    first = next(i for i, value in enumerate(result) if abs(value) > quiet)
    last = max(i for i, value in enumerate(result) if abs(value) > quiet)
    return [value / loudest for value in result[first : last + 1]]


def recording(word, dice):
    """A second of a word, or of noise where there is none."""
    sound = spoken(word, dice)[:RATE] if word else []
    start = dice.randint(0, RATE - len(sound))
    size, noise = dice.uniform(4000, 20000), dice.uniform(20, 400)
    for i in range(RATE):
        value = size * sound[i - start] if 0 <= i - start < len(sound) else 0
        yield max(-32752, min(32752, STEP * round((value + dice.gauss(0, noise)) / STEP)))


def main():
    seed, count = (int(word) for word in (sys.argv[1:] + ["1", "60"][len(sys.argv) - 1 :]))
    dice = random.Random(seed)
    print("sound,word,recording")
    for word in ("", *WORDS):
        for number in range(1, count + 1):
            name = word or "none"
            sys.stdout.writelines(f"{sample},{name},{name}-{number}\n" for sample in recording(word, dice))


main()
