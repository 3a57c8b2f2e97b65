# Holds log-mel levels beside those of TFLite Micro's audio front end, which pymicro-features ships, on the same samples.
# Standard input: a list of recordings at 16 kHz, each with its samples and with 40 levels in 0.1 dB for each frame of
# 30 ms, a frame each 10 ms. Prints rows of a table.
import ctypes
import json
import sys

import micro_features_cpp
import numpy as np
from pymicro_features import MicroFrontend

RATE, BANDS, STEP = 16000, 40, 160


# The settings of the front end, in the order in which its C library has them.
class Config(ctypes.Structure):
    _fields_ = [
        *[("size_ms", ctypes.c_size_t), ("step_ms", ctypes.c_size_t)],
        *[("channels", ctypes.c_int), ("upper", ctypes.c_float), ("lower", ctypes.c_float), ("shift", ctypes.c_int)],
        *[("smoothing_bits", ctypes.c_int), ("even", ctypes.c_float), ("odd", ctypes.c_float)],
        *[("least_remaining", ctypes.c_float), ("enable_pcan", ctypes.c_int), ("strength", ctypes.c_float)],
        *[("offset", ctypes.c_float), ("gain_bits", ctypes.c_int)],
        *[("enable_log", ctypes.c_int), ("scale_shift", ctypes.c_int)],
    ]


class Output(ctypes.Structure):
    _fields_ = [("values", ctypes.POINTER(ctypes.c_uint16)), ("size", ctypes.c_size_t)]


library = ctypes.CDLL(micro_features_cpp.__file__)
library.FrontendProcessSamples.restype = Output


def levels(samples, reduction, pcan):
    """The front end's own numbers of each frame, with its noise reduction and its gain control on or off."""
    config = Config()
    library.FrontendFillConfigWithDefaults(ctypes.byref(config))
    assert (config.size_ms, config.channels, config.upper, config.lower) == (25, 32, 7500, 125), "other settings"
    config.size_ms, config.step_ms, config.channels, config.enable_pcan = 30, 10, BANDS, pcan
    if not reduction:
        # All of a level remains, however much of it is taken for noise.
        config.least_remaining = 1.0
    # More than the state takes.
    state = ctypes.create_string_buffer(4096)
    assert library.FrontendPopulateState(ctypes.byref(config), state, RATE)
    samples = np.ascontiguousarray(samples, "<i2")
    frames, at, read = [], 0, ctypes.c_size_t()
    while at < len(samples):
        rest = samples[at:].ctypes.data_as(ctypes.c_void_p)
        output = library.FrontendProcessSamples(state, rest, ctypes.c_size_t(len(samples) - at), ctypes.byref(read))
        at += read.value
        if output.size:
            frames.append([output.values[band] for band in range(output.size)])
    library.FrontendFreeStateContents(state)
    return np.array(frames, dtype=float)


def shipped(samples):
    """What the package itself gives."""
    frontend, data, frames = MicroFrontend(), np.asarray(samples, "<i2").tobytes(), []
    while data:
        output = frontend.process_samples(data)
        data = data[2 * output.samples_read :]
        if output.features:
            frames.append(output.features)
    return np.array(frames)


recordings = json.load(sys.stdin)
ours = np.concatenate([np.reshape(each["levels"], (-1, BANDS)) for each in recordings]).astype(float)
package = np.concatenate([shipped(each["samples"]) for each in recordings])
both = np.concatenate([levels(each["samples"], True, True) for each in recordings])
# The factor by which the package brings its numbers to a range of 0 to 26.
assert np.allclose(package, both * 10 / 256), "the library is not driven as the package drives it"
for name, reduction, pcan in [
    ("as the package has it", True, True),
    ("without its gain control (PCAN)", True, False),
    ("without its noise reduction and its gain control", False, False),
]:
    theirs = np.concatenate([levels(each["samples"], reduction, pcan) for each in recordings])
    assert theirs.shape == ours.shape, (theirs.shape, ours.shape)
    correlation = np.corrcoef(theirs.ravel(), ours.ravel())[0, 1]
    bands = [np.corrcoef(theirs[:, band], ours[:, band])[0, 1] for band in range(BANDS)]
    slope, constant = np.polyfit(theirs.ravel(), ours.ravel(), 1)
    error = np.abs(slope * theirs + constant - ours) / 10
    print(
        f"| {name} | {correlation:.4f} | {min(bands):.4f} | {np.sqrt(np.mean(error**2)):.2f} "
        f"| {np.quantile(error, 0.99):.2f} | {error.max():.2f} | {1 / slope:.4f} |"
    )
