// Operations of models with windows that take each channel by itself: a thread makes a value, neighbouring threads those of
// neighbouring channels.

template <int MODE>
struct Channels {
    static constexpr int ROWS = WINDOW_ROWS;

    const Windows<MODE> &windows;

    __device__ __forceinline__ const Tile<ROWS> &tile() const { return windows.tile; }

    __device__ __forceinline__ const Windowed &what() const { return windows.what; }

    // Brings the values of a channel under the window at a place, each with its position within the window.
    template <typename Each>
    __device__ __forceinline__ void under(const signed char *x, int place, int channel, const Each &each) const {
        const Windowed &of = what();
        const int top = place / of.places_across * of.down - of.above, side = place % of.places_across * of.across - of.left;
        const int begin = max(-side, 0), end = min(of.kernel_columns, of.columns - side);
        for (int i = max(-top, 0); i < min(of.kernel_rows, of.rows - top); i++) {
            for (int j = begin; j < end; j++) {
                each(i * of.kernel_columns + j, x[((top + i) * of.columns + side + j) * of.channels + channel]);
            }
        }
    }

    // Does `make` for every value of every row: with the row, the place and the channel.
    template <typename Make>
    __device__ __forceinline__ void all(const Make &make) const {
        const int channels = what().op.outputs, values = what().places * channels;
#pragma unroll 1
        for (int i = threadIdx.x; i < ROWS * values; i += THREADS) {
            const int row = i / values, at = i % values;
            windows.output(row)[at] = (signed char)make(row, at / channels, at % channels);
        }
    }

    // An entry of a column of noise, which is not spread.
    __device__ __forceinline__ int noise(unsigned column, int at) const {
        if (MODE == SIGN) {
            return signed_by(read(tile().args.noise + (column + at / 32)) >> (at % 32), 1);
        }
        return entry(tile().args, column, at);
    }

    // What a pair's member adds to a channel's product.
    __device__ __forceinline__ int low_rank(const signed char *x, int row, int place, int channel) const {
        const Forward &args = tile().args;
        const Op &op = what().op;
        const unsigned first = tile().noise(row);
        int sum = 0;
#pragma unroll 1
        for (int k = 0; k < (int)args.rank; k++) {
            const unsigned right = first + op.right + k * op.right_step;
            int inner = 0;
            under(x, place, channel, [&](int at, int value) { inner += noise(right, at) * value; });
            sum += noise(first + op.left + k * op.left_step, channel) * inner;
        }
        return (tile().sign(row) * sum * (1 << (int)args.left_shift)) >> (int)args.right_shift;
    }

    // A component of a vector as a member has it.
    __device__ __forceinline__ int component(int row, int channel) const {
        const Forward &args = tile().args;
        const Op &op = what().op;
        const int base = read(args.parameters + op.vector + channel), shift = (int)args.vector_shift;
        if (!is_pair(MODE) || shift < 0) {
            return base;
        }
        const unsigned first = tile().noise(row) + op.vector_noise;
        const int own = MODE == SIGN ? 256 * noise(first, channel)
                                     : noise(first, channel) * noise(first + op.vector_step, channel);
        return clip(base + ((tile().sign(row) * own) >> shift));
    }

    __device__ void depthwise() const {
        const Forward &args = tile().args;
        const Op &op = what().op;
        all([&](int row, int place, int channel) {
            const signed char *x = windows.input(row), *w = args.parameters + op.matrix + channel;
            int sum = 0;
            under(x, place, channel, [&](int at, int value) { sum += read(w + at * op.outputs) * value; });
            if (is_pair(MODE)) {
                sum += low_rank(x, row, place, channel);
            }
            int y = clip(op.shift >= 0 ? sum >> op.shift : floor_of(sum, op.by));
            if (op.flags & VECTOR) {
                y = clip(y + component(row, channel));
            }
            if (MODE == NODE && (op.flags & NOISY)) {
                const int at = place * op.outputs + channel, amplitude = tile().sign(row) * (int)args.amplitude;
                const unsigned word = read(args.noise + (tile().noise(row) + op.nodes + at / 32));
                y = clip(y + signed_by(word >> (at % 32), amplitude));
            }
            return op.flags & RELU ? max(y, 0) : y;
        });
    }

    __device__ void max_pool() const {
        all([&](int row, int place, int channel) {
            int most = -128;
            under(windows.input(row), place, channel, [&](int, int value) { most = max(most, value); });
            return most;
        });
    }

    __device__ void average_pool() const {
        const int count = what().kernel_rows * what().kernel_columns;
        all([&](int row, int place, int channel) {
            int sum = 0;
            under(windows.input(row), place, channel, [&](int, int value) { sum += value; });
            return floor_of(sum, count);
        });
    }

    // Adds two branches; they have no places.
    __device__ void join() const {
        const bool is_shut = what().op.flags & RELU;
        all([&](int row, int, int at) {
            const int sum = clip(windows.output(row)[at] + windows.input(row)[at]);
            return is_shut ? max(sum, 0) : sum;
        });
    }

    // Takes the model's outputs to the score.
    __device__ void score() const {
        const Op &op = what().op;
        const int lane = threadIdx.x % 32;
#pragma unroll 1
        for (int number = threadIdx.x / 32; number * PANEL < op.outputs; number += WARPS) {
            const Outputs<ROWS, MODE> outputs = {tile(), op, lane / 4, number * PANEL + lane % 4 * 8};
            Eight y[outputs.COUNT];
#pragma unroll
            for (int i = 0; i < outputs.COUNT; i++) {
                const signed char *from = windows.input(outputs.row(i));
#pragma unroll
                for (int c = 0; c < 8; c++) {
                    y[i].v[c] = outputs.j + c < op.outputs ? from[outputs.j + c] : 0;
                }
            }
            outputs.score(y);
        }
    }
};
