// `linear` on all rows of a tile.

template <int TILES, int MODE>
__device__ void linear(const Tile<16 * TILES> &tile, const Op &op) {
    constexpr int ROWS = 16 * TILES;
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
        const Outputs<ROWS, MODE> outputs = {tile, op, opaque(lane / 4), number * PANEL + lane % 4 * 8};
        // The row and the half of it that this lane names to `load_rows`.
        const signed char *x = tile.room + op.in + lane % 16 * op.in_stride + lane / 16 * 16;
        Eight sums[outputs.COUNT];
        panel.template multiply_all<TILES>(x, op.in_stride, outputs.start().of, sums);
        forget();
        // Asked for before they are needed. Nodes without noise have no words.
        unsigned words[outputs.COUNT] = {};
        if (MODE == SIGN || (MODE == NODE && (op.flags & NOISY))) {
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
