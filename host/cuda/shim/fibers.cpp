// Runs the threads of a block as fibers of one thread. A block's threads run in turns: each as far as it gets, the first
// that can first, so that whoever forgot a barrier is far ahead of those it should have waited for. Every other launch
// takes them in the opposite order.

#include "shim.h"

#include <csetjmp>
#include <cstring>
#include <memory>
#include <ucontext.h>
#include <vector>

thread_local Place threadIdx, blockIdx, blockDim, gridDim;

namespace {

constexpr size_t STACK = 64 << 10;
constexpr size_t GUARD = 4 << 10;
constexpr unsigned char UNTOUCHED = 0xA5;

const Registered *all_kernels = nullptr;

struct Warp {
    // Two rounds: a lane may bring the next operands while another still reads these.
    Operands operands[2][32];
    unsigned arrived = 0, round = 0;
};

struct Fiber {
    std::unique_ptr<char[]> stack = std::make_unique<char[]>(STACK);
    jmp_buf at;
    bool is_done = true;
    // It waits until this counter is no longer what it was.
    const unsigned *waits_for = nullptr;
    unsigned was = 0;
};

struct Block {
    std::vector<Fiber> fibers;
    std::vector<Warp> warps;
    std::vector<unsigned char> shared;
    unsigned char *shared_start = nullptr;
    unsigned arrived = 0, barrier = 0, running = 0;
    jmp_buf scheduler;
    Registered::Body body = nullptr;
    const void *args = nullptr;
    bool is_reversed = false;
};

thread_local Block block;
// Fibers that have a stack of their own, and rest in `run_fiber`.
thread_local unsigned made = 0;

void wait(const unsigned *counter) {
    Fiber &fiber = block.fibers[block.running];
    fiber.waits_for = counter;
    fiber.was = *counter;
    // These two save no signal mask, so they cost no call of the system.
    if (_setjmp(fiber.at) == 0) {
        _longjmp(block.scheduler, 1);
    }
}

void run_fiber() {
    // Back to where it was made, until the block runs.
    Fiber &fiber = block.fibers[block.running];
    if (_setjmp(fiber.at) == 0) {
        _longjmp(block.scheduler, 1);
    }
    for (;;) {
        block.body(block.args);
        Fiber &mine = block.fibers[block.running];
        mine.is_done = true;
        mine.waits_for = nullptr;
        if (_setjmp(mine.at) == 0) {
            _longjmp(block.scheduler, 1);
        }
    }
}

void make_fibers(unsigned count) {
    while (block.fibers.size() < count) {
        block.fibers.emplace_back();
    }
    for (; made < count; made++) {
        ucontext_t context;
        getcontext(&context);
        context.uc_stack.ss_sp = block.fibers[made].stack.get();
        context.uc_stack.ss_size = STACK;
        context.uc_link = nullptr;
        makecontext(&context, run_fiber, 0);
        block.running = made;
        if (_setjmp(block.scheduler) == 0) {
            setcontext(&context);
        }
    }
}

bool can_run(const Fiber &fiber) {
    return !fiber.is_done && (fiber.waits_for == nullptr || *fiber.waits_for != fiber.was);
}

// Lets a fiber run until it waits or ends. A function of its own: nothing of the caller's lies in registers then.
__attribute__((noinline)) void run_thread(unsigned thread) {
    block.fibers[thread].waits_for = nullptr;
    block.running = thread;
    threadIdx.x = thread;
    if (_setjmp(block.scheduler) == 0) {
        _longjmp(block.fibers[thread].at, 1);
    }
}

// Runs all threads of a block to their ends; false where they wait for each other for ever.
bool run_block() {
    const unsigned count = blockDim.x;
    for (unsigned i = 0; i < count; i++) {
        block.fibers[i].is_done = false;
        block.fibers[i].waits_for = nullptr;
    }
    block.arrived = 0;
    for (Warp &warp : block.warps) {
        warp.arrived = 0;
    }
    unsigned barrier = block.barrier;
    for (unsigned next = 0; next < count;) {
        const unsigned thread = block.is_reversed ? count - 1 - next : next;
        if (!can_run(block.fibers[thread])) {
            next++;
            continue;
        }
        run_thread(thread);
        // Only its own warp may have got on by that, or everybody.
        next = block.barrier == barrier ? next / 32 * 32 : 0;
        barrier = block.barrier;
    }
    for (unsigned i = 0; i < blockDim.x; i++) {
        if (!block.fibers[i].is_done) {
            // They stay where they are for ever: the next launch makes others.
            block.fibers.clear();
            made = 0;
            return false;
        }
    }
    return true;
}

} // namespace

Registered::Registered(const char *name, Body body) : name(name), body(body), next(all_kernels) { all_kernels = this; }

const Operands *together(const Operands &mine) {
    Warp &warp = block.warps[threadIdx.x / 32];
    const Operands *all = warp.operands[warp.round % 2];
    warp.operands[warp.round % 2][threadIdx.x % 32] = mine;
    warp.arrived += 1;
    if (warp.arrived == 32) {
        warp.arrived = 0;
        warp.round += 1;
    } else {
        wait(&warp.round);
    }
    return all;
}

void __syncthreads() {
    block.arrived += 1;
    if (block.arrived == blockDim.x) {
        block.arrived = 0;
        block.barrier += 1;
    } else {
        wait(&block.barrier);
    }
}

unsigned char *shared_memory() { return block.shared_start; }

// How a launch ended.
enum Ended { WELL = 0, UNKNOWN_KERNEL = 1, DEADLOCK = 2, BEYOND_SHARED = 3 };

// Launches a kernel by its name. `threads` is a multiple of 32.
extern "C" int eggroll_shim_launch(const char *name, unsigned blocks, unsigned threads, size_t shared, const void *args) {
    const Registered *kernel = all_kernels;
    while (kernel != nullptr && strcmp(kernel->name, name) != 0) {
        kernel = kernel->next;
    }
    if (kernel == nullptr || threads == 0 || threads % 32 != 0) {
        return UNKNOWN_KERNEL;
    }
    blockDim.x = threads;
    gridDim.x = blocks;
    make_fibers(threads);
    block.warps.resize(threads / 32);
    block.body = kernel->body;
    block.args = args;
    block.is_reversed = !block.is_reversed;
    for (unsigned i = 0; i < blocks; i++) {
        blockIdx.x = i;
        // What a block finds in its shared memory is anything, and what lies around it is nobody's.
        block.shared.assign(shared + 2 * GUARD + 16, UNTOUCHED);
        const uintptr_t start = (uintptr_t)block.shared.data() + GUARD;
        block.shared_start = block.shared.data() + GUARD + (16 - start % 16) % 16;
        if (!run_block()) {
            return DEADLOCK;
        }
        for (size_t at = 0; at < GUARD; at++) {
            if (block.shared_start[shared + at] != UNTOUCHED || block.shared_start[-1 - (ptrdiff_t)at] != UNTOUCHED) {
                return BEYOND_SHARED;
            }
        }
    }
    return WELL;
}
