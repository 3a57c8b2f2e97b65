// Products at the places of windows, on tensor cores.
//
// What lies under a window at some places is brought together in shared memory, a row of 16 members after another as a
// product of vectors has its rows; a warp takes a place and a panel of outputs. So a window is never written out for a whole
// input, and a dense layer is a window over all there is.

// Rows of a block.
constexpr int WINDOW_ROWS = 16;

template <int MODE>
struct Windows {
    static constexpr int ROWS = WINDOW_ROWS, COUNT = ROWS / 8;

    const Tile<ROWS> &tile;
    const Windowed &what;
    // The values of all rows, in shared memory or not.
    signed char *values;

    // What an operation reads of a row, and what it writes.
    __device__ __forceinline__ const signed char *input(int row) const {
        if (what.op.flags & FEATURES) {
            return (const signed char *)tile.args.inputs + (size_t)tile.notes.input[row] * tile.args.input_stride;
        }
        return values + row * tile.args.row_len + what.op.in;
    }

    __device__ __forceinline__ signed char *output(int row) const { return values + row * tile.args.row_len + what.op.out; }

    __device__ __forceinline__ signed char *stage() const { return tile.room + tile.args.stage; }

    __device__ __forceinline__ int rank() const { return (int)tile.args.rank; }

    // Brings together what lies under the window at `count` places from `first` on, the rows of a place side by side. So many
    // threads copy a row of the window, which lies in one piece in what it moves over, but for padding.
    template <typename T>
    __device__ void gather(int first, int count) const {
        const int lanes = what.lanes, groups = THREADS / lanes, of_row = what.columns * what.channels;
        const int len = what.kernel_columns * what.channels, stride = what.op.in_stride;
        for (int part = threadIdx.x / lanes; part < count * ROWS * what.kernel_rows; part += groups) {
            const int i = part % what.kernel_rows, at = part / what.kernel_rows, row = at % ROWS, place = first + at / ROWS;
            const int y = place / what.places_across * what.down + i - what.above;
            const int x = (place % what.places_across * what.across - what.left) * what.channels;
            const bool is_within = y >= 0 && y < what.rows;
            const signed char *from = input(row) + (is_within ? y : 0) * of_row;
            signed char *to = stage() + at * stride + i * len;
            for (int j = (int)threadIdx.x % lanes * (int)sizeof(T); j < len; j += lanes * (int)sizeof(T)) {
                const bool is_there = is_within && x + j >= 0 && x + j < of_row;
                *(T *)(to + j) = is_there ? *(const T *)(from + x + j) : (T)0;
            }
        }
    }

    // B^T x of all pairs at these places, with the sign and the left shift, eight lanes an item.
    __device__ void inner(int count) const {
        const int lane = threadIdx.x % 8, inputs = what.op.inputs, stride = what.op.in_stride;
        const int items = count * (ROWS / 2) * rank();
#pragma unroll 1
        for (int from = threadIdx.x / 32 * 4; from < items; from += 4 * WARPS) {
            // Lanes beyond the last item do it again.
            const int item = min(from + (int)(threadIdx.x % 32 / 8), items - 1);
            const int pair = item % (ROWS / 2), rest = item / (ROWS / 2), k = rest % rank(), slot = rest / rank();
            const signed char *x = stage() + (slot * ROWS + 2 * pair) * stride;
            const unsigned noise = tile.noise(2 * pair) + what.op.right + k * what.op.right_step;
            int sums[2] = {};
#pragma unroll 1
            for (int at = 32 * lane; at < inputs; at += 256) {
                const unsigned word = MODE == SIGN ? read(tile.args.noise + (noise + at / 32)) : 0;
                add_inner<MODE, false>(tile.args, noise, word, x, stride, at, inputs, sums);
            }
            for (int by = 4; by > 0; by /= 2) {
                sums[0] += __shfl_xor_sync(0xFFFFFFFFu, sums[0], by);
                sums[1] += __shfl_xor_sync(0xFFFFFFFFu, sums[1], by);
            }
            if (lane < 2) {
                const int sum = lane == 0 ? sums[0] : -sums[1];
                tile.notes.low_rank[(slot * rank() + k) * ROWS + 2 * pair + lane] = sum * (1 << (int)tile.args.left_shift);
            }
        }
    }

    // Signs of eight nodes from `at` on, of which any may be the first of a word, as the lowest bits.
    __device__ __forceinline__ unsigned node_signs(int row, int at) const {
        const unsigned *words = tile.args.noise + (tile.noise(row) + what.op.nodes);
        const int bit = at % 32;
        unsigned signs = read(words + at / 32) >> bit;
        // Behind the last node there may be no word.
        if (bit > 24 && (at / 32 + 1) * 32 < what.places * what.op.outputs) {
            signs |= read(words + at / 32 + 1) << (32 - bit);
        }
        return signs;
    }

    // Divides sums; `divide_all` of what has a reciprocal.
    __device__ __forceinline__ void divide_all(const Outputs<ROWS, MODE> &outputs, Eight (&sums)[COUNT]) const {
        if (what.op.shift >= 0 || what.op.reciprocal != 0) {
            outputs.template divide_all<true>(sums);
            return;
        }
#pragma unroll
        for (int i = 0; i < COUNT; i++) {
#pragma unroll
            for (int c = 0; c < 8; c++) {
                sums[i].v[c] = clip(floor_of(sums[i].v[c], what.op.by));
            }
        }
    }

    // Takes the products at a place to where they belong.
    __device__ __forceinline__ void finish(const Outputs<ROWS, MODE> &outputs, int place, Eight (&y)[COUNT]) const {
        const int flags = what.op.flags, j = outputs.j;
        if (is_pair(MODE)) {
            unsigned words[COUNT] = {};
            if (MODE == SIGN) {
                outputs.ask_for(what.op.left, words);
            }
            outputs.perturb_all(words, y);
        }
        divide_all(outputs, y);
        if (flags & VECTOR) {
            const uint2 vector = read((const uint2 *)(tile.args.parameters + what.op.vector + j));
            outputs.template add_vector<false>(Components::of<MODE>(tile.args, vector), y);
        }
        // From here on each lane has its own: outputs behind the last belong to the next place.
        const int count = min(what.op.outputs - j, 8);
        if (count <= 0) {
            return;
        }
        const int at = place * what.op.outputs + j;
#pragma unroll
        for (int i = 0; i < COUNT; i++) {
            const int row = outputs.row(i);
            if (MODE == NODE && (flags & NOISY)) {
                add_noise<MODE>(tile.args, what.op, node_signs(row, at), tile.sign(row), y[i]);
            }
            const int least = flags & RELU ? 0 : -127;
#pragma unroll
            for (int c = 0; c < 8; c++) {
                y[i].v[c] = max(y[i].v[c], least);
            }
            signed char *to = output(row) + at;
            if (flags & EIGHTS) {
                put(to, y[i]);
                continue;
            }
#pragma unroll
            for (int c = 0; c < 8; c++) {
                if (c < count) {
                    to[c] = (signed char)y[i].v[c];
                }
            }
        }
    }

    __device__ void products(int first, int count) const {
        const Op &op = what.op;
        const int lane = threadIdx.x % 32, panels = (op.outputs + PANEL - 1) / PANEL;
        const int cells = (op.inputs + 2 * BLOCK - 1) / (2 * BLOCK) * 2;
#pragma unroll 1
        for (int item = threadIdx.x / 32; item < count * panels; item += WARPS) {
            const int slot = item % count, number = item / count;
            // What is known of rows, with the low-rank terms of this place.
            Tile<ROWS> here = tile;
            here.notes.low_rank += slot * rank() * ROWS;
            const Outputs<ROWS, MODE> outputs = {here, op, lane / 4, number * PANEL + lane % 4 * 8};
            const signed char *x = stage() + (slot * ROWS + lane % 16) * op.in_stride + lane / 16 * 16;
            Panel panel((const uint4 *)(tile.args.parameters + op.matrix) + number * cells * 64 + lane, cells);
            Eight sums[COUNT];
            panel.template multiply_all<1>(x, op.in_stride, outputs.start().of, sums);
            finish(outputs, first + slot, sums);
        }
    }

    __device__ void run() const {
#pragma unroll 1
        for (int first = 0; first < what.places; first += what.at_once) {
            const int count = min(what.at_once, what.places - first);
            if (what.op.flags & WORDS) {
                gather<unsigned>(first, count);
            } else {
                gather<signed char>(first, count);
            }
            __syncthreads();
            if (is_pair(MODE)) {
                inner(count);
                __syncthreads();
            }
            products(first, count);
            __syncthreads();
        }
    }
};
