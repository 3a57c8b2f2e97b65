# Writes ten words, spoken by espeak-ng with noises mixed in, as WAV files of 1 s at 16 kHz: a folder for each word, and
# in the name of each file the voice that speaks it. The same files every time: what varies is drawn by a seed.
# Arguments: the folder, and the set. `words`: the voices of `words-test` speak nothing in `words-train`, a word stands
# anywhere in its second, and `word.wav` is a word without noise. `speakers`: all voices, more files of each, less noise,
# and a word within 0.1 s of the middle, as behind a detector of speech.
import concurrent.futures
import io
import os
import subprocess
import sys
import wave

import numpy as np
from scipy.signal import resample_poly

WORDS = "yes no up down left right on off stop go".split()
# Accents with variants of espeak-ng's speaker; files of each voice and word.
TRAIN = """en-us+m1 en-us+f1 en-us+m3 en-us+klatt2 en-gb+m2 en-gb+f2 en-gb+klatt en-gb-scotland+m4 en-gb-scotland+f4
    en-gb-x-rp+m5 en-gb-x-rp+f3 en-029+m6 en-us-nyc+f1 en-gb-x-gbclan+m1""".split()
TEST = "en-us+m7 en-gb+f5 en-gb-x-gbcwmd+m8 en-us-nyc+Annie en-gb-scotland+klatt4".split()
SETS = {
    "words": ({"words-train": (TRAIN, 5), "words-test": (TEST, 5)}, (5, 20), None),
    "speakers": ({"speakers": (TRAIN + TEST, 12)}, (10, 25), 1600),
}
RATE = 16000
COLOURS = {"white": 0.0, "pink": 0.5, "brown": 1.0}


def spoken(word, voice, speed, pitch):
    """A word without the silence around it, its peak 1."""
    command = ["espeak-ng", "-v", voice, "-s", str(speed), "-p", str(pitch), "--stdout", word]
    with wave.open(io.BytesIO(subprocess.run(command, check=True, capture_output=True).stdout)) as file:
        assert (file.getframerate(), file.getsampwidth(), file.getnchannels()) == (22050, 2, 1)
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(float)
    loud = np.flatnonzero(np.abs(samples) > 0.02 * np.abs(samples).max())
    samples = resample_poly(samples[loud[0] : loud[-1] + 1], 320, 441)[:RATE]
    return samples / np.abs(samples).max()


def noise(rng, exponent):
    """1 s of noise of power 1, whose power falls by 2 * exponent * 3 dB an octave."""
    spectrum = np.fft.rfft(rng.standard_normal(RATE))
    # Below 20 Hz there is nothing that a microphone would hear, and brown noise would be hardly anything else.
    frequency = np.fft.rfftfreq(RATE, 1 / RATE)
    spectrum *= np.where(frequency < 20, 0, np.maximum(frequency, 20) ** -exponent)
    samples = np.fft.irfft(spectrum, RATE)
    return samples / np.sqrt(np.mean(samples**2))


def save(path, samples):
    """Writes samples of a full scale of 1."""
    samples = np.clip(np.rint(samples * 32767), -32768, 32767).astype("<i2")
    with wave.open(path, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())


def write(path, word, voice, seed):
    rng = np.random.default_rng(seed)
    speech = spoken(word, voice, rng.integers(120, 191), rng.integers(30, 71))
    level = 10 ** (rng.uniform(-20, -6) / 20)
    power = np.mean(speech**2)
    colour = COLOURS[rng.choice(list(COLOURS))]
    mixed = noise(rng, colour) * np.sqrt(power / 10 ** (rng.uniform(*LEVELS) / 10))
    room = RATE - len(speech)
    if SHIFT is None:
        start = rng.integers(0, room + 1)
    else:
        start = np.clip(room // 2 + rng.integers(-SHIFT, SHIFT + 1), 0, room)
    mixed[start : start + len(speech)] += speech
    save(path, mixed * level)


folder = sys.argv[1]
PARTS, LEVELS, SHIFT = SETS[sys.argv[2]]
tasks, seed = [], 0
for part, (voices, count) in PARTS.items():
    for word in WORDS:
        os.makedirs(os.path.join(folder, part, word), exist_ok=True)
        for voice in voices:
            for number in range(count):
                seed += 1
                name = f"{voice.replace('+', '-')}_nohash_{number}.wav"
                tasks.append((os.path.join(folder, part, word, name), word, voice, seed))
with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
    list(pool.map(lambda task: write(*task), tasks))
if sys.argv[2] == "words":
    quiet = np.zeros(RATE)
    speech = spoken(WORDS[0], TRAIN[0], 160, 50)
    quiet[RATE // 10 :][: len(speech)] = speech / 2
    save(os.path.join(folder, "word.wav"), quiet)
