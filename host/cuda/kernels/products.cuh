// Products of packed matrices with rows, on tensor cores.
//
// A warp takes panels of 32 outputs for all rows: a fragment of W, which comes from L2, is multiplied by every 16 rows, and a
// fragment of the rows by 4 times 8 outputs. Panels are packed so that a lane has eight neighbouring outputs of rows
// lane / 4 and lane / 4 + 8 of every 16.

// Outputs of a panel, and inputs of a block: a cell of a packed matrix, 1 KiB in the order of the lanes.
constexpr int PANEL = 32;
constexpr int BLOCK = 32;

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
