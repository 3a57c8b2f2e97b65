// The operations of the firmware's kernels (`firmware/src/kernel/`), one value at a time.

__device__ __forceinline__ int clip(int value) { return min(max(value, -127), 127); }

// Eight neighbouring values: what a lane has of a row.
struct Eight {
    int v[8];
};

__device__ __forceinline__ Eight unpack(uint2 bytes) {
    return Eight{{byte_of<0>(bytes.x), byte_of<1>(bytes.x), byte_of<2>(bytes.x), byte_of<3>(bytes.x), byte_of<0>(bytes.y),
                  byte_of<1>(bytes.y), byte_of<2>(bytes.y), byte_of<3>(bytes.y)}};
}

__device__ __forceinline__ Eight take(const signed char *at) { return unpack(*(const uint2 *)at); }

// `sum` and the magnitudes of four signed bytes, none of them -128.
__device__ __forceinline__ int add_magnitudes(unsigned bytes, int sum) {
    // -b - 1 of those below 0, and 1 to that.
    const unsigned negative = bytes >> 7 & 0x01010101u, magnitudes = (bytes ^ negative * 0xFFu) + negative;
    return __dp4a((int)magnitudes, 0x01010101, sum);
}

// Of four bytes from `at` on those within a row of `len`; what lies behind a row is anything.
__device__ __forceinline__ unsigned within(unsigned bytes, int at, int len) {
    const int beyond = min(at + 4 - len, 4);
    return beyond <= 0 ? bytes : beyond == 4 ? 0 : bytes & (0xFFFFFFFFu >> (8 * beyond));
}

// Stores values, which are -127 or more, with 127 in place of what is larger.
__device__ __forceinline__ void put(signed char *at, const Eight &eight) {
    const int(&v)[8] = eight.v;
    *(uint2 *)at = uint2{pack(v[0], v[1], pack(v[2], v[3], 0)), pack(v[4], v[5], pack(v[6], v[7], 0))};
}

// Replaces sums by their quotients by 2^shift: clipped below, and above where `IS_CLIPPED`.
template <bool IS_CLIPPED>
__device__ __forceinline__ void shift_down(Eight &sums, int shift) {
#pragma unroll
    for (int i = 0; i < 8; i++) {
        sums.v[i] = max(sums.v[i] >> shift, -127);
        sums.v[i] = IS_CLIPPED ? min(sums.v[i], 127) : sums.v[i];
    }
}

// Replaces sums by clip(sum // by), with the reciprocal 2^32 / by, rounded down, and 1 more.
//
// What lies outside [-128 by, 128 by) saturates anyway; what is left is raised to [0, 256 by). There the reciprocal, which is
// too large by at most by / 2^32 / by, adds less than 256 by / 2^32 < 1 / by, since by <= 16 * 255 < 2^12: the floor is the
// true one.
__device__ __forceinline__ void divide(Eight &sums, int by, unsigned reciprocal) {
#pragma unroll
    for (int i = 0; i < 8; i++) {
        const unsigned raised = (unsigned)(min(max(sums.v[i], -128 * by), 128 * by - 1) + 128 * by);
        sums.v[i] = add_max((int)__umulhi(raised, reciprocal), -128, -127);
    }
}

// value // by.
__device__ __forceinline__ int floor_of(int value, int by) {
    const int quotient = value / by;
    return quotient - (value - quotient * by < 0 ? 1 : 0);
}

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
