// `linear` on all rows of a tile: products on tensor cores, and everything that follows while they are in registers.
//
// A warp takes panels of 32 outputs for all rows: a fragment of W, which comes from L2, is multiplied by every 16 rows, and a
// fragment of the rows by 4 times 8 outputs. Panels are packed so that a lane has eight neighbouring outputs of rows
// lane / 4 and lane / 4 + 8 of every 16. What follows goes over all of them step by step, each step one loop without a branch
// inside: it is these instructions, more than the products, that take the time.

// Outputs of a panel, and inputs of a block: a cell of a packed matrix, 1 KiB in the order of the lanes.
constexpr int PANEL = 32;
constexpr int BLOCK = 32;

// What pairs' perturbations see of their inputs: B^T x, with the sign and the left shift, eight lanes a pair and rank.
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

// A lane's part of a cell.
struct Cell {
    uint4 low, high;

    static __device__ __forceinline__ Cell of(const uint4 *at) { return Cell{at[0], at[32]}; }

    // Multiplies 16 rows for every two of `sums`, from `x` on; the first begins with `start`.
    template <int TILES, bool IS_FIRST>
    __device__ __forceinline__ void multiply_all(const signed char *x, int stride, const int (&start)[2 * TILES],
                                                 Eight (&sums)[2 * TILES]) const {
        const unsigned b[8] = {low.x, low.y, low.z, low.w, high.x, high.y, high.z, high.w};
#pragma unroll
        for (int t = 0; t < TILES; t++) {
            unsigned a[4];
            load_rows(a, x + 16 * t * stride);
            int(&y)[8] = sums[2 * t].v, (&z)[8] = sums[2 * t + 1].v;
#pragma unroll
            for (int n = 0; n < 8; n += 2) {
                if (IS_FIRST) {
                    multiply_first(y[n], y[n + 1], z[n], z[n + 1], a, b[n], b[n + 1], start[2 * t], start[2 * t + 1]);
                } else {
                    multiply(y[n], y[n + 1], z[n], z[n + 1], a, b[n], b[n + 1]);
                }
            }
        }
    }
};

// The cells of a panel, an even number from `w` on. Two take turns: one is on its way while the other is multiplied.
struct Panel {
    const uint4 *w;
    int count;
    Cell even, odd;

    // Asks for the first two.
    __device__ __forceinline__ Panel(const uint4 *w, int count) : w(w), count(count), even(cell(0)), odd(cell(1)) { ask(); }

    __device__ __forceinline__ Cell cell(int i) const { return Cell::of(w + 64 * i); }

    // Its products with the rows from `x` on, added to `start`.
    template <int TILES>
    __device__ __forceinline__ void multiply_all(const signed char *x, int stride, const int (&start)[2 * TILES],
                                                 Eight (&sums)[2 * TILES]) {
        // Where there are no further cells, the last two come again.
        int next = min(2, count - 2);
        even.multiply_all<TILES, true>(x, stride, start, sums);
        even = cell(next);
        ask();
        odd.multiply_all<TILES, false>(x + BLOCK, stride, start, sums);
        odd = cell(next + 1);
        ask();
#pragma unroll 1
        for (int i = 2; i < count; i += 2) {
            next = min(i + 2, count - 2);
            even.multiply_all<TILES, false>(x + BLOCK * i, stride, start, sums);
            even = cell(next);
            ask();
            odd.multiply_all<TILES, false>(x + BLOCK * i + BLOCK, stride, start, sums);
            odd = cell(next + 1);
            ask();
        }
    }
};

// Eight outputs from `j` on of every eighth row, on their way to where they belong.
template <int ROWS, int MODE, int COUNT>
struct Outputs {
    const Tile<ROWS> &tile;
    const Op &op;
    int first, j;

    __device__ __forceinline__ int row(int i) const { return first + 8 * i; }

    // Where this lane's values of its rows lie, from a place on.
    struct Place {
        signed char *at;
        int step;
        __device__ __forceinline__ signed char *operator[](int i) const { return at + i * step; }
    };

    __device__ __forceinline__ Place place(int from, int stride) const {
        return {tile.room + from + first * stride + j, 8 * stride};
    }

    // Whether the low-rank term is the sum of the inputs with their signs, with no shift behind it.
    __device__ __forceinline__ bool is_plain() const { return MODE == SIGN && (int)tile.args.right_shift == 0; }

    // What products are added to: the low-rank term of an output without a sign.
    struct Start {
        int of[COUNT];
    };

    __device__ __forceinline__ Start start() const {
        Start start = {};
        if (is_plain()) {
#pragma unroll 1
            for (int k = 0; k < (int)tile.args.rank; k++) {
#pragma unroll
                for (int i = 0; i < COUNT; i++) {
                    start.of[i] += tile.notes.low_rank[k * ROWS + row(i)];
                }
            }
        }
        return start;
    }

    // Asks for the rows' words of a panel, from a column on.
    __device__ __forceinline__ void ask_for(unsigned column, unsigned (&words)[COUNT]) const {
        column += j / PANEL;
#pragma unroll
        for (int i = 0; i < COUNT; i++) {
            words[i] = tile.args.noise[tile.noise(row(i)) + column];
        }
        ask();
    }

    // Adds what pairs' members have beside the base model's products; `words` have the signs of the first column of A.
    __device__ __forceinline__ void perturb_all(unsigned (&words)[COUNT], Eight (&sums)[COUNT]) const {
        if (!is_plain()) {
#pragma unroll
            for (int i = 0; i < COUNT; i++) {
                perturb<MODE>(tile.args, op, tile.noise(row(i)), tile.notes.low_rank + row(i), ROWS, j, sums[i]);
            }
            return;
        }
#pragma unroll 1
        for (int k = 0; k < (int)tile.args.rank; k++) {
            unsigned next[COUNT] = {};
            if (k + 1 < (int)tile.args.rank) {
                ask_for(op.left + (k + 1) * op.left_step, next);
            }
#pragma unroll
            for (int i = 0; i < COUNT; i++) {
                const int turn = -2 * tile.notes.low_rank[k * ROWS + row(i)];
                const unsigned word = words[i] >> (j % PANEL);
                int(&y)[8] = sums[i].v;
                add_where<0>(word, turn, y[0]);
                add_where<1>(word, turn, y[1]);
                add_where<2>(word, turn, y[2]);
                add_where<3>(word, turn, y[3]);
                add_where<4>(word, turn, y[4]);
                add_where<5>(word, turn, y[5]);
                add_where<6>(word, turn, y[6]);
                add_where<7>(word, turn, y[7]);
                words[i] = next[i];
            }
        }
    }

    // Replaces sums by values: clipped below, and above where `IS_CLIPPED`.
    template <bool IS_CLIPPED>
    __device__ __forceinline__ void divide_all(Eight (&sums)[COUNT]) const {
        const int shift = op.shift;
        if (shift >= 0) {
#pragma unroll
            for (int i = 0; i < COUNT; i++) {
                shift_down<IS_CLIPPED>(sums[i], shift);
            }
            return;
        }
        const int by = op.by;
        const unsigned reciprocal = op.reciprocal;
#pragma unroll
        for (int i = 0; i < COUNT; i++) {
            divide(sums[i], by, reciprocal);
        }
    }

    // Adds a vector, as members have it, and a summand.
    template <bool IS_SUM>
    __device__ __forceinline__ void add_vector(const Components &components, Eight (&y)[COUNT]) const {
        const Place summand = place(op.out, op.out_stride);
        unsigned words[COUNT] = {};
        if (MODE == SIGN) {
#pragma unroll
            for (int i = 0; i < COUNT; i++) {
                words[i] = eight_signs(tile.args, tile.noise(row(i)) + op.vector_noise, j);
            }
        }
#pragma unroll
        for (int i = 0; i < COUNT; i++) {
            const int sign = tile.sign(row(i));
            if (MODE == NEAR_NORMAL) {
                // Row by row: the factors of all would be too many registers.
                ask();
            }
            const Eight vector = components.template member<MODE>(tile.args, op, tile.noise(row(i)), words[i], sign, j);
            const Eight x = IS_SUM ? take(summand[i]) : Eight{};
#pragma unroll
            for (int c = 0; c < 8; c++) {
                y[i].v[c] = clip(y[i].v[c] + vector.v[c] + x.v[c]);
            }
        }
    }

    __device__ __forceinline__ void add_noises(const unsigned (&words)[COUNT], Eight (&y)[COUNT]) const {
#pragma unroll
        for (int i = 0; i < COUNT; i++) {
            add_noise<MODE>(tile.args, op, words[i] >> (j % PANEL), tile.sign(row(i)), y[i]);
        }
    }

    __device__ __forceinline__ void keep(const Eight (&y)[COUNT]) const {
        const Place out = place(op.out, op.out_stride);
#pragma unroll
        for (int i = 0; i < COUNT; i++) {
            put(out[i], y[i]);
        }
    }

    // Opens gates.
    __device__ __forceinline__ void open(const Eight (&y)[COUNT]) const {
        const Place states = place(op.state, op.state_stride), gated = place(op.gated, op.out_stride);
        keep(y);
#pragma unroll
        for (int i = 0; i < COUNT; i++) {
            Eight state = take(states[i]);
#pragma unroll
            for (int c = 0; c < 8; c++) {
                state.v[c] = gate(y[i].v[c], state.v[c]);
            }
            put(gated[i], state);
        }
    }

    // Moves states towards candidates.
    __device__ __forceinline__ void move(Eight (&y)[COUNT]) const {
        const Place gates = place(op.gate, op.out_stride), states = place(op.state, op.state_stride);
        const bool is_last = tile.step + 1 == (int)tile.args.steps;
        // Those behind the last step are not always asked for.
        const bool is_kept = j < op.outputs && (!is_last || tile.args.ends != nullptr);
#pragma unroll
        for (int i = 0; i < COUNT; i++) {
            const Eight f = take(gates[i]), state = take(states[i]);
#pragma unroll
            for (int c = 0; c < 8; c++) {
                y[i].v[c] = blend(f.v[c], y[i].v[c], state.v[c]);
            }
            if (is_kept && (!(tile.args.keep || is_last) || tile.is_active(row(i)))) {
                put((is_last ? tile.end(row(i)) : tile.state_at(row(i), tile.step + 1)) + op.states + j, y[i]);
            }
        }
    }

    __device__ __forceinline__ void add(const Eight (&y)[COUNT]) const {
        const Place stream = place(op.stream, op.stream_stride);
#pragma unroll
        for (int i = 0; i < COUNT; i++) {
            Eight x = take(stream[i]);
#pragma unroll
            for (int c = 0; c < 8; c++) {
                x.v[c] = max(x.v[c] + y[i].v[c], -127);
            }
            put(stream[i], x);
        }
    }

    // Counts logits into the likelihood.
    __device__ __forceinline__ void count(const Eight (&y)[COUNT]) const {
#pragma unroll
        for (int i = 0; i < COUNT; i++) {
            const int target = tile.notes.target[row(i)] - j;
            unsigned sum = 0;
#pragma unroll
            for (int c = 0; c < 8; c++) {
                if (j + c < op.outputs) {
                    sum += tile.notes.exponentials[y[i].v[c] + 128];
                    if (c == target) {
                        tile.notes.of_target[row(i)] = y[i].v[c] + 128;
                    }
                }
            }
            // The four lanes of a row.
            sum += __shfl_xor_sync(0xFFFFFFFFu, sum, 1);
            sum += __shfl_xor_sync(0xFFFFFFFFu, sum, 2);
            if (threadIdx.x % 4 == 0) {
                atomicAdd(&tile.notes.sums[row(i)], sum);
            }
        }
    }

    // Takes products to where they belong; `vector` has the bytes of the base model's components, and `words` the signs of a
    // low-rank term, or those of nodes.
    __device__ __forceinline__ void finish(Eight (&y)[COUNT], uint2 vector, unsigned (&words)[COUNT]) const {
        if (is_pair(MODE)) {
            perturb_all(words, y);
        }
        const int flags = op.flags;
        if (op.sink == KEEP && !(flags & (VECTOR | NOISY | RELU))) {
            // Storing clips.
            divide_all<false>(y);
            keep(y);
            return;
        }
        divide_all<true>(y);
        if (flags & VECTOR) {
            const Components components = Components::of<MODE>(tile.args, vector);
            if (flags & SUMMAND) {
                add_vector<true>(components, y);
            } else {
                add_vector<false>(components, y);
            }
        }
        add_noises(words, y);
        if (flags & RELU) {
#pragma unroll
            for (int i = 0; i < COUNT; i++) {
#pragma unroll
                for (int c = 0; c < 8; c++) {
                    y[i].v[c] = max(y[i].v[c], 0);
                }
            }
        }
        switch (op.sink) {
        case KEEP: keep(y); break;
        case GATE: open(y); break;
        case BLEND:
            move(y);
            add(y);
            break;
        case ADD: add(y); break;
        default: count(y);
        }
    }
};

template <int TILES, int MODE>
__device__ void linear(const Tile<16 * TILES> &tile, const Op &op) {
    constexpr int ROWS = 16 * TILES, COUNT = 2 * TILES;
    const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
    const auto panel_of = [&](int number) {
        // A warp without a panel has the first, to no end.
        const int known = number * PANEL < op.outputs ? number : 0, cells = (op.inputs + 2 * BLOCK - 1) / (2 * BLOCK) * 2;
        return Panel((const uint4 *)(tile.args.parameters + op.matrix) + known * cells * 64 + lane, cells);
    };
    const InnerProducts<ROWS, MODE> inner = {tile, op};
    const unsigned early = is_pair(MODE) ? inner.early() : 0;
    Panel panel = panel_of(warp);
    if (is_pair(MODE)) {
        inner.run(early);
        // All warps' are there.
        __syncthreads();
    }
#pragma unroll 1
    for (int number = warp; number * PANEL < op.outputs;) {
        const Outputs<ROWS, MODE, COUNT> outputs = {tile, op, opaque(lane / 4), number * PANEL + lane % 4 * 8};
        // The row and the half of it that this lane names to `load_rows`.
        const signed char *x = tile.room + op.in + lane % 16 * op.in_stride + lane / 16 * 16;
        Eight sums[COUNT];
        panel.template multiply_all<TILES>(x, op.in_stride, outputs.start().of, sums);
        forget();
        // Asked for before they are needed.
        unsigned words[COUNT] = {};
        if (MODE == SIGN || MODE == NODE) {
            outputs.ask_for(MODE == SIGN ? op.left : op.nodes, words);
        }
        uint2 vector = {0, 0};
        if (op.flags & VECTOR) {
            vector = read((const uint2 *)(tile.args.parameters + op.vector + outputs.j));
        }
        outputs.finish(sums, vector, words);
        number += WARPS;
        if (number * PANEL >= op.outputs) {
            break;
        }
        panel = panel_of(number);
    }
}
