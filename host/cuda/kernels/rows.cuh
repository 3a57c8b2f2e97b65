// Operations that go over the values of rows one by one: a warp takes every eighth row, a lane eight values of it.

// Values of a row that a warp takes at once.
constexpr int ACROSS = 256;

// Embeds the rows' tokens. A row of the factors' product is a product with a row of A.
template <int ROWS, int MODE>
__device__ void embed(const Tile<ROWS> &tile, const Op &op) {
    const Forward &args = tile.args;
    // Rows of the table begin on eight bytes.
    const int width = op.outputs, stride = (width + 7) / 8 * 8, lane = threadIdx.x % 32;
    for (int row = threadIdx.x / 32; row < ROWS; row += WARPS) {
        const int token = tile.notes.token[row], sign = tile.sign(row);
        const bool is_known = token < op.inputs;
        const unsigned noise = tile.noise(row);
#pragma unroll 1
        for (int j = 8 * lane; j < width; j += ACROSS) {
            Eight values = {};
            if (is_known) {
                values = unpack(read((const uint2 *)(args.parameters + op.matrix + token * stride + j)));
                int sums[8] = {};
#pragma unroll 1
                for (int k = 0; is_pair(MODE) && args.embeddings_move && k < (int)args.rank; k++) {
                    const unsigned b = noise + op.right + k * op.right_step, a = noise + op.left + k * op.left_step;
                    if (MODE == SIGN) {
                        const unsigned own = read(args.noise + (a + token / 32)) >> (token % 32);
                        const unsigned word = eight_signs(args, b, j) ^ (own & 1 ? 0xFF : 0);
#pragma unroll
                        for (int i = 0; i < 8; i++) {
                            sums[i] += signed_by(word >> i, 1);
                        }
                    } else {
                        const Eight these = entries(args, b, j);
                        const int by = entry(args, a, token);
#pragma unroll
                        for (int i = 0; i < 8; i++) {
                            sums[i] += these.v[i] * by;
                        }
                    }
                }
#pragma unroll
                for (int i = 0; i < 8; i++) {
                    // Multiplied, not shifted: a negative sum has no defined shift.
                    const int moves = (sign * sums[i] * (1 << (int)args.left_shift)) >> (int)args.right_shift;
                    values.v[i] = clip(values.v[i] + moves);
                }
            }
            add_noise<MODE>(args, op, MODE == NODE ? eight_signs(args, noise + op.nodes, j) : 0, sign, values);
            put(tile.room + op.out + row * op.out_stride + j, values);
        }
    }
}

// Loads the rows' features.
template <int ROWS>
__device__ void load_inputs(const Tile<ROWS> &tile, const Op &op) {
    for (int row = threadIdx.x / 32; row < ROWS; row += WARPS) {
        const unsigned char *input = tile.args.inputs + (size_t)tile.notes.input[row] * tile.args.input_stride;
        for (int j = threadIdx.x % 32; j < op.outputs; j += 32) {
            tile.room[op.out + row * op.out_stride + j] = (signed char)input[j];
        }
    }
}

// Loads the states of a block; token 0 resets them.
template <int ROWS>
__device__ void load_states(const Tile<ROWS> &tile, const Op &op) {
    constexpr int MINE = ROWS / WARPS;
    const int first = threadIdx.x / 32;
    for (int j = 8 * (threadIdx.x % 32); j < op.outputs; j += ACROSS) {
        uint2 values[MINE];
#pragma unroll
        for (int i = 0; i < MINE; i++) {
            values[i] = *(const uint2 *)(tile.state_before(first + WARPS * i) + op.states + j);
        }
#pragma unroll
        for (int i = 0; i < MINE; i++) {
            const int row = first + WARPS * i;
            if (tile.args.keep && tile.step == 0 && tile.is_active(row)) {
                // The others follow from the steps.
                *(uint2 *)(tile.state_at(row, 0) + op.states + j) = values[i];
            }
            *(uint2 *)(tile.room + op.out + row * op.out_stride + j) = tile.notes.token[row] == 0 ? uint2{0, 0} : values[i];
        }
    }
}

// What a row's mean of magnitudes makes of products: `product // mean`, for products within 2^14.
struct Mean {
    // 2^32 / mean, rounded down, and 1 more.
    unsigned reciprocal;
    // Products are raised by a multiple of the mean, to [0, 2^16): there the reciprocal adds less than 2^16 mean / 2^32 / mean
    // < 1 / mean, and the floor is the true one.
    int raise, lower;

    template <int ROWS>
    static __device__ __forceinline__ Mean of(const Tile<ROWS> &tile, int mean) {
        const unsigned reciprocal = tile.notes.reciprocals[mean];
        const int times = (int)__umulhi(1 << 14, reciprocal) + 1;
        // The reciprocal of 1, one too small to have its bits, makes quotients one too small.
        return Mean{reciprocal, times * mean, mean == 1 ? 1 - times : -times};
    }

    // Of a product that was raised; -127 or more.
    __device__ __forceinline__ int quotient(int raised) const {
        return add_max((int)__umulhi((unsigned)raised, reciprocal), lower, -127);
    }
};

// Eight bytes as words that have nothing else in their places.
__device__ __forceinline__ Eight in_places(const Eight &bytes) {
    Eight places;
#pragma unroll
    for (int i = 0; i < 8; i++) {
        places.v[i] = (int)((unsigned)(bytes.v[i] & 0xFF) << (8 * (i % 4)));
    }
    return places;
}

// Scales rows to a mean magnitude of 16.
template <int ROWS, int MODE>
__device__ void norm(const Tile<ROWS> &tile, const Op &op) {
    constexpr int MINE = ROWS / WARPS;
    const int len = op.outputs, first = threadIdx.x / 32;
    int sums[MINE] = {};
#pragma unroll 1
    for (int j = 8 * (threadIdx.x % 32); j < len; j += ACROSS) {
#pragma unroll
        for (int i = 0; i < MINE; i++) {
            const uint2 x = *(const uint2 *)(tile.room + op.in + (first + WARPS * i) * op.in_stride + j);
            sums[i] = add_magnitudes(within(x.x, j, len), sums[i]);
            sums[i] = add_magnitudes(within(x.y, j + 4, len), sums[i]);
        }
    }
#pragma unroll
    for (int i = 0; i < MINE; i++) {
        // sum < 2^7 len, so the reciprocal of len, which 1 has none of, adds less than 2^7 len / 2^32 < 1 / len.
        const int sum = add_up(sums[i]);
        sums[i] = len == 1 ? max(sum, 1) : (int)__umulhi((unsigned)sum, op.reciprocal);
    }
#pragma unroll 1
    for (int j = 8 * (threadIdx.x % 32); j < len; j += ACROSS) {
        const uint2 bytes = read((const uint2 *)(tile.args.parameters + op.vector + j));
        Components components = Components::of<MODE>(tile.args, bytes);
        if (MODE != NEAR_NORMAL) {
            components.base = in_places(components.base);
            components.set = in_places(components.set);
            components.clear = in_places(components.clear);
        }
        unsigned words[MINE] = {};
        if (MODE == SIGN) {
#pragma unroll
            for (int i = 0; i < MINE; i++) {
                words[i] = eight_signs(tile.args, tile.noise(first + WARPS * i) + op.vector_noise, j);
            }
        }
#pragma unroll
        for (int i = 0; i < MINE; i++) {
            const int row = first + WARPS * i;
            const uint2 x = *(const uint2 *)(tile.room + op.in + row * op.in_stride + j);
            Eight w = components.template member<MODE>(tile.args, op, tile.noise(row), words[i], tile.sign(row), j);
            if (MODE == NEAR_NORMAL) {
                // Every member has components of its own.
                w = in_places(w);
            }
            Eight y;
            if (sums[i] == 0) {
                // A row that is all but silent.
#pragma unroll
                for (int c = 0; c < 8; c++) {
                    y.v[c] = __dp4a((int)(c < 4 ? x.x : x.y), w.v[c], 0) == 0 ? -1 : -2;
                }
            } else {
                const Mean mean = Mean::of(tile, sums[i]);
#pragma unroll
                for (int c = 0; c < 8; c++) {
                    y.v[c] = mean.quotient(__dp4a((int)(c < 4 ? x.x : x.y), w.v[c], mean.raise));
                }
            }
            put(tile.room + op.out + row * op.out_stride + j, y);
        }
    }
}
