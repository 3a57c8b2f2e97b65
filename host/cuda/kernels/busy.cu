// Products on registers alone, for a measurement of the device's peak by the same instruction as that of the forward pass.

// Products that a warp has under way: enough to hide their latency.
constexpr int UNDER_WAY = 8;

// Arguments of `busy`. Every field takes eight bytes.
struct Busy {
    long long rounds;
    // A sum a thread, so that nothing is left out.
    int *sums;
};
static_assert(sizeof(Busy) == 16, "as in src/args.rs");

__device__ inline void multiply_registers(const Busy &args) {
    const unsigned lane = threadIdx.x % 32, a[4] = {lane, lane + 1, lane + 2, lane + 3};
    int sums[UNDER_WAY][4] = {};
    for (long long round = 0; round < args.rounds; round++) {
#pragma unroll
        for (int i = 0; i < UNDER_WAY; i++) {
            multiply(sums[i][0], sums[i][1], sums[i][2], sums[i][3], a, lane + i, lane + i + 1);
        }
    }
    int sum = 0;
    for (int i = 0; i < UNDER_WAY; i++) {
        sum += sums[i][0] + sums[i][1] + sums[i][2] + sums[i][3];
    }
    args.sums[(long long)blockIdx.x * blockDim.x + threadIdx.x] = sum;
}

KERNEL(busy, 1, Busy, (multiply_registers(args)))
