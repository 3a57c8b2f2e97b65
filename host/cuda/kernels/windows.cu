// Forward passes of models with windows, pools or branches. As in `forward.cu` a block takes its rows through all layers; what
// lies between layers is in its shared memory, or where there is no room for that, in device memory of its own.

template <int MODE>
__device__ void forward_windows(const Forward &args) {
    constexpr int ROWS = WINDOW_ROWS, WORDS_OF_ONE = (int)(sizeof(Windowed) / sizeof(unsigned));
    static_assert(WORDS_OF_ONE <= THREADS, "a thread copies a word");
    unsigned char *shared = shared_memory();
    // The operation under way lies before everything else.
    unsigned *under_way = (unsigned *)shared;
    Tile<ROWS> tile = {args, (signed char *)shared, Notes<ROWS>(shared + args.notes), 0, 0};
    const size_t before = (sizeof(Windowed) + 15) / 16 * 16;
    signed char *values =
        args.values == nullptr ? tile.room + before : args.values + (size_t)blockIdx.x * ROWS * args.row_len;
    const Windows<MODE> windows = {tile, *(const Windowed *)under_way, values};
    const Channels<MODE> channels = {windows};
    tile.prepare();
    for (long long first = (long long)blockIdx.x * ROWS; first < args.row_count; first += (long long)gridDim.x * ROWS) {
        __syncthreads();
        tile.begin(first);
        __syncthreads();
        tile.begin_step(0);
        for (int i = 0; i < (int)args.op_count; i++) {
            // What the operation before reads of itself, and what it wrote.
            __syncthreads();
            if (threadIdx.x < WORDS_OF_ONE) {
                under_way[threadIdx.x] = ((const unsigned *)((const Windowed *)args.ops + i))[threadIdx.x];
            }
            __syncthreads();
            switch (windows.what.op.kind) {
            case WINDOWS: windows.run(); break;
            case DEPTHWISE: channels.depthwise(); break;
            case MAX_POOL: channels.max_pool(); break;
            case AVERAGE_POOL: channels.average_pool(); break;
            case JOIN: channels.join(); break;
            default: channels.score();
            }
        }
        __syncthreads();
        tile.end_step();
    }
}

KERNEL(windows_base, 2, Forward, (forward_windows<BASE>(args)))
KERNEL(windows_sign, 2, Forward, (forward_windows<SIGN>(args)))
KERNEL(windows_near_normal, 2, Forward, (forward_windows<NEAR_NORMAL>(args)))
KERNEL(windows_node, 2, Forward, (forward_windows<NODE>(args)))
