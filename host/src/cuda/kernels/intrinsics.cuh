// What only the device has instructions for; `host/src/cuda/shim/` has the same for a CPU.

// Tensors of the whole warp: c += a b, a 16 x 32 by rows, b 32 x 8 by columns (PTX: mma.m16n8k32, s8).
__device__ __forceinline__ void multiply(int (&c)[4], const unsigned (&a)[4], unsigned b0, unsigned b1) {
    asm("mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
        : "+r"(c[0]), "+r"(c[1]), "+r"(c[2]), "+r"(c[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

// Four matrices of 8 rows of 16 bytes; a lane names the address of a row, eight lanes a matrix (PTX: ldmatrix.x4).
__device__ __forceinline__ void load_rows(unsigned (&a)[4], const signed char *row) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
                 : "=r"(a[0]), "=r"(a[1]), "=r"(a[2]), "=r"(a[3])
                 : "r"((unsigned)__cvta_generic_to_shared(row)));
}

// The dynamic shared memory of the block.
__device__ __forceinline__ unsigned char *shared_memory() {
    extern __shared__ uint4 shared_words[];
    return (unsigned char *)shared_words;
}

// A kernel of 256 threads.
#define KERNEL(NAME, ARGS, BODY) \
    extern "C" __global__ void __launch_bounds__(256, 1) NAME(const __grid_constant__ ARGS args) { BODY; }
