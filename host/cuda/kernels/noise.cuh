// Noise from its counters (`firmware/src/noise/`), laid out for members.
//
// It is drawn once a batch, not where it is used: a member of a text meets all of it again at every token, and twenty
// rounds of Threefry for 64 signs are more instructions than adding these signs to 64 sums. A sign takes a bit, so that
// what is read back (an eighth of a byte a row of W and of its transpose, for a pair) is small beside W itself.

// One block of Threefry-2x32-20.
__device__ inline uint2 threefry(unsigned k0, unsigned k1, unsigned x0, unsigned x1) {
    constexpr int ROTATIONS[8] = {13, 15, 26, 6, 17, 29, 16, 24};
    const unsigned keys[3] = {k0, k1, 0x1BD11BDAu ^ k0 ^ k1};
    x0 += keys[0];
    x1 += keys[1];
#pragma unroll
    for (int group = 0; group < 5; group++) {
#pragma unroll
        for (int round = 0; round < 4; round++) {
            int by = ROTATIONS[4 * (group % 2) + round];
            x0 += x1;
            x1 = ((x1 << by) | (x1 >> (32 - by))) ^ x0;
        }
        x0 += keys[(group + 1) % 3];
        x1 += keys[(group + 2) % 3] + (unsigned)(group + 1);
    }
    return uint2{x0, x1};
}

// One near-normal entry from one word.
__device__ inline int near_normal(unsigned word) {
    int sum = (int)((word & 0xFF) + (word >> 8 & 0xFF) + (word >> 16 & 0xFF) + (word >> 24));
    int centred = 2 * sum - 1020;
    int size = (abs(centred) * 111 + 1024) >> 11;
    return centred < 0 ? -size : size;
}

// Entries of a word of laid out noise.
__device__ __forceinline__ int per_word(int mode) { return mode == NEAR_NORMAL ? 4 : 32; }

// Draws `count * rank` entries that lie in a stream as j * rank + k, and lays out those of every k side by side, in a word.
template <int MODE>
__device__ void draw(const Drawing &args, unsigned member, const Draw &what, unsigned *noise) {
    constexpr bool BITS = MODE != NEAR_NORMAL;
    // Words of the stream, from the block of the first entry on.
    unsigned first = BITS ? what.first / 32 : what.first, last = what.first + what.count * what.rank - 1;
    last = BITS ? last / 32 : last;
    unsigned words[4 * MAX_RANK + 2], block = first / 2;
    for (unsigned at = block; at <= last / 2; at++) {
        uint2 two = threefry((unsigned)args.seed, (unsigned)args.generation, member, (what.tensor << 20) + at);
        words[2 * (at - block)] = two.x;
        words[2 * (at - block) + 1] = two.y;
    }
    unsigned start = what.first - block * (BITS ? 64 : 2);
    for (unsigned k = 0; k < what.rank; k++) {
        unsigned word = 0;
        for (unsigned j = 0; j < what.count; j++) {
            unsigned at = start + j * what.rank + k;
            if (BITS) {
                word |= (words[at / 32] >> (at % 32) & 1) << (what.is_spread ? j / 4 + 8 * (j % 4) : j);
            } else {
                word |= ((unsigned)near_normal(words[at]) & 0xFF) << (8 * j);
            }
        }
        noise[what.to + k * what.step] = word;
    }
}

template <int MODE>
__device__ void draw_all(const Drawing &args) {
    long long all = args.member_count * args.draw_count, step = (long long)gridDim.x * blockDim.x;
    for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x; i < all; i += step) {
        long long member = i / args.draw_count;
        draw<MODE>(args, args.members[member], args.draws[i % args.draw_count], args.noise + member * args.noise_words);
    }
}
