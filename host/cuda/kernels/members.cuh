// What makes a row a member: what it adds to products, vectors and nodes.

// Whether members are those of pairs, with a low-rank term.
__device__ constexpr bool is_pair(int mode) { return mode == SIGN || mode == NEAR_NORMAL; }

// `value`, or its negative where a bit is set.
__device__ __forceinline__ int signed_by(unsigned bit, int value) { return bit & 1 ? -value : value; }

// Signs from `j` on, a multiple of eight, as the lowest bits; `noise` is where their column begins.
__device__ __forceinline__ unsigned eight_signs(const Forward &args, unsigned noise, int j) {
    return read(args.noise + (noise + j / 32)) >> (j % 32);
}

// A near-normal entry of a column.
__device__ __forceinline__ int entry(const Forward &args, unsigned noise, int at) {
    return ((const signed char *)(args.noise + noise))[at];
}

// Eight of them, from `j` on, a multiple of eight: the host lays columns out so that these are aligned, and there.
__device__ __forceinline__ uint2 eight_bytes(const Forward &args, unsigned noise, int j) {
    return *(const uint2 *)((const signed char *)(args.noise + noise) + j);
}

__device__ __forceinline__ Eight entries(const Forward &args, unsigned noise, int j) {
    return unpack(eight_bytes(args, noise, j));
}

// Eight components of a vector, as all members may have them.
struct Components {
    // The base model's; of members with signs, those with and those without a sign.
    Eight base, set, clear;

    // From their bytes.
    template <int MODE>
    static __device__ __forceinline__ Components of(const Forward &args, uint2 bytes) {
        Components all = {unpack(bytes), {}, {}};
        if (MODE == SIGN) {
            const int shift = (int)args.vector_shift;
            // Negative: vectors stay as they are.
            const int up = shift < 0 ? 0 : 256 >> shift, down = shift < 0 ? 0 : -256 >> shift;
#pragma unroll
            for (int i = 0; i < 8; i++) {
                all.clear.v[i] = clip(all.base.v[i] + up);
                all.set.v[i] = clip(all.base.v[i] + down);
            }
        }
        return all;
    }

    // As a member has them: its noise, of which `word` has the signs, and its sign.
    template <int MODE>
    __device__ __forceinline__ Eight member(const Forward &args, const Op &op, unsigned noise, unsigned word, int sign,
                                            int j) const {
        Eight moved = base;
        if (MODE == SIGN) {
            const unsigned bits = sign < 0 ? ~word : word;
#pragma unroll
            for (int i = 0; i < 8; i++) {
                moved.v[i] = bits >> i & 1 ? set.v[i] : clear.v[i];
            }
        } else if (MODE == NEAR_NORMAL && args.vector_shift >= 0) {
            const unsigned first = noise + op.vector_noise;
            const Eight a = entries(args, first, j), b = entries(args, first + op.vector_step, j);
#pragma unroll
            for (int i = 0; i < 8; i++) {
                moved.v[i] = clip(moved.v[i] + ((sign * a.v[i] * b.v[i]) >> (int)args.vector_shift));
            }
        }
        return moved;
    }
};

// Nodes with a member's noise; `word` has the signs.
template <int MODE>
__device__ __forceinline__ void add_noise(const Forward &args, const Op &op, unsigned word, int sign, Eight &nodes) {
    if (MODE != NODE || !(op.flags & NOISY)) {
        return;
    }
    const int amplitude = sign * (int)args.amplitude;
#pragma unroll
    for (int i = 0; i < 8; i++) {
        nodes.v[i] = clip(nodes.v[i] + signed_by(word >> i, amplitude));
    }
}

// Adds P to a row's sums j to j + 7: `(sum_k a_jk inputs_k) >> right_shift`. The inputs, `step` apart, have the
// sign and the left shift.
template <int MODE>
__device__ __forceinline__ void perturb(const Forward &args, const Op &op, unsigned noise, const int *inputs, int step, int j,
                                        Eight &sums) {
    constexpr int AT_ONCE = MODE == SIGN ? 4 : 1;
    const int rank = (int)args.rank;
    int p[8] = {};
#pragma unroll 1
    for (int first = 0; first < rank; first += AT_ONCE) {
        // All are asked for before the first is needed; those beyond the rank add nothing.
        unsigned words[AT_ONCE];
        uint2 bytes[AT_ONCE];
#pragma unroll
        for (int k = 0; k < AT_ONCE; k++) {
            const unsigned a = noise + op.left + min(first + k, rank - 1) * op.left_step;
            if (MODE == SIGN) {
                words[k] = eight_signs(args, a, j);
            } else {
                bytes[k] = eight_bytes(args, a, j);
            }
        }
#pragma unroll
        for (int k = 0; k < AT_ONCE; k++) {
            const int input = first + k < rank ? inputs[(first + k) * step] : 0;
            const Eight these = MODE == SIGN ? Eight{} : unpack(bytes[k]);
#pragma unroll
            for (int i = 0; i < 8; i++) {
                p[i] += MODE == SIGN ? signed_by(words[k] >> i, input) : these.v[i] * input;
            }
        }
    }
#pragma unroll
    for (int i = 0; i < 8; i++) {
        sums.v[i] += p[i] >> (int)args.right_shift;
    }
}
