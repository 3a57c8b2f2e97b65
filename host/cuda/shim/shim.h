// What the kernels need of CUDA, for a CPU: threads of a block are fibers, and what a warp or a block does together waits
// until all of its threads have come to it. Tensors behave as the PTX manual lays their fragments out.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#define __device__
#define __forceinline__ inline
#define __launch_bounds__(...)
#define __grid_constant__

using std::max;
using std::min;
inline long long min(long long a, long long b) { return a < b ? a : b; }

struct uint2 {
    unsigned x, y;
};
struct alignas(16) uint4 {
    unsigned x, y, z, w;
};
struct Place {
    unsigned x;
};

// Of the fiber that runs.
extern thread_local Place threadIdx, blockIdx, blockDim, gridDim;

// What a lane brings to an operation of its warp.
struct Operands {
    unsigned words[8];
    const signed char *row;
};

// Brings it, waits for the whole warp, and sees what the lanes brought.
const Operands *together(const Operands &mine);

void __syncthreads();
unsigned char *shared_memory();

inline int __dp4a(int a, int b, int sum) {
    for (int i = 0; i < 32; i += 8) {
        sum += (int)(int8_t)(a >> i) * (int)(int8_t)(b >> i);
    }
    return sum;
}

inline unsigned __umulhi(unsigned a, unsigned b) { return (unsigned)((uint64_t)a * b >> 32); }

inline int __clz(int value) { return value == 0 ? 32 : __builtin_clz((unsigned)value); }

inline unsigned atomicAdd(unsigned *at, unsigned value) {
    // One fiber runs at a time.
    unsigned before = *at;
    *at += value;
    return before;
}

template <typename T>
T __shfl_xor_sync(unsigned mask, T value, int by) {
    if (mask != 0xFFFFFFFFu) {
        abort();
    }
    Operands mine = {{(unsigned)value}, nullptr};
    return (T)together(mine)[(threadIdx.x % 32) ^ (unsigned)by].words[0];
}

// A byte of a fragment.
inline int byte(unsigned word, int at) { return (int8_t)(word >> (8 * at)); }

// mma.m16n8k32 of s8: lane = 4 * group + place. Of A a lane has, four inputs a register, those from 4 * place on of row
// `group` (a0) and of row `group + 8` (a1), and the same 16 inputs on (a2, a3); of B those of column `group` (b0, and b1
// 16 inputs on); of C columns 2 * place and 2 * place + 1 of row `group` (c0, c1) and of row `group + 8` (c2, c3).
inline void multiply(int &c0, int &c1, int &c2, int &c3, const unsigned (&a)[4], unsigned b0, unsigned b1) {
    int *const c[4] = {&c0, &c1, &c2, &c3};
    const Operands *lanes = together({{a[0], a[1], a[2], a[3], b0, b1}, nullptr});
    const int lane = threadIdx.x % 32, group = lane / 4, place = lane % 4;
    for (int i = 0; i < 4; i++) {
        const int column = 2 * place + i % 2;
        for (int k = 0; k < 32; k++) {
            const unsigned from_a = lanes[4 * group + k % 16 / 4].words[i / 2 + k / 16 * 2];
            const unsigned from_b = lanes[4 * column + k % 16 / 4].words[4 + k / 16];
            *c[i] += byte(from_a, k % 4) * byte(from_b, k % 4);
        }
    }
}

inline void multiply_first(int &c0, int &c1, int &c2, int &c3, const unsigned (&a)[4], unsigned b0, unsigned b1, int upper,
                           int lower) {
    c0 = c1 = upper;
    c2 = c3 = lower;
    multiply(c0, c1, c2, c3, a, b0, b1);
}

template <int BIT>
void add_where(unsigned word, int by, int &sum) {
    sum += word >> BIT & 1 ? by : 0;
}

// ldmatrix.x4 of b16: lanes 8 i to 8 i + 7 name the rows of matrix i; of each a lane gets four bytes of row lane / 4.
inline void load_rows(unsigned (&a)[4], const signed char *row) {
    if ((uintptr_t)row % 16 != 0) {
        abort();
    }
    const Operands *lanes = together({{}, row});
    const int lane = threadIdx.x % 32;
    for (int i = 0; i < 4; i++) {
        const signed char *from = lanes[8 * i + lane / 4].row + lane % 4 * 4;
        a[i] = 0;
        for (int j = 0; j < 4; j++) {
            a[i] |= (unsigned)(uint8_t)from[j] << (8 * j);
        }
    }
}

template <int AT>
int byte_of(unsigned word) {
    return byte(word, AT);
}

inline int add_max(int value, int by, int least) { return std::max(value + by, least); }

inline int opaque(int value) { return value; }

// cvt.pack.sat.s8.s32: the later value has the lower byte.
inline unsigned pack(int first, int second, unsigned upper) {
    const auto saturated = [](int value) { return (unsigned)(uint8_t)std::clamp(value, -128, 127); };
    return upper << 16 | saturated(second) << 8 | saturated(first);
}

// redux.sync.add.
inline int add_up(int value) {
    const Operands *lanes = together({{(unsigned)value}, nullptr});
    int sum = 0;
    for (int i = 0; i < 32; i++) {
        sum += (int)lanes[i].words[0];
    }
    return sum;
}

template <typename T>
T read(const T *at) {
    if ((uintptr_t)at % sizeof(T) != 0) {
        abort();
    }
    return *at;
}

inline void copy_word(unsigned *to, const unsigned *from) { *to = *from; }

inline void copied() {}

inline void ask() {}

inline void forget() {}

// A kernel: its body, and what unpacks its arguments.
#define KERNEL(NAME, BLOCKS, ARGS, BODY)                              \
    static void NAME##_body(const void *raw) {                \
        const ARGS &args = *(const ARGS *)raw;                \
        BODY;                                                 \
    }                                                         \
    static const Registered NAME##_entry(#NAME, NAME##_body);

// A kernel that can be launched by its name.
struct Registered {
    using Body = void (*)(const void *);
    const char *name;
    Body body;
    const Registered *next;
    Registered(const char *name, Body body);
};
