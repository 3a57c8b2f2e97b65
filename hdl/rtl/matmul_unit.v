// `rank_r_matmul` with memories for W, x and y, behind a register map: hdl/README.md has the map. A bus of 32-bit words
// with byte enables, one access at a time: `stb` and what goes with it hold until `ack`.
//
// Faults are sticky, and nothing runs while one stands: what a broken link has garbled is never computed with.
`default_nettype none
module matmul_unit #(
    parameter LANES   = 8,
    parameter MAX_N   = 256,
    parameter MAX_M   = 256,
    parameter MAX_R   = 8,
    parameter STREAMS = 4,
    parameter ROUNDS  = 1,
    parameter ROOM    = 6,
    parameter W_LOG   = 14   // log2 of W's words of LANES bytes
) (
    input  wire        clk,
    input  wire        rst,
    input  wire        stb,
    input  wire        we,
    input  wire [ 3:0] sel,
    input  wire [31:0] at,        // of a byte; the two low bits are ignored
    input  wire [31:0] wdata,
    output reg         ack,
    output reg  [31:0] rdata,     // with ack
    input  wire        run,       // as a write of RUN to CONTROL
    input  wire        clear,     // as a write of CLEAR to CONTROL
    input  wire [ 2:0] fault,     // of a front end: {command, length, checksum}
    input  wire [ 7:0] frames,    // of a front end: writes that came whole
    output wire        busy,
    output wire        done,
    output wire        failed,
    output reg  [ 1:0] tag        // of the last product that was started
);
    localparam [31:0] ID = 32'h3152_4745;  // "EGR1", the low byte first
    localparam [7:0] VERSION = 8'd1;
    localparam MEMBERS = 2 * STREAMS + 1;
    localparam LANE_LOG = $clog2(LANES);
    localparam X_LOG = (MAX_N > 4) ? $clog2((MAX_N + 3) / 4) : 1;
    localparam M_LOG = (MAX_M > 4) ? $clog2((MAX_M + 3) / 4) : 1;
    localparam Y_LOG = M_LOG + $clog2(MEMBERS);
    // Regions, by the upper bits of an address.
    localparam [11:0] REGISTERS = 12'h000, X_REGION = 12'h001, Y_REGION = 12'h002;
    localparam [7:0] FAULT_SHAPE = 8'h08, FAULT_BUSY = 8'h10, FAULT_VALUE = 8'h20, FAULT_ADDRESS = 8'h40,
        FAULT_RESET = 8'h80;

    reg [ 7:0] faults;
    reg        done_r;
    reg [15:0] n, m;
    reg [ 1:0] mode;
    reg [ 3:0] rank, sigma_shift, streams;
    reg [ 2:0] emits;  // {minus, plus, base}
    reg [ 6:0] amplitude;
    reg [31:0] w_at, seed, generation, index;
    reg [11:0] tensor;
    reg [ 1:0] next_tag;
    reg [31:0] cycles, lane_cycles;
    wire       core_busy;
    wire       x_ready, w_ready, y_valid, y_last;
    wire [7:0] y_data;
    assign busy = core_busy;
    assign done = done_r;
    assign failed = faults != 8'd0;

    // Bus.
    reg        fetched;
    wire       first = stb && !fetched && !ack;
    wire [11:0] region = at[31:20];
    wire       to_w = at[31];
    wire       known = to_w || region == REGISTERS || region == X_REGION || region == Y_REGION;
    wire       write = first && we;
    wire       setting = write && !to_w && region == REGISTERS;
    wire       control = setting && at[5:2] == 4'd7 && sel[0];
    wire       excluded = (sel[0] && wdata[7:0] == 8'h80) || (sel[1] && wdata[15:8] == 8'h80)
                       || (sel[2] && wdata[23:16] == 8'h80) || (sel[3] && wdata[31:24] == 8'h80);
    wire       value = write && (to_w || region == X_REGION);
    wire [30:0] w_place = {at[30:2], 2'd0};
    wire [19:0] x_place = {at[19:2], 2'd0};
    wire       beyond = to_w ? (w_place >> (LANE_LOG + W_LOG)) != 31'd0
                      : region == X_REGION && x_place >= MAX_N[19:0];
    // The write itself comes a cycle later, before ack: nothing has to settle before a memory's enable.
    reg        start, put, core_rst;
    // What was given up by then is not written: address and data may be another access's.
    wire       puts = put && stb;
    wire       taken = core_busy || start;
    wire       wants_run = run || (control && wdata[0]);
    wire       wants_clear = clear || (control && wdata[1]);

    // Settings that make sense; their sums cannot leave the lanes' widths.
    wire       streams_fit = (mode == 2'd0) ? streams == 4'd0 && emits == 3'd1
                           : streams != 4'd0 && streams <= STREAMS[3:0] && emits[2:1] != 2'd0;
    wire       fits = n != 16'd0 && n <= MAX_N[15:0] && m != 16'd0 && m <= MAX_M[15:0] && mode != 2'd3 && streams_fit
                   && (mode != 2'd1 || (rank != 4'd0 && rank <= MAX_R[3:0]));

    wire [31:0] y_word;
    reg  [31:0] answer;
    always @* case (at[5:2])
        4'd0: answer = ID;
        4'd1: answer = {STREAMS[7:0], MAX_R[7:0], LANES[7:0], VERSION};
        4'd2: answer = {MAX_M[15:0], MAX_N[15:0]};
        4'd3: answer = 32'd1 << (LANE_LOG + W_LOG);
        4'd4: answer = {frames, 8'd0, faults, 3'd0, tag, failed, done_r, core_busy};
        4'd5: answer = cycles;
        4'd6: answer = lane_cycles;
        4'd8: answer = {m, n};
        4'd9: answer = {1'b0, amplitude, 4'd0, streams, 1'b0, emits, sigma_shift, rank, 2'd0, mode};
        4'd10: answer = w_at;
        4'd11: answer = seed;
        4'd12: answer = generation;
        4'd13: answer = index;
        4'd14: answer = {20'd0, tensor};
        4'd15: answer = {30'd0, next_tag};
        default: answer = 32'd0;
    endcase

    wire [31:0] keep = {{8{sel[3]}}, {8{sel[2]}}, {8{sel[1]}}, {8{sel[0]}}};
    wire [31:0] updated = (answer & ~keep) | (wdata & keep);
    always @(posedge clk) begin
        fetched <= first;
        // Whoever gave the access up does not want it, and the next one must not take it.
        ack <= fetched && stb;
        rdata <= (region == Y_REGION) ? y_word : (region == REGISTERS) ? answer : 32'd0;
        core_rst <= rst || wants_clear;
        put <= value && !excluded && !beyond && !taken;
        start <= 1'b0;
        if (setting && !taken) case (at[5:2])
            4'd8: {m, n} <= updated;
            4'd9: begin
                mode <= updated[1:0];
                rank <= updated[7:4];
                sigma_shift <= updated[11:8];
                emits <= updated[14:12];
                streams <= updated[19:16];
                amplitude <= updated[30:24];
            end
            4'd10: w_at <= updated;
            4'd11: seed <= updated;
            4'd12: generation <= updated;
            4'd13: index <= updated;
            4'd14: tensor <= updated[11:0];
            4'd15: next_tag <= updated[1:0];
            default: ;
        endcase
        faults <= faults | {5'd0, fault}
            | (first && !known || write && beyond ? FAULT_ADDRESS : 8'd0)
            | (value && excluded ? FAULT_VALUE : 8'd0)
            | (taken && ((write && !control) || wants_run) ? FAULT_BUSY : 8'd0)
            | (wants_run && !taken && !fits ? FAULT_SHAPE : 8'd0);
        if (wants_run && !taken && fits && !failed && fault == 3'd0) start <= 1'b1;
        if (start) begin
            tag <= next_tag;
            cycles <= 32'd0;
            lane_cycles <= 32'd0;
            done_r <= 1'b0;
        end else if (core_busy) begin
            cycles <= cycles + 32'd1;
            if (w_ready && w_valid) lane_cycles <= lane_cycles + 32'd1;
            // The core goes on for a cycle after a clear.
            if (y_valid && y_last && !core_rst) done_r <= 1'b1;
        end
        // An aborted product is not done.
        if (rst || wants_clear) begin
            faults <= rst ? FAULT_RESET : 8'd0;
            done_r <= 1'b0;
            start <= 1'b0;
        end
        if (rst) begin
            fetched <= 1'b0;
            ack <= 1'b0;
            put <= 1'b0;
        end
    end

    // x: a stream from its memory, at the address of the coming word so that none is waited for.
    reg  [X_LOG-1:0] x_at;
    reg              x_valid;
    wire [X_LOG-1:0] x_next = x_at + {{X_LOG - 1{1'b0}}, x_valid && x_ready};
    wire      [31:0] x_data;
    byte_memory #(.LOG(X_LOG)) x_words (
        .clk(clk), .put((puts && !to_w) ? sel : 4'd0), .put_at(at[X_LOG+1:2]), .put_data(wdata),
        .get_at(x_next), .data(x_data)
    );
    always @(posedge clk) begin
        x_at <= x_next;
        x_valid <= core_busy;
        if (rst || start) begin
            x_at <= {X_LOG{1'b0}};
            x_valid <= 1'b0;
        end
    end

    // W: the memory keeps a word until the lanes have taken it, and its address is a register: nothing is added or chosen
    // between the lanes' `w_ready` and the memory. While nothing is computed the address follows the bus, a cycle behind,
    // as `put` does.
    reg  [W_LOG-1:0] w_address;
    reg              w_valid;
    wire             w_step = w_ready || !w_valid;
    wire [8*LANES-1:0] w_data;
    wire [LANES-1:0] w_put;
    genvar i;
    generate
        for (i = 0; i < LANES / 4; i = i + 1) begin : group
            wire here = puts && to_w && ((at >> 2) & (LANES / 4 - 1)) == i;
            assign w_put[4*i +: 4] = here ? sel : 4'd0;
        end
    endgenerate
    weight_memory #(.LANES(LANES), .LOG(W_LOG)) weights (
        .clk(clk), .step(w_step), .at(w_address), .put(w_put), .in({LANES / 4{wdata}}), .out(w_data)
    );
    always @(posedge clk) begin
        w_valid <= core_busy;
        if (!core_busy) w_address <= at[LANE_LOG+W_LOG-1:LANE_LOG];
        else if (w_step) w_address <= w_address + {{W_LOG - 1{1'b0}}, 1'b1};
        if (rst || start) begin
            w_address <= w_at[LANE_LOG+W_LOG-1:LANE_LOG];
            w_valid <= 1'b0;
        end
    end

    rank_r_matmul #(
        .LANES(LANES), .MAX_N(MAX_N), .MAX_M(MAX_M), .MAX_R(MAX_R), .STREAMS(STREAMS), .ROUNDS(ROUNDS), .ROOM(ROOM)
    ) core (
        .clk(clk), .rst(core_rst), .start(start), .busy(core_busy),
        .n(n), .m(m), .mode(mode), .rank(rank), .sigma_shift(sigma_shift), .streams(streams),
        .emit_base(emits[0]), .emit_plus(emits[1]), .emit_minus(emits[2]), .amplitude(amplitude),
        .key({generation, seed}), .index(index), .tensor(tensor),
        .x_valid(x_valid), .x_ready(x_ready), .x_data(x_data),
        .w_valid(w_valid), .w_ready(w_ready), .w_data(w_data),
        .y_valid(y_valid), .y_ready(1'b1), .y_data(y_data), .y_last(y_last)
    );

    // y: member by member, as a driver reads it; the stream brings it row by row.
    reg  [ 4:0] member;
    reg  [15:0] row;
    wire [4:0] emitted = {4'd0, emits[0]} + (emits[1] ? {1'b0, streams} : 5'd0) + (emits[2] ? {1'b0, streams} : 5'd0);
    wire       row_ends = member + 5'd1 == emitted;
    byte_memory #(.LOG(Y_LOG)) y_words (
        .clk(clk), .put(y_valid ? 4'd1 << row[1:0] : 4'd0), .put_at({member[Y_LOG-M_LOG-1:0], row[M_LOG+1:2]}),
        .put_data({4{y_data}}), .get_at(at[Y_LOG+1:2]), .data(y_word)
    );
    always @(posedge clk) begin
        if (y_valid) begin
            member <= row_ends ? 5'd0 : member + 5'd1;
            if (row_ends) row <= row + 16'd1;
        end
        if (rst || start) begin
            member <= 5'd0;
            row <= 16'd0;
        end
    end
    wire unused = &{1'b0, at, member, row, w_place, wdata};

`ifdef FORMAL
    wire [31:0] mode_word = {1'b0, amplitude, 4'd0, streams, 1'b0, emits, sigma_shift, rank, 2'd0, mode};
    unit_rules #(.LANES(LANES), .MAX_N(MAX_N), .W_LOG(W_LOG)) rules (
        .clk(clk), .rst(rst), .stb(stb), .we(we), .sel(sel), .at(at), .wdata(wdata), .ack(ack), .rdata(rdata), .run(run),
        .clear(clear), .fault(fault), .frames(frames), .busy(busy), .done(done), .failed(failed), .tag(tag),
        .settings({30'd0, next_tag, 20'd0, tensor, index, generation, seed, w_at, mode_word, m, n}), .fits(fits),
        .faults(faults), .start(start), .core_rst(core_rst), .y_ends(y_valid && y_last), .fetched(fetched),
        .x_put((puts && !to_w) ? sel : 4'd0), .w_put(|w_put), .put(put)
    );
`endif
endmodule
`default_nettype wire
