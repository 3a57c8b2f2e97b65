# Holds features beside floats, whose definitions stand before this text. Standard input: the lengths of what is computed,
# and signals, each with its samples, a list for each channel, and with our features of each kind, a list for each window.
# Prints a row of a table for each signal, and then one for each of the features of python_speech_features.
import json
import sys

import python_speech_features

task = json.load(sys.stdin)


def magnitude(channels):
    """The lane behind the channels, whose samples are integers by its definition."""
    return np.floor(np.sqrt((channels**2).sum(axis=0)))


def features(signal, kind, window, rate):
    """The features of one kind, of all lanes of a window."""
    lanes = list(window)
    if signal["magnitude"]:
        lanes.append(magnitude(window))
    step = rate * 20 // 1000
    of = {
        "statistics": statistics,
        "bands": lambda lane: bands(lane, task["bands"]),
        "logmel": lambda lane: log_mel(lane, rate, task["mel_bands"], step).ravel(),
        "mfcc": lambda lane: mfcc(lane, rate, task["cepstrum_bands"], task["coefficients"], step).ravel(),
    }[kind]
    each = np.array([of(lane) for lane in lanes])
    # Each statistic is a block of its own, which holds all lanes.
    return (each.T if kind == "statistics" else each).ravel()


def loudest(samples, kind, starts, length, rate, has_magnitude):
    """The level of the loudest bin of each spectrum, in the order of the features."""
    spectra = []
    for start in starts:
        window = samples[:, start : start + length]
        for lane in [*window, magnitude(window)] if has_magnitude else window:
            if kind == "bands":
                spectra.append(power(lane - lane.mean()))
            else:
                frame, step = rate * 30 // 1000, rate * 20 // 1000
                spectra += [power(lane[at : at + frame]) for at in range(0, length - frame + 1, step)]
    return decibels(np.max(spectra, axis=1))


def errors(signal, kind):
    """The greatest and the mean error of a kind; a dash where there are no such features."""
    ours = signal["ours"].get(kind)
    if ours is None:
        return "-"
    samples, rate = np.array(signal["samples"], dtype=float), signal["rate"]
    if kind in ["highpass", "lowpass"]:
        channels = [filtered(channel, kind, rate / task[kind], rate) for channel in samples]
        lanes = [*channels, magnitude(np.array(channels))] if signal["magnitude"] else channels
        floats = np.array(lanes).reshape(1, -1)
    else:
        # Frames are counted from the beginning of a signal.
        whole = samples.shape[1]
        length, hop = (whole, whole) if kind in ["logmel", "mfcc"] else (signal["window"], signal["hop"])
        starts = range(0, samples.shape[1] - length + 1, hop)
        floats = np.array([features(signal, kind, samples[:, at : at + length], rate) for at in starts])
    ours = np.reshape(ours, floats.shape)
    error = np.abs(ours - floats)
    if kind not in ["bands", "logmel"]:
        return f"{error.max():.1f}, {error.mean():.2f}"
    # Of each spectrum, the bands that are not far below its loudest bin.
    each = loudest(samples, kind, starts, length, rate, signal["magnitude"])
    levels = floats.reshape(len(each), -1)
    near = error.reshape(len(each), -1)[levels > each[:, None] - 10 * task["range"]]
    close = f"{near.max():.1f}, {near.mean():.2f}" if near.size else "none"
    return f"{close} ({error.max():.1f}, {error.mean():.2f})"


for signal in task["signals"]:
    kinds = ["statistics", "bands", "logmel", "mfcc", "highpass", "lowpass"]
    print(f"| {signal['name']} |", " | ".join(errors(signal, kind) for kind in kinds), "|")

print()
print("| beside python_speech_features, in a word | correlation | error behind the best line (RMS), in 0.1 dB |")
print("|---|---|---|")
signal = next(signal for signal in task["signals"] if signal["name"] == task["spoken"])
samples, rate = np.array(signal["samples"][0], dtype=float), signal["rate"]
frame = rate * 30 // 1000
settings = dict(winlen=0.03, winstep=0.02, nfft=transform_length(frame), lowfreq=125, highfreq=7500, preemph=0)
window = lambda count: get_window("hann", count)
energies, _ = python_speech_features.fbank(samples, rate, nfilt=task["mel_bands"], winfunc=window, **settings)
cepstrum = python_speech_features.mfcc(
    samples, rate, numcep=task["coefficients"], nfilt=task["cepstrum_bands"], ceplifter=0, appendEnergy=False,
    winfunc=window, **settings,
)
# The first coefficient is the only one in which the units of levels are an addend.
for kind, theirs in [("logmel", np.log(energies)), ("mfcc", cepstrum[:, 1:])]:
    ours = np.reshape(signal["ours"][kind], (-1, task["mel_bands" if kind == "logmel" else "coefficients"]))
    ours = ours[:, -theirs.shape[1] :]
    # It pads the last frame with zeros.
    theirs = theirs[: len(ours)]
    slope, constant = np.polyfit(theirs.ravel(), ours.ravel(), 1)
    error = np.sqrt(np.mean((slope * theirs + constant - ours) ** 2))
    print(f"| {kind} | {np.corrcoef(theirs.ravel(), ours.ravel())[0, 1]:.4f} | {error:.1f} |")
