// From a panel's products to where its outputs belong, while they are in registers. It goes over all of a lane's rows step by
// step, each step a loop without a branch inside: it is these instructions, more than the products, that take the time.

// Eight outputs from `j` on of every eighth row, on their way to where they belong.
template <int ROWS, int MODE>
struct Outputs {
    static constexpr int COUNT = ROWS / 8;

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
            add_to_sum(i, sum);
        }
    }

    // Counts outputs into the error by the targets, which are the last bytes of a record.
    __device__ __forceinline__ void compare(const Eight (&y)[COUNT]) const {
        const bool is_squared = tile.args.loss == SQUARED;
#pragma unroll
        for (int i = 0; i < COUNT; i++) {
            const long long end = ((long long)tile.notes.input[row(i)] + 1) * tile.args.input_stride;
            const signed char *targets = (const signed char *)tile.args.inputs + end - op.outputs + j;
            int sum = 0;
#pragma unroll
            for (int c = 0; c < 8; c++) {
                if (j + c < op.outputs) {
                    const int by = targets[c] - y[i].v[c];
                    sum += is_squared ? by * by : abs(by);
                }
            }
            add_to_sum(i, (unsigned)sum);
        }
    }

    // Adds what the four lanes of a row bring to its sum.
    __device__ __forceinline__ void add_to_sum(int i, unsigned sum) const {
        sum += __shfl_xor_sync(0xFFFFFFFFu, sum, 1);
        sum += __shfl_xor_sync(0xFFFFFFFFu, sum, 2);
        if (threadIdx.x % 4 == 0) {
            atomicAdd(&tile.notes.sums[row(i)], sum);
        }
    }

    // Where eight values of a row in global memory lie, whole panels a row.
    __device__ __forceinline__ size_t in_panels(long long row) const {
        return (size_t)row * ((op.outputs + PANEL - 1) / PANEL * PANEL) + j;
    }

    // Hands logits to the host, which makes errors of them.
    __device__ __forceinline__ void hand_out(const Eight (&y)[COUNT]) const {
#pragma unroll
        for (int i = 0; i < COUNT; i++) {
            if (tile.is_active(row(i))) {
                put(tile.args.logits + in_panels(tile.first + row(i)), y[i]);
            }
        }
    }

    // Counts logits into reports: each times the error at its output, which is 0 behind the last.
    __device__ __forceinline__ void judge(const Eight (&y)[COUNT]) const {
#pragma unroll
        for (int i = 0; i < COUNT; i++) {
            const Eight error = unpack(read((const uint2 *)(tile.args.errors + in_panels(tile.row(row(i)).input))));
            int sum = 0;
#pragma unroll
            for (int c = 0; c < 8; c++) {
                sum += error.v[c] * y[i].v[c];
            }
            add_to_sum(i, (unsigned)sum);
        }
    }

    // Takes the model's outputs to the score.
    __device__ __forceinline__ void score(const Eight (&y)[COUNT]) const {
        if (MODE == NODE && tile.args.judged != nullptr) {
            judge(y);
            return;
        }
        if (tile.args.loss != NO_LOSS) {
            compare(y);
        } else {
            count(y);
        }
        if (MODE == BASE && tile.args.logits != nullptr) {
            hand_out(y);
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
        default: score(y);
        }
    }
};
