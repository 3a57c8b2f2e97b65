// What only the device has instructions for; `shim/` has the same for a CPU.

// Tensors of the whole warp: c += a b, a 16 x 32 by rows, b 32 x 8 by columns (PTX: mma.m16n8k32, s8).
__device__ __forceinline__ void multiply(int &c0, int &c1, int &c2, int &c3, const unsigned (&a)[4], unsigned b0,
                                         unsigned b1) {
    asm("mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
        : "+r"(c0), "+r"(c1), "+r"(c2), "+r"(c3)
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

// The same, c with a b added to `upper` in its first eight rows, to `lower` in the others.
__device__ __forceinline__ void multiply_first(int &c0, int &c1, int &c2, int &c3, const unsigned (&a)[4], unsigned b0,
                                               unsigned b1, int upper, int lower) {
    asm("mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%10,%10,%11,%11};"
        : "=r"(c0), "=r"(c1), "=r"(c2), "=r"(c3)
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1), "r"(upper), "r"(lower));
}

// Adds where a bit of a word is set: an instruction that is there or not, where a compiler would multiply or select.
template <int BIT>
__device__ __forceinline__ void add_where(unsigned word, int by, int &sum) {
    asm("{ .reg .pred p; .reg .b32 t; and.b32 t, %1, %3; setp.ne.u32 p, t, 0; @p add.s32 %0, %0, %2; }"
        : "+r"(sum)
        : "r"(word), "r"(by), "n"(1 << BIT));
}

// Four matrices of 8 rows of 16 bytes; a lane names the address of a row, eight lanes a matrix (PTX: ldmatrix.x4).
__device__ __forceinline__ void load_rows(unsigned (&a)[4], const signed char *row) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
                 : "=r"(a[0]), "=r"(a[1]), "=r"(a[2]), "=r"(a[3])
                 : "r"((unsigned)__cvta_generic_to_shared(row)));
}

// What no kernel writes while it reads.
template <typename T>
__device__ __forceinline__ T read(const T *at) { return __ldg(at); }

// Copies a word to shared memory, some time before `copied` returns (PTX: cp.async).
__device__ __forceinline__ void copy_word(unsigned *to, const unsigned *from) {
    asm volatile("cp.async.ca.shared.global [%0], [%1], 4;" ::"r"((unsigned)__cvta_generic_to_shared(to)), "l"(from) : "memory");
}

__device__ __forceinline__ void copied() { asm volatile("cp.async.wait_all;" ::: "memory"); }

// What is asked for before is not asked for later: a compiler that saves registers would ask when it needs it.
__device__ __forceinline__ void ask() { asm volatile("bar.warp.sync 0xffffffff;" ::: "memory"); }

// What is in memory is read again from here on: it costs a load where a register would be spilled.
__device__ __forceinline__ void forget() { asm volatile("" ::: "memory"); }

// The dynamic shared memory of the block.
__device__ __forceinline__ unsigned char *shared_memory() {
    extern __shared__ uint4 shared_words[];
    return (unsigned char *)shared_words;
}

// Two values with 127 in place of what is larger and -128 of what is smaller, as the lower bytes, and the lower half of
// `upper` above them (PTX: cvt.pack).
__device__ __forceinline__ unsigned pack(int first, int second, unsigned upper) {
    unsigned packed;
    asm("cvt.pack.sat.s8.s32.b32 %0, %1, %2, %3;" : "=r"(packed) : "r"(second), "r"(first), "r"(upper));
    return packed;
}

// A signed byte of a word, `AT` from 0 to 3 (PTX: prmt, which repeats the sign).
template <int AT>
__device__ __forceinline__ int byte_of(unsigned word) {
    int value;
    asm("prmt.b32 %0, %1, 0, %2;" : "=r"(value) : "r"(word), "n"(0x8880 + 0x1111 * AT));
    return value;
}

// max(value + by, least).
__device__ __forceinline__ int add_max(int value, int by, int least) { return __viaddmax_s32(value, by, least); }

// A value that the compiler does not see through: what is computed of it is computed there, neither twice nor long before.
__device__ __forceinline__ int opaque(int value) {
    asm volatile("" : "+r"(value));
    return value;
}

// The sum of a warp's values, for all of its lanes (PTX: redux.sync).
__device__ __forceinline__ int add_up(int value) { return __reduce_add_sync(0xFFFFFFFFu, value); }

// A kernel, of whose blocks a multiprocessor has so many where its shared memory is that of compute capability 9.0; elsewhere
// one, with all registers.
#define KERNEL(NAME, BLOCKS, ARGS, BODY) \
    extern "C" __global__ void __launch_bounds__(THREADS, __CUDA_ARCH__ >= 900 ? BLOCKS : 1) NAME(const __grid_constant__ ARGS args) { BODY; }
