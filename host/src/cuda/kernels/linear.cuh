// `linear` on all rows of a tile: products on tensor cores, and everything that follows while they are in registers.
//
// A warp takes panels of 32 outputs for all rows: a fragment of W, which comes from L2, is multiplied by every 16 rows of
// the tile, and a fragment of the rows by 4 times 8 outputs. A lane has two neighbouring outputs of rows `group` and
// `group + 8` of every 16.

// Outputs of a panel, and inputs of a block: a cell of a packed matrix, 1 KiB in the order of the lanes.
constexpr int PANEL = 32;
constexpr int BLOCK = 32;

// What pairs' perturbations see of their inputs: B^T x, with the sign and the left shift, eight lanes a pair and rank.
template <int ROWS, int MODE>
__device__ void inner_products(const Tile<ROWS> &tile, const Op &op) {
    const int items = ROWS / 2 * (int)tile.args.rank;
    // Whole warps: lanes beyond the last item do it again.
    for (int from = threadIdx.x / 32 * 4; from < items; from += 4 * WARPS) {
        int item = min(from + (int)(threadIdx.x % 32 / 8), items - 1);
        int pair = item % (ROWS / 2), k = item / (ROWS / 2), lane = threadIdx.x % 8;
        const signed char *x = tile.room + op.in + 2 * pair * op.in_stride;
        const unsigned *b = tile.noise(2 * pair) + op.right + k * op.right_step;
        Two sums = inner<MODE>(b, x, op.in_stride, op.inputs, lane);
        if (lane < 2) {
            int sum = lane == 0 ? sums.v[0] : -sums.v[1];
            tile.notes.low_rank[k * ROWS + 2 * pair + lane] = sum * (1 << (int)tile.args.left_shift);
        }
    }
}

// Puts two outputs of a row where they belong.
template <int ROWS, int MODE>
struct Outputs {
    const Tile<ROWS> &tile;
    const Op &op;
    const Divisor divisor;
    int row, sign;
    const unsigned *noise;

    __device__ signed char *at(int place, int stride, int j) const { return tile.room + place + row * stride + j; }

    // The saturated values of outputs j and j + 1 from their sums.
    __device__ Two values(int j, const int (&sums)[2]) const {
        Two y = {{divisor.clipped(sums[0]), divisor.clipped(sums[1])}};
        if (op.flags & (SUMMAND | VECTOR)) {
            Two summand = op.flags & SUMMAND ? take(at(op.out, op.out_stride, j)) : Two{{0, 0}};
            for (int c = 0; c < 2; c++) {
                int v = op.flags & VECTOR ? tile.args.parameters[op.vector + j + c] : 0;
                if (op.flags & VECTOR) {
                    v = component<MODE>(tile.args, op, noise, sign, j + c, v);
                }
                y.v[c] = clip(y.v[c] + summand.v[c] + v);
            }
        }
        for (int c = 0; c < 2; c++) {
            y.v[c] = noisy<MODE>(tile.args, op, noise, sign, j + c, y.v[c]);
            if (op.flags & RELU) {
                y.v[c] = max(y.v[c], 0);
            }
        }
        return y;
    }

    // Opens a gate.
    __device__ void open(int j, Two f) const {
        Two state = take(at(op.state, op.state_stride, j));
        put(at(op.out, op.out_stride, j), f);
        put(at(op.gated, op.out_stride, j), Two{{gate(f.v[0], state.v[0]), gate(f.v[1], state.v[1])}});
    }

    // Moves the state, and brings it.
    __device__ Two move(int j, Two candidate) const {
        Two f = take(at(op.gate, op.out_stride, j)), state = take(at(op.state, op.state_stride, j));
        signed char *kept = tile.state_at(row, tile.step + 1) + op.block * op.outputs + j;
        // Of steps beyond the last only where they are asked for.
        bool is_kept = tile.args.keep ? tile.is_active(row) && tile.step + 1 < tile.args.steps
                                      : tile.step + 1 < tile.args.steps;
        for (int c = 0; c < 2 && j + c < op.outputs; c++) {
            state.v[c] = blend(f.v[c], candidate.v[c], state.v[c]);
            if (is_kept) {
                kept[c] = (signed char)state.v[c];
            }
        }
        return state;
    }

    __device__ void add(int j, Two y) const {
        signed char *stream = at(op.stream, op.stream_stride, j);
        Two x = take(stream);
        put(stream, Two{{clip(x.v[0] + y.v[0]), clip(x.v[1] + y.v[1])}});
    }

    // Counts logits, and brings what they add to the sum of the likelihood.
    __device__ unsigned count(int j, Two logits) const {
        unsigned sum = 0;
        for (int c = 0; c < 2 && j + c < op.outputs; c++) {
            sum += tile.notes.exponentials[logits.v[c] + 128];
            if (j + c == tile.notes.target[row]) {
                tile.notes.of_target[row] = logits.v[c] + 128;
            }
        }
        return sum;
    }

    // A lane's outputs of a panel, `sums[n]` of j + 8 n and its neighbour.
    __device__ void finish(int j, int (&sums)[4][2]) const {
        perturb<MODE>(tile.args, op, noise, tile.notes.low_rank + row, ROWS, j, sums);
        unsigned likelihood = 0;
#pragma unroll 1
        for (int n = 0; n < 4; n++) {
            int here = j + 8 * n;
            if (here >= op.outputs) {
                break;
            }
            Two y = values(here, sums[n]);
            switch (op.sink) {
            case KEEP: put(at(op.out, op.out_stride, here), y); break;
            case GATE: open(here, y); break;
            case BLEND: add(here, move(here, y)); break;
            case ADD: add(here, y); break;
            default: likelihood += count(here, y);
            }
        }
        if (op.sink == LOGITS) {
            // The four lanes of a row.
            likelihood += __shfl_xor_sync(0xFFFFFFFFu, likelihood, 1);
            likelihood += __shfl_xor_sync(0xFFFFFFFFu, likelihood, 2);
            if (threadIdx.x % 4 == 0) {
                atomicAdd(&tile.notes.sums[row], likelihood);
            }
        }
    }
};

template <int TILES, int MODE>
__device__ void linear(const Tile<16 * TILES> &tile, const Op &op) {
    constexpr int ROWS = 16 * TILES;
    if (MODE == SIGN || MODE == NEAR_NORMAL) {
        inner_products<ROWS, MODE>(tile, op);
        __syncthreads();
    }
    const int lane = threadIdx.x % 32, group = lane / 4, blocks = (op.inputs + BLOCK - 1) / BLOCK;
    // The row and the half of it that this lane names to `load_rows`.
    const signed char *x = tile.room + op.in + lane % 16 * op.in_stride + lane / 16 * 16;
    for (int panel = threadIdx.x / 32; panel * PANEL < op.outputs; panel += WARPS) {
        const uint4 *w = (const uint4 *)(tile.args.parameters + op.matrix) + (size_t)panel * blocks * 64 + lane;
        int sums[TILES][4][4] = {};
        for (int block = 0; block < blocks; block++) {
            const uint4 low = w[64 * block], high = w[64 * block + 32];
#pragma unroll
            for (int t = 0; t < TILES; t++) {
                unsigned a[4];
                load_rows(a, x + 16 * t * op.in_stride + BLOCK * block);
                multiply(sums[t][0], a, low.x, low.y);
                multiply(sums[t][1], a, low.z, low.w);
                multiply(sums[t][2], a, high.x, high.y);
                multiply(sums[t][3], a, high.z, high.w);
            }
        }
#pragma unroll
        for (int t = 0; t < TILES; t++) {
            int staged[2][4][2];
#pragma unroll
            for (int i = 0; i < 16; i++) {
                staged[i / 8][i / 2 % 4][i % 2] = sums[t][i / 2 % 4][i / 8 * 2 + i % 2];
            }
            // From here on places are computed, so that the code is there once a tile and not for every output: written
            // out, it would not fit the instruction cache.
#pragma unroll 1
            for (int half = 0; half < 2; half++) {
                int row = 16 * t + 8 * half + group;
                const Outputs<ROWS, MODE> outputs = {tile, op, {op.shift, op.by, op.reciprocal},
                                                     row,  tile.sign(row), tile.noise(row)};
                outputs.finish(panel * PANEL + lane % 4 * 2, staged[half]);
            }
        }
    }
}
