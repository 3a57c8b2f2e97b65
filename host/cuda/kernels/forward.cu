// Forward passes of rows, each a member on a sample or a stream. Rows are independent of each other, so one block takes a
// tile of them through all layers and all steps: no launch, and no trip of activations through global memory, between.

template <int TILES, int MODE>
__device__ void forward(const Forward &args) {
    constexpr int ROWS = 16 * TILES;
    unsigned char *shared = shared_memory();
    Tile<ROWS> tile = {args, (signed char *)shared, Notes<ROWS>(shared + args.notes), 0, 0};
    tile.prepare();
    for (long long first = (long long)blockIdx.x * ROWS; first < args.row_count; first += (long long)gridDim.x * ROWS) {
        __syncthreads();
        tile.begin(first);
        for (int step = 0; step < (int)args.steps; step++) {
            __syncthreads();
            tile.begin_step(step);
            tile.fetch(0);
            for (int i = 0; i < (int)args.op_count; i++) {
                copied();
                __syncthreads();
                tile.fetch(i + 1);
                const Op &op = tile.op(i);
                switch (op.kind) {
                case EMBED: embed<ROWS, MODE>(tile, op); break;
                case INPUT: load_inputs(tile, op); break;
                case NORM: norm<ROWS, MODE>(tile, op); break;
                case STATE: load_states(tile, op); break;
                default: linear<TILES, MODE>(tile, op);
                }
            }
            __syncthreads();
            tile.end_step();
        }
    }
}

// One entry a tile and mode: KERNEL(name, blocks of a multiprocessor, arguments, body).
#define FORWARD(TILES)                                                                                              \
    KERNEL(forward_base_##TILES, 2, Forward, (forward<TILES, BASE>(args)))                                          \
    KERNEL(forward_sign_##TILES, 2, Forward, (forward<TILES, SIGN>(args)))                                          \
    KERNEL(forward_near_normal_##TILES, 2, Forward, (forward<TILES, NEAR_NORMAL>(args)))                            \
    KERNEL(forward_node_##TILES, 2, Forward, (forward<TILES, NODE>(args)))

FORWARD(1)
FORWARD(2)
FORWARD(4)
KERNEL(draw_sign, 1, Drawing, (draw_all<SIGN>(args)))
KERNEL(draw_near_normal, 1, Drawing, (draw_all<NEAR_NORMAL>(args)))
