"""Numbers, noise and scores, by the words of firmware/docs/arithmetic.md."""

from math import isqrt

SEED = 28
MASK = 0xFFFFFFFF


def threefry(k0, k1, c0, c1):
    keys = [k0, k1, 0x1BD11BDA ^ k0 ^ k1]
    x0, x1 = (c0 + k0) & MASK, (c1 + k1) & MASK
    for i in range(1, 6):
        for turn in (13, 15, 26, 6) if i % 2 else (17, 29, 16, 24):
            x0 = (x0 + x1) & MASK
            x1 = ((x1 << turn | x1 >> (32 - turn)) & MASK) ^ x0
        x0 = (x0 + keys[i % 3]) & MASK
        x1 = (x1 + keys[(i + 1) % 3] + i) & MASK
    return x0, x1


def word(generation, index, tensor, i):
    return threefry(SEED, generation, index, tensor * 2**20 + i // 2)[i % 2]


def entry(noise, generation, index, tensor, i):
    if noise == "sign":
        return -1 if word(generation, index, tensor, i // 32) >> (i % 32) & 1 else 1
    s = 2 * sum(word(generation, index, tensor, i).to_bytes(4, "little")) - 1020
    size = (abs(s) * 111 + 1024) >> 11
    return size if s > 0 else -size


def chosen(number, count):
    epoch, p = number // count & MASK, number % count
    b = (count - 1).bit_length()
    h = max(1, (b + 1) // 2)
    while True:
        left, right = p >> h, p % 2**h
        for q in range(4):
            w = threefry(SEED, epoch, right, 4094 * 2**20 + q)[0]
            left, right = right, left ^ (w % 2**h)
        p = left * 2**h + right
        if p < count:
            return p


def clamp(a, c):
    return max(-c, min(c, a))


def clip(a):
    return clamp(a, 127)


def sgn(a):
    return (a > 0) - (a < 0)


def exponential(i):
    """floor(16 * 2^(i/16)): four square roots of (16 * 2^(i/16))^16, each rounded down."""
    power = 16**16 * 2**i
    for _ in range(4):
        power = isqrt(power)
    return power


def likelihood(logits, target):
    s = sum(exponential(y + 128) for y in logits)
    g = 0
    while 16**16 * 2 ** (g + 1) <= s**16:
        g += 1
    return logits[target] + 128 - g


def error(logits, target):
    s = sum(exponential(y + 128) for y in logits)
    g = [-((127 * exponential(y + 128)) // s) for y in logits]
    g[target] = 0
    g[target] = -sum(g)
    return g
