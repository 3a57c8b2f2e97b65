# The features of a window of samples in floats, by their definitions and none of the firmware's arithmetic. A window is an
# array of samples in time order; all features are in the firmware's units, not rounded.
import numpy as np
from scipy.fft import dct
from scipy.signal import butter, get_window, lfilter, lfilter_zi


def statistics(window):
    """mean and spread in 1/16 of a sample's unit, least, greatest, peak to peak, and crossings of the mean."""
    crossings = np.count_nonzero(np.diff(window >= window.mean()))
    return [16 * window.mean(), 16 * window.std(), window.min(), window.max(), np.ptp(window), crossings]


def transform_length(samples):
    """The power of two at or above a count of samples."""
    return 1 << (samples - 1).bit_length()


def power(samples):
    """|X|^2 of samples behind a periodic Hann window, zero padded to a power of two."""
    windowed = samples * get_window("hann", len(samples))
    return np.abs(np.fft.rfft(windowed, transform_length(len(samples)))) ** 2


def decibels(powers):
    """In 0.1 dB; nothing below 1."""
    return 100 * np.log10(np.maximum(powers, 1))


def bands(window, count):
    """Levels of `count` bands of equal width, without the mean."""
    spectrum = power(window - window.mean())
    half = len(spectrum) - 1
    edges = [(band * half) // count for band in range(count + 1)]
    return decibels(np.array([spectrum[low + 1 : high + 1].sum() for low, high in zip(edges, edges[1:])]))


def mel_weights(rate, frame, count):
    """The weight of each bin in each of `count` triangles, whose edges are equally spaced in mel."""
    mel = lambda hertz: 1127 * np.log1p(hertz / 700)
    edges = np.linspace(mel(125), mel(min(7500, rate * 15 / 32)), count + 2)
    length = transform_length(frame)
    edges = 700 * np.expm1(edges / 1127) * length / rate
    bins = np.arange(length // 2 + 1)
    left, peak, right = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    return np.clip(np.minimum((bins - left) / (peak - left), (right - bins) / (right - peak)), 0, None)


def log_mel(window, rate, count, step):
    """Levels of `count` mel bands of each frame of 30 ms, a frame each `step` samples."""
    frame = rate * 30 // 1000
    weights = mel_weights(rate, frame, count)
    starts = range(0, len(window) - frame + 1, step)
    return np.array([decibels(weights @ power(window[start : start + frame])) for start in starts])


def mfcc(window, rate, bands, count, step):
    """The first `count` coefficients of the cepstrum of each frame, of so many mel bands."""
    # scipy's DCT-II is twice the sum.
    return dct(log_mel(window, rate, bands, step), type=2, axis=1)[:, :count] / 2 / 4


def filtered(samples, kind, hertz, rate):
    """Samples behind a Butterworth filter of second order, as if the first one had been there for ever."""
    b, a = butter(2, hertz, kind, fs=rate)
    return np.clip(lfilter(b, a, samples, zi=lfilter_zi(b, a) * samples[0])[0], -32767, 32767)
