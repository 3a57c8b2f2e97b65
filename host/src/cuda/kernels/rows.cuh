// Operations that go over the values of rows one by one.

// Embeds the rows' tokens. A row of the factors' product is a product with a row of A.
template <int ROWS, int MODE>
__device__ void embed(const Tile<ROWS> &tile, const Op &op) {
    const Forward &args = tile.args;
    const int width = op.outputs;
    for (int i = threadIdx.x; i < ROWS * width; i += THREADS) {
        int row = i / width, j = i % width, token = tile.notes.token[row], sign = tile.sign(row), value = 0;
        const unsigned *noise = tile.noise(row);
        if (token < op.inputs) {
            value = args.parameters[op.matrix + token * width + j];
            int sum = 0;
            for (int k = 0; (MODE == SIGN || MODE == NEAR_NORMAL) && args.embeddings_move && k < (int)args.rank; k++) {
                const unsigned *b = noise + op.right + k * op.right_step, *a = noise + op.left + k * op.left_step;
                if (MODE == SIGN) {
                    sum += signed_by((b[j / 32] >> (j % 32)) ^ (a[token / 32] >> (token % 32)), 1);
                } else {
                    sum += entry(b, j) * entry(a, token);
                }
            }
            // Multiplied, not shifted: a negative sum has no defined shift.
            value = clip(value + ((sign * sum * (1 << (int)args.left_shift)) >> (int)args.right_shift));
        }
        tile.room[op.out + row * op.out_stride + j] = (signed char)noisy<MODE>(args, op, noise, sign, j, value);
    }
}

// Loads the rows' features.
template <int ROWS>
__device__ void load_inputs(const Tile<ROWS> &tile, const Op &op) {
    for (int i = threadIdx.x; i < ROWS * op.outputs; i += THREADS) {
        int row = i / op.outputs, j = i % op.outputs;
        const unsigned char *input = tile.args.inputs + (size_t)tile.notes.input[row] * tile.args.input_stride;
        tile.room[op.out + row * op.out_stride + j] = (signed char)input[j];
    }
}

// Loads the states of a block; token 0 resets them.
template <int ROWS>
__device__ void load_states(const Tile<ROWS> &tile, const Op &op) {
    for (int i = threadIdx.x; i < ROWS * op.outputs; i += THREADS) {
        int row = i / op.outputs, j = i % op.outputs, at = op.block * op.outputs + j;
        signed char value = tile.state_before(row)[at];
        if (tile.args.keep && tile.step == 0 && tile.is_active(row)) {
            // The others follow from the steps.
            tile.state_at(row, 0)[at] = value;
        }
        tile.room[op.out + row * op.out_stride + j] = tile.notes.token[row] == 0 ? (signed char)0 : value;
    }
}

// Scales rows to a mean magnitude of 16, a row a warp.
template <int ROWS, int MODE>
__device__ void norm(const Tile<ROWS> &tile, const Op &op) {
    const int lane = threadIdx.x % 32, len = op.outputs;
    for (int row = threadIdx.x / 32; row < ROWS; row += WARPS) {
        const signed char *x = tile.room + op.in + row * op.in_stride;
        signed char *y = tile.room + op.out + row * op.out_stride;
        int sum = 0;
        for (int j = lane; j < len; j += 32) {
            sum += abs((int)x[j]);
        }
        for (int by = 16; by > 0; by /= 2) {
            sum += __shfl_xor_sync(0xFFFFFFFFu, sum, by);
        }
        const int mean = max(sum, 1) / len, sign = tile.sign(row);
        const Divisor divisor = Divisor::of(max(mean, 1));
        const unsigned *noise = tile.noise(row);
        for (int j = lane; j < len; j += 32) {
            int w = component<MODE>(tile.args, op, noise, sign, j, tile.args.parameters[op.vector + j]);
            int product = x[j] * w;
            // A row that is all but silent.
            y[j] = (signed char)(mean == 0 ? (product == 0 ? -1 : -2) : divisor.clipped(product));
        }
    }
}
