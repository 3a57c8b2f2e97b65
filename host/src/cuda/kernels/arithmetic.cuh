// The operations of the firmware's kernels (`firmware/src/kernel/`), one value at a time.

__device__ __forceinline__ int clip(int value) { return min(max(value, -127), 127); }

// A floor division whose quotient is clipped.
struct Divisor {
    // Not negative for a power of two.
    int shift;
    int by;
    // 2^32 / by, rounded down, and 1 more.
    unsigned reciprocal;

    // clip(value // by). What lies outside [-128 by, 128 by) saturates anyway; what is left is raised to [0, 256 by). There
    // the reciprocal, which is too large by at most by / 2^32 / by, adds less than 256 by / 2^32 < 1 / by, since
    // by <= 16 * 255 < 2^12: the floor is the true one.
    __device__ __forceinline__ int clipped(int value) const {
        if (shift >= 0) {
            return clip(value >> shift);
        }
        unsigned raised = (unsigned)(min(max(value, -128 * by), 128 * by - 1) + 128 * by);
        return max((int)__umulhi(raised, reciprocal) - 128, -127);
    }

    // Of a mean of magnitudes, 1..=127.
    static __device__ __forceinline__ Divisor of(int mean) {
        return mean == 1 ? Divisor{0, 1, 0} : Divisor{-1, mean, 0xFFFFFFFFu / (unsigned)mean + 1};
    }
};

// floor(2^(31 + f/16)): see firmware/src/kernel/likelihood.rs.
__device__ constexpr unsigned OCTAVE[16] = {
    2147483648u, 2242560871u, 2341847523u, 2445529971u, 2553802833u, 2666869344u, 2784941737u, 2908241642u,
    3037000499u, 3171459999u, 3311872529u, 3458501653u, 3611622602u, 3771522796u, 3938502375u, 4112874773u,
};

// floor(16 * 2^(i/16)), i in 0..=255.
__device__ __forceinline__ unsigned exponential(int i) { return OCTAVE[i & 15] >> (27 - (i >> 4)); }

// floor(16 * log2(sum / 16)), sum >= 16.
__device__ inline int logarithm(unsigned sum) {
    int zeros = __clz((int)sum);
    unsigned mantissa = sum << zeros;
    int sixteenths = 0;
    while (sixteenths < 15 && mantissa > OCTAVE[sixteenths + 1]) {
        sixteenths += 1;
    }
    return (31 - zeros - 4) * 16 + sixteenths;
}

// What a gate lets through of a state.
__device__ __forceinline__ int gate(int f, int state) { return ((f + 127) * state) >> 8; }

// A state, moved towards a candidate as far as the gate is open.
__device__ __forceinline__ int blend(int f, int candidate, int state) {
    return state + (((f + 127) * (candidate - state)) >> 8);
}

// Two neighbouring values.
struct Two {
    int v[2];
};

__device__ __forceinline__ Two take(const signed char *at) {
    short both = *(const short *)at;
    return Two{{(signed char)both, both >> 8}};
}

__device__ __forceinline__ void put(signed char *at, Two two) {
    *(short *)at = (short)((two.v[0] & 0xFF) | (two.v[1] << 8));
}
