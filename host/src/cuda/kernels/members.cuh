// What makes a row a member: what it adds to products, vectors and nodes.

// Four signs of a word, from bit `at` on, as bytes: +1, or -1 where the bit is set.
__device__ __forceinline__ int signs(unsigned word, int at) {
    unsigned ones = ((word >> at & 0xF) * 0x00204081u) & 0x01010101u;
    return (int)(0x01010101u + ones * 0xFE);
}

// `value`, or its negative where a bit is set.
__device__ __forceinline__ int signed_by(unsigned bit, int value) { return bit & 1 ? -value : value; }

// A near-normal entry of laid out noise.
__device__ __forceinline__ int entry(const unsigned *noise, int at) { return ((const signed char *)noise)[at]; }

// Component j of a vector as a member has it.
template <int MODE>
__device__ __forceinline__ int component(const Forward &args, const Op &op, const unsigned *noise, int sign, int j, int v) {
    if ((MODE != SIGN && MODE != NEAR_NORMAL) || args.vector_shift < 0) {
        return v;
    }
    const unsigned *mine = noise + op.vector_noise;
    int moves = MODE == SIGN ? signed_by(mine[j / 32] >> (j % 32), 256)
                             : entry(mine, j) * entry(mine + op.vector_step, j);
    return clip(v + ((sign * moves) >> (int)args.vector_shift));
}

// A node's value with a member's noise.
template <int MODE>
__device__ __forceinline__ int noisy(const Forward &args, const Op &op, const unsigned *noise, int sign, int j, int u) {
    if (MODE != NODE || !(op.flags & NOISY)) {
        return u;
    }
    unsigned word = noise[op.nodes + j / 32];
    return clip(u + signed_by(word >> (j % 32), sign * (int)args.amplitude));
}

// Adds P to a lane's outputs j + 8 n and j + 8 n + 1 of a panel: `(sum_k a_jk inputs_k) >> right_shift`. The inputs,
// `rows` apart, have the sign and the left shift.
template <int MODE>
__device__ __forceinline__ void perturb(const Forward &args, const Op &op, const unsigned *noise, const int *inputs,
                                        int rows, int j, int (&sums)[4][2]) {
    if (MODE != SIGN && MODE != NEAR_NORMAL) {
        return;
    }
    int p[4][2] = {};
    for (int k = 0; k < (int)args.rank; k++) {
        const unsigned *a = noise + op.left + k * op.left_step;
        int input = inputs[k * rows];
        unsigned word = MODE == SIGN ? a[j / 32] >> (j % 32) : 0;
#pragma unroll
        for (int n = 0; n < 4; n++) {
            if (MODE == SIGN) {
                p[n][0] += signed_by(word >> (8 * n), input);
                p[n][1] += signed_by(word >> (8 * n + 1), input);
            } else if (j + 8 * n < op.outputs) {
                Two entries = take((const signed char *)a + j + 8 * n);
                p[n][0] += entries.v[0] * input;
                p[n][1] += entries.v[1] * input;
            }
        }
    }
#pragma unroll
    for (int n = 0; n < 4; n++) {
        sums[n][0] += p[n][0] >> (int)args.right_shift;
        sums[n][1] += p[n][1] >> (int)args.right_shift;
    }
}

// B^T x of a pair's twins, eight lanes together: chunk after chunk of four inputs, lane by lane.
template <int MODE>
__device__ __forceinline__ Two inner(const unsigned *b, const signed char *x, int twin_stride, int inputs, int lane) {
    Two sums = {{0, 0}};
    for (int chunk = lane; 4 * chunk < inputs; chunk += 8) {
        int entries = MODE == SIGN ? signs(b[chunk / 8], 4 * (chunk % 8)) : (int)b[chunk];
        int beyond = 4 * chunk + 4 - inputs;
        if (beyond > 0) {
            // What lies behind a row is anything.
            entries &= (int)(0xFFFFFFFFu >> (8 * beyond));
        }
        sums.v[0] = __dp4a(((const int *)x)[chunk], entries, sums.v[0]);
        sums.v[1] = __dp4a(((const int *)(x + twin_stride))[chunk], entries, sums.v[1]);
    }
    for (int by = 4; by > 0; by /= 2) {
        sums.v[0] += __shfl_xor_sync(0xFFFFFFFFu, sums.v[0], by);
        sums.v[1] += __shfl_xor_sync(0xFFFFFFFFu, sums.v[1], by);
    }
    return sums;
}
