// What Rust sees of the models: make one, free one, let one clock cycle pass. Outputs are those before the edge, so that
// a transfer has happened where `valid` and `ready` are both set.
#include <cstdint>
#include <cstring>
#include <memory>

#include "CoreLarge.h"
#include "CoreSmall.h"
#include "CoreTiny.h"
#include "Threefry0.h"
#include "Threefry1.h"
#include "Threefry2.h"
#include "Threefry4.h"
#include "UnitSpi.h"
#include "UnitWishbone.h"
#include "verilated.h"

// An old style time stamp that the library asks for.
double sc_time_stamp() { return 0; }

namespace {
// A context of its own for each: models live on several threads.
template <class Top>
struct Model {
    VerilatedContext context;
    std::unique_ptr<Top> top;
    Model() : top(std::make_unique<Top>(&context)) {}
};

struct CoreIn {
    uint64_t key;
    uint32_t index, x_data;
    uint16_t n, m, tensor;
    uint8_t rst, start, mode, rank, sigma_shift, streams, emit_base, emit_plus, emit_minus, amplitude;
    uint8_t x_valid, w_valid, y_ready;
    uint8_t w_data[32];
};
struct CoreOut {
    uint8_t busy, x_ready, w_ready, y_valid, y_last, y_data;
};

template <class Top>
void core_clock(Model<Top>& model, const CoreIn& in, CoreOut& out) {
    Top& top = *model.top;
    top.key = in.key;
    top.index = in.index;
    top.x_data = in.x_data;
    top.n = in.n;
    top.m = in.m;
    top.tensor = in.tensor;
    top.rst = in.rst;
    top.start = in.start;
    top.mode = in.mode;
    top.rank = in.rank;
    top.sigma_shift = in.sigma_shift;
    top.streams = in.streams;
    top.emit_base = in.emit_base;
    top.emit_plus = in.emit_plus;
    top.emit_minus = in.emit_minus;
    top.amplitude = in.amplitude;
    top.x_valid = in.x_valid;
    top.w_valid = in.w_valid;
    top.y_ready = in.y_ready;
    std::memcpy(&top.w_data, in.w_data, sizeof top.w_data);
    top.clk = 0;
    top.eval();
    out = {top.busy, top.x_ready, top.w_ready, top.y_valid, top.y_last, top.y_data};
    top.clk = 1;
    top.eval();
}

struct ThreefryIn {
    uint64_t key, counter;
    uint8_t rst, in_valid, out_ready;
};
struct ThreefryOut {
    uint64_t block;
    uint8_t in_ready, out_valid;
};

template <class Top>
void threefry_clock(Model<Top>& model, const ThreefryIn& in, ThreefryOut& out) {
    Top& top = *model.top;
    top.key = in.key;
    top.counter = in.counter;
    top.rst = in.rst;
    top.in_valid = in.in_valid;
    top.out_ready = in.out_ready;
    top.clk = 0;
    top.eval();
    out = {top.block, top.in_ready, top.out_valid};
    top.clk = 1;
    top.eval();
}
}  // namespace

#define MODEL(NAME)                                                     \
    void* eggroll_##NAME##_new() { return new Model<NAME>(); }          \
    void eggroll_##NAME##_free(void* m) { delete static_cast<Model<NAME>*>(m); }
#define CORE(NAME)                                                                      \
    MODEL(NAME)                                                                         \
    void eggroll_##NAME##_clock(void* m, const CoreIn* in, CoreOut* out) {              \
        core_clock(*static_cast<Model<NAME>*>(m), *in, *out);                           \
    }
#define THREEFRY(NAME)                                                                  \
    MODEL(NAME)                                                                         \
    void eggroll_##NAME##_clock(void* m, const ThreefryIn* in, ThreefryOut* out) {      \
        threefry_clock(*static_cast<Model<NAME>*>(m), *in, *out);                       \
    }

extern "C" {
CORE(CoreSmall)
CORE(CoreLarge)
CORE(CoreTiny)
THREEFRY(Threefry0)
THREEFRY(Threefry1)
THREEFRY(Threefry2)
THREEFRY(Threefry4)

MODEL(UnitSpi)
struct SpiIn {
    uint8_t rst, sck, cs_n, copi;
};
struct SpiOut {
    uint8_t cipo, busy, done, failed;
};
void eggroll_UnitSpi_clock(void* m, const SpiIn* in, SpiOut* out) {
    UnitSpi& top = *static_cast<Model<UnitSpi>*>(m)->top;
    top.rst = in->rst;
    top.sck = in->sck;
    top.cs_n = in->cs_n;
    top.copi = in->copi;
    top.clk = 0;
    top.eval();
    *out = {top.cipo, top.busy, top.done, top.failed};
    top.clk = 1;
    top.eval();
}

MODEL(UnitWishbone)
struct WishboneIn {
    uint32_t adr, dat;
    uint8_t rst, cyc, stb, we, sel;
};
struct WishboneOut {
    uint32_t dat;
    uint8_t ack, irq;
};
void eggroll_UnitWishbone_clock(void* m, const WishboneIn* in, WishboneOut* out) {
    UnitWishbone& top = *static_cast<Model<UnitWishbone>*>(m)->top;
    top.adr_i = in->adr;
    top.dat_i = in->dat;
    top.rst_i = in->rst;
    top.cyc_i = in->cyc;
    top.stb_i = in->stb;
    top.we_i = in->we;
    top.sel_i = in->sel;
    top.clk_i = 0;
    top.eval();
    *out = {top.dat_o, top.ack_o, top.irq_o};
    top.clk_i = 1;
    top.eval();
}
}
