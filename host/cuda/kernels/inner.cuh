// What the low-rank terms of pairs see of their inputs, B^T x.

// Adds B^T x of a pair's twins over 32 inputs from `at` on. A word of signs has that of input 4 c + i as bit c + 8 i, so that
// four of them are bytes after a shift; `noise` is where the column begins.
template <int MODE, bool IS_WHOLE>
__device__ __forceinline__ void add_inner(const Forward &args, unsigned noise, unsigned word, const signed char *x,
                                          int twin_stride, int at, int inputs, int (&sums)[2]) {
#pragma unroll
    for (int i = 0; i < 2; i++) {
        // Lanes that are four apart begin with different halves, or they would meet in the same banks.
        const int half = i ^ (at / 128 & 1), from = at + 16 * half;
        const uint4 plus = *(const uint4 *)(x + from), minus = *(const uint4 *)(x + twin_stride + from);
        const unsigned of_plus[4] = {plus.x, plus.y, plus.z, plus.w}, of_minus[4] = {minus.x, minus.y, minus.z, minus.w};
        unsigned these[4];
        if (MODE == SIGN) {
            const unsigned bits = word >> (4 * half);
#pragma unroll
            for (int q = 0; q < 4; q++) {
                these[q] = (bits >> q & 0x01010101u) * 0xFEu + 0x01010101u;
            }
        } else {
            const uint4 four = read((const uint4 *)(args.noise + (noise + from / 4)));
            these[0] = four.x, these[1] = four.y, these[2] = four.z, these[3] = four.w;
        }
#pragma unroll
        for (int q = 0; q < 4; q++) {
            const int mine = (int)(IS_WHOLE ? these[q] : within(these[q], from + 4 * q, inputs));
            sums[0] = __dp4a((int)of_plus[q], mine, sums[0]);
            sums[1] = __dp4a((int)of_minus[q], mine, sums[1]);
        }
    }
}

// B^T x of all pairs of a tile, with the sign and the left shift, eight lanes a pair and rank.
template <int ROWS, int MODE>
struct InnerProducts {
    const Tile<ROWS> &tile;
    const Op &op;

    __device__ __forceinline__ int count() const { return ROWS / 2 * (int)tile.args.rank; }

    // Whole warps: lanes beyond the last item do it again.
    __device__ __forceinline__ int item(int from) const { return min(from + (int)(threadIdx.x % 32 / 8), count() - 1); }

    __device__ __forceinline__ unsigned column(int item) const {
        return tile.noise(item % (ROWS / 2) * 2) + op.right + item / (ROWS / 2) * op.right_step;
    }

    __device__ __forceinline__ unsigned word(unsigned column, int at) const {
        return MODE == SIGN && at < op.inputs ? read(tile.args.noise + (column + at / 32)) : 0;
    }

    // Asks for a lane's first word.
    __device__ __forceinline__ unsigned early() const {
        return word(column(item(threadIdx.x / 32 * 4)), threadIdx.x % 8 * 32);
    }

    // `word` is what `early` asked for.
    __device__ void run(unsigned word) const {
        const int lane = threadIdx.x % 8, inputs = op.inputs;
#pragma unroll 1
        for (int from = threadIdx.x / 32 * 4; from < count(); from += 4 * WARPS) {
            const int item = this->item(from), pair = item % (ROWS / 2), k = item / (ROWS / 2);
            const signed char *x = tile.room + op.in + 2 * pair * op.in_stride;
            const unsigned noise = column(item), then = column(this->item(from + 4 * WARPS));
            int sums[2] = {};
#pragma unroll 1
            for (int at = 32 * lane; at < inputs; at += 256) {
                // The next one is on its way.
                const unsigned next = at + 256 < inputs ? this->word(noise, at + 256) : this->word(then, 32 * lane);
                if (at + 32 <= inputs) {
                    add_inner<MODE, true>(tile.args, noise, word, x, op.in_stride, at, inputs, sums);
                } else {
                    add_inner<MODE, false>(tile.args, noise, word, x, op.in_stride, at, inputs, sums);
                }
                word = next;
            }
            for (int by = 4; by > 0; by /= 2) {
                sums[0] += __shfl_xor_sync(0xFFFFFFFFu, sums[0], by);
                sums[1] += __shfl_xor_sync(0xFFFFFFFFu, sums[1], by);
            }
            if (lane < 2) {
                const int sum = lane == 0 ? sums[0] : -sums[1];
                tile.notes.low_rank[k * ROWS + 2 * pair + lane] = sum * (1 << (int)tile.args.left_shift);
            }
        }
    }
};
