// The credit of pairs, Z = sum_p f_p sum_k A_p[:,k] B_p[:,k]^T, of one matrix: an int8 product over the pairs of a chunk.
//
// Signs could be compared and counted (xor, popcount) at 512 a clock and multiprocessor; tensor cores multiply 2048 bytes or
// more, and take near-normal entries as well. Integers make the order in which blocks add to Z irrelevant.

// Arguments of `terms_*` and `credit`. Every field takes eight bytes.
struct Crediting {
    // The matrix, and the rank of its factors.
    long long tensor, rows, columns, rank;
    // The first pair, and how many there are room for: a multiple of 32. Fitness beyond the population is 0.
    long long first, pairs;
    const int *fitness;
    // f b may be larger than a byte: so many digits to the base 128.
    long long digits;
    // Bytes: A by rank, row and pair; digits of f B by digit, rank, column and pair.
    signed char *left, *right;
    // Row-major.
    unsigned *z;
    // Parts that the pairs are split into.
    long long parts;
    long long seed, generation;
};
static_assert(sizeof(Crediting) == 112, "as in src/args.rs");

// Writes an entry of a pair where the product takes it from.
__device__ inline void put_term(const Crediting &args, long long at, long long pair, int value, int f) {
    const long long ranks = args.rank, of_right = args.columns * ranks;
    if (at >= of_right) {
        long long i = (at - of_right) / ranks, k = (at - of_right) % ranks;
        args.left[(k * args.rows + i) * args.pairs + pair] = (signed char)value;
        return;
    }
    long long j = at / ranks, k = at % ranks;
    int rest = f * value;
    for (long long d = 0; d < args.digits; d++) {
        // In [-64, 63], and the last is what is left.
        int digit = d + 1 < args.digits ? ((rest + 64) & 127) - 64 : rest;
        args.right[((d * ranks + k) * args.columns + j) * args.pairs + pair] = (signed char)digit;
        rest = (rest - digit) >> 7;
    }
}

// Draws the factors of all pairs. Neighbouring threads have neighbouring pairs, whose bytes lie side by side.
template <int MODE>
__device__ void terms(const Crediting &args) {
    constexpr int ENTRIES = MODE == NEAR_NORMAL ? 2 : 64;
    const long long entries = (args.rows + args.columns) * args.rank, blocks = (entries + ENTRIES - 1) / ENTRIES;
    const long long step = (long long)gridDim.x * blockDim.x;
    for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x; i < blocks * args.pairs; i += step) {
        const long long pair = i % args.pairs, block = i / args.pairs;
        const unsigned counter = ((unsigned)args.tensor << 20) + (unsigned)block;
        const uint2 two =
            threefry((unsigned)args.seed, (unsigned)args.generation, (unsigned)(args.first + pair), counter);
        const int f = args.fitness[pair];
        for (int e = 0; e < ENTRIES && block * ENTRIES + e < entries; e++) {
            int value;
            if (MODE == NEAR_NORMAL) {
                value = near_normal(e == 0 ? two.x : two.y);
            } else {
                value = signed_by((e < 32 ? two.x : two.y) >> (e % 32), 1);
            }
            put_term(args, block * ENTRIES + e, pair, value, f);
        }
    }
}

// Outputs of a block in either direction: of a warp 16 x 32.
constexpr int CREDITED = 64;

// Four bytes of a row of terms.
__device__ __forceinline__ unsigned four(const signed char *row, long long at) { return *(const unsigned *)(row + at); }

// Adds the products of a part of the pairs to a part of Z.
__device__ inline void credit(const Crediting &args) {
    const int lane = threadIdx.x % 32, warp = threadIdx.x / 32, group = lane / 4, place = lane % 4;
    const long long across = (args.columns + CREDITED - 1) / CREDITED;
    const long long tiles = (args.rows + CREDITED - 1) / CREDITED * across;
    const long long tile = blockIdx.x % tiles, part = blockIdx.x / tiles;
    const long long i = tile / across * CREDITED + warp / 2 * 16, j = tile % across * CREDITED + warp % 2 * 32;
    const long long cells = args.pairs / 32, begin = cells * part / args.parts * 32, end = cells * (part + 1) / args.parts * 32;
    // Rows and columns beyond the matrix are computed as its last, for nobody.
    const long long upper = min(i + group, args.rows - 1), lower = min(i + group + 8, args.rows - 1);
    unsigned totals[4][4] = {};
    for (long long d = 0; d < args.digits; d++) {
        int sums[4][4] = {};
        for (long long k = 0; k < args.rank; k++) {
            const signed char *a = args.left + k * args.rows * args.pairs;
            const signed char *b = args.right + (d * args.rank + k) * args.columns * args.pairs;
            for (long long pair = begin + 4 * place; pair < end; pair += 32) {
                const signed char *first = a + upper * args.pairs, *second = a + lower * args.pairs;
                const unsigned fragment[4] = {four(first, pair), four(second, pair), four(first, pair + 16),
                                              four(second, pair + 16)};
#pragma unroll
                for (int n = 0; n < 4; n++) {
                    const signed char *column = b + min(j + 8 * n + group, args.columns - 1) * args.pairs;
                    multiply(sums[n][0], sums[n][1], sums[n][2], sums[n][3], fragment, four(column, pair), four(column, pair + 16));
                }
            }
        }
        for (int n = 0; n < 4; n++) {
            for (int c = 0; c < 4; c++) {
                // Parts may leave 32 bits, their sum does not.
                totals[n][c] += (unsigned)sums[n][c] << (7 * d);
            }
        }
    }
    for (int n = 0; n < 4; n++) {
        for (int c = 0; c < 4; c++) {
            const long long row = i + group + c / 2 * 8, column = j + 8 * n + 2 * place + c % 2;
            if (row < args.rows && column < args.columns) {
                atomicAdd(&args.z[row * args.columns + column], totals[n][c]);
            }
        }
    }
}

KERNEL(terms_sign, 1, Crediting, (terms<SIGN>(args)))
KERNEL(terms_near_normal, 1, Crediting, (terms<NEAR_NORMAL>(args)))
KERNEL(credit_pairs, 1, Crediting, (credit(args)))
