// `y = clip((W x + P) // (16 * isqrt(n)))` for an m x n matrix and up to 2 * STREAMS + 1 members in one pass: streams of
// x and W in, a stream of y out. What P is, and every bit of y, is defined by `kernel` and `noise` of firmware/.
//
// mode 0, plain: the base member alone.
// mode 1, low rank: P = (sign * sum_k A[:,k] (B[:,k] . x)) * 16 >> sigma_shift of sign noise; stream p is the pair
//         index + p, whose twins are the members plus and minus.
// mode 2, node: P = 0, and y = clip(y + amplitude * eps); stream p is the member index + p, minus its antithetic twin.
//
// W comes row by row, LANES values a word, each row in words of its own; what lies beyond n there does not matter. x comes
// once, four values a word. y goes out row by row, in a row base, then plus and minus of each stream, as far as emitted.
// Settings hold from `start` until `busy` falls, and are within their ranges: nothing checks them here.
//
// The lanes never wait for noise: sums of rows queue in a buffer of 2^ROOM while B^T x is still being added up.
`default_nettype none
module rank_r_matmul #(
    parameter LANES   = 8,    // int8 products a cycle; a power of two from 4 on
    parameter MAX_N   = 256,  // up to 32,768
    parameter MAX_M   = 256,  // up to 65,535
    parameter MAX_R   = 8,    // up to 8
    parameter STREAMS = 4,    // up to 8
    parameter ROUNDS  = 1,    // of `threefry`
    parameter ROOM    = 6     // log2 of rows, at least 5
) (
    input  wire               clk,
    input  wire               rst,
    input  wire               start,
    output reg                busy,
    input  wire        [15:0] n,            // 1 to MAX_N
    input  wire        [15:0] m,            // 1 to MAX_M
    input  wire        [ 1:0] mode,
    input  wire        [ 3:0] rank,         // 1 to MAX_R; low rank only
    input  wire        [ 3:0] sigma_shift,
    input  wire        [ 3:0] streams,      // 0 in mode 0, else 1 to STREAMS
    input  wire               emit_base,
    input  wire               emit_plus,
    input  wire               emit_minus,
    input  wire        [ 6:0] amplitude,    // node only
    input  wire        [63:0] key,          // {generation, seed}
    input  wire        [31:0] index,
    input  wire        [11:0] tensor,
    input  wire               x_valid,
    output wire               x_ready,
    input  wire        [31:0] x_data,       // the first value in the low byte
    input  wire               w_valid,
    output wire               w_ready,
    input  wire [8*LANES-1:0] w_data,       // the first value in the low byte
    output wire               y_valid,
    input  wire               y_ready,
    output wire         [7:0] y_data,
    output wire               y_last
);
    localparam AW = 16 + $clog2(MAX_N);                    // W x
    localparam BW = 9 + $clog2(MAX_N);                     // an entry of B^T x
    localparam SW = BW + ((MAX_R > 1) ? $clog2(MAX_R) : 1);
    localparam PW = SW + 4;                                // P
    localparam VW = ((AW > PW) ? AW : PW) + 1;             // W x + P
    // 16 bits of n have a root of 8; a root of MAX_N's size is enough.
    localparam RW = ($clog2(MAX_N + 1) + 1) / 2;
    localparam MW = $clog2(MAX_M + 1);
    localparam [1:0] LOW_RANK = 2'd1, NODE = 2'd2;
    localparam SCALE_STAGES = 11;

    // x: loaded once, filled up with zeros to a whole word of lanes.
    reg         loading;
    reg  [15:0] loaded;
    reg         filling;  // all of x is here
    wire        put = loading && (filling || x_valid);
    wire [15:0] left = n - loaded;
    wire [31:0] x_masked;
    wire [15:0] loaded_next = loaded + 16'd4;
    assign x_ready = loading && !filling;
    genvar i;
    generate
        for (i = 0; i < 4; i = i + 1) begin : byte_of_x
            assign x_masked[8*i +: 8] = (!filling && left > i) ? x_data[8*i +: 8] : 8'd0;
        end
    endgenerate
    always @(posedge clk) begin
        if (put) begin
            loaded <= loaded_next;
            filling <= loaded_next >= n;
            loading <= loaded_next < n || (loaded_next & (LANES[15:0] - 16'd1)) != 16'd0;
        end
        if (rst || start) begin
            loading <= start && !rst;
            filling <= 1'b0;
            loaded <= 16'd0;
        end
    end

    wire [7:0] root;
    wire       root_done;
    isqrt root_of_n (.clk(clk), .start(start), .n(n), .root(root), .done(root_done));

    // The lanes: a word of W and x a cycle.
    reg  [15:0] column;
    reg  [MW-1:0] rows_in;
    wire        row_ends = column + 16'd1 == (n + LANES[15:0] - 16'd1) >> $clog2(LANES);
    wire        room;
    wire        w_take = w_valid && w_ready;
    reg [8*LANES-1:0] w_word;
    wire [8*LANES-1:0] x_word;
    reg         lane_valid, lane_first, lane_last;
    // Once more, between the memories and the multipliers.
    reg [8*LANES-1:0] w_lane, x_lane;
    reg         word_valid, word_first, word_last;
    // Decided a cycle before: `room` leaves enough for the rows that this lets in.
    reg         lanes_ready, rows_left;
    assign w_ready = lanes_ready && rows_left;
    always @(posedge clk) begin
        if (w_take) begin
            column <= row_ends ? 16'd0 : column + 16'd1;
            if (row_ends) begin
                rows_in <= rows_in - {{MW - 1{1'b0}}, 1'b1};
                rows_left <= rows_in != {{MW - 1{1'b0}}, 1'b1};
            end
            w_word <= w_data;
        end
        word_valid <= w_take;
        word_first <= column == 16'd0;
        word_last <= row_ends;
        {lane_valid, lane_first, lane_last} <= {word_valid, word_first, word_last};
        w_lane <= w_word;
        x_lane <= x_word;
        if (start) begin
            column <= 16'd0;
            rows_in <= m[MW-1:0];
            rows_left <= 1'b1;
        end
        lanes_ready <= busy && !loading && root_done && room && !rst && !start;
        if (rst || start) {word_valid, lane_valid} <= 2'd0;
    end
    x_memory #(.LANES(LANES), .MAX_N(MAX_N)) inputs (
        .clk(clk), .put(put), .put_at(loaded), .put_data(x_masked),
        .get(w_take), .get_at(column), .data(x_word)
    );
    wire sum_valid;
    wire signed [AW-1:0] row_product;
    mac_lanes #(.LANES(LANES), .AW(AW)) lanes (
        .clk(clk), .rst(rst || start), .in_valid(lane_valid), .in_first(lane_first), .in_last(lane_last),
        .w(w_lane), .x(x_lane), .out_valid(sum_valid), .sum(row_product)
    );

    // Sums of rows wait for their perturbations. A row is begun only while there is room for all that are under way.
    wire [ROOM:0] waiting;
    wire          base_valid;
    wire signed [AW-1:0] base;
    wire          row_fire;
    wire          queue_ready;
    localparam [ROOM:0] FULL = (1 << ROOM) - 12;
    assign room = waiting < FULL;
    stream_fifo #(.WIDTH(AW), .LOG(ROOM)) queue (
        .clk(clk), .rst(rst || start), .in_valid(sum_valid), .in_ready(queue_ready), .in_data(row_product),
        .out_valid(base_valid), .out_ready(row_fire), .out_data(base), .count(waiting)
    );

    // Noise: B's signs while and after x comes, then A's as rows come.
    wire               sign_valid;
    wire [STREAMS-1:0] signs;
    wire               b_step, b_done;
    wire signed [7:0]  b_x;
    // A cycle later, behind the memory of x.
    reg                b_step_q, b_done_q;
    reg signed  [7:0]  b_x_q;
    reg  [STREAMS-1:0] b_signs;
    always @(posedge clk) begin
        b_step_q <= b_step && !rst && !start;
        b_done_q <= b_done && !rst && !start;
        b_x_q <= b_x;
        b_signs <= signs;
    end
    wire               a_step;
    sign_source #(.STREAMS(STREAMS), .ROUNDS(ROUNDS)) noise (
        .clk(clk), .rst(rst), .start(start), .streams(streams), .key(key), .index(index), .tensor(tensor),
        .valid(sign_valid), .take(b_step || (a_step && mode != 2'd0)), .signs(signs)
    );
    b_dot_x #(.MAX_N(MAX_N)) inner (
        .clk(clk), .rst(rst), .start(start && mode == LOW_RANK), .n(n), .rank(rank),
        .put(put && !filling), .put_at(loaded), .put_data(x_masked),
        .sign_valid(sign_valid), .step(b_step), .x(b_x), .done(b_done)
    );

    reg  [ 3:0] k;
    reg  [MW-1:0] rows_out;
    wire        emitter_ready;
    wire        a_last = mode != LOW_RANK || k + 4'd1 == rank;
    assign a_step = base_valid && (mode != LOW_RANK || b_done_q) && (mode == 2'd0 || sign_valid)
        && (!a_last || emitter_ready);
    assign row_fire = a_step && a_last;
    always @(posedge clk) begin
        if (a_step) k <= a_last ? 4'd0 : k + 4'd1;
        if (row_fire) rows_out <= rows_out - {{MW - 1{1'b0}}, 1'b1};
        if (start) rows_out <= m[MW-1:0];
        if (rst || start) k <= 4'd0;
    end
    wire [SW*STREAMS-1:0] sums;
    generate
        for (i = 0; i < STREAMS; i = i + 1) begin : pair
            pair_slice #(.MAX_R(MAX_R), .BW(BW), .SW(SW)) slice (
                .clk(clk), .clear(start), .rank(rank), .b_step(b_step_q), .b_minus(b_signs[i]), .x(b_x_q),
                .a_step(a_step && mode == LOW_RANK), .a_minus(signs[i]), .a_last(a_last), .sum(sums[SW*i +: SW])
            );
        end
    endgenerate

    // From here on one pipeline, which stands still while y is not taken.
    wire step;
    wire out_valid, out_last, out_perturbed, out_minus, out_sign;
    wire signed [AW-1:0] out_base;
    wire signed [SW-1:0] out_sum;
    member_emitter #(.STREAMS(STREAMS), .AW(AW), .SW(SW)) members (
        .clk(clk), .rst(rst || start), .step(step), .streams(streams),
        .emit_base(emit_base), .emit_plus(emit_plus), .emit_minus(emit_minus),
        .row_valid(row_fire), .row_ready(emitter_ready), .row_last(rows_out == {{MW - 1{1'b0}}, 1'b1}),
        .row_base(base), .row_sums(sums), .row_signs(signs),
        .valid(out_valid), .last(out_last), .base(out_base), .sum(out_sum), .perturbed(out_perturbed),
        .minus(out_minus), .sign(out_sign)
    );

    // The sign goes in before the shift: a floor is not odd.
    reg  signed [PW-1:0] signed_sum, shifted;
    reg  signed [AW-1:0] base_1, base_2;
    reg  signed [VW-1:0] value;
    wire signed [PW-1:0] sum_16 = {out_sum, 4'd0};
    always @(posedge clk) if (step) begin
        signed_sum <= !(mode == LOW_RANK && out_perturbed) ? {PW{1'b0}} : out_minus ? -sum_16 : sum_16;
        base_1 <= out_base;
        shifted <= signed_sum >>> sigma_shift;
        base_2 <= base_1;
        value <= {{VW - AW{base_2[AW-1]}}, base_2} + {{VW - PW{shifted[PW-1]}}, shifted};
    end
    wire signed [7:0] scaled;
    scale #(.VW(VW), .RW(RW)) scaling (.clk(clk), .step(step), .root(root[RW-1:0]), .v(value), .y(scaled));

    localparam STAGES = 3 + SCALE_STAGES;
    reg [STAGES-1:0] valids, lasts, noisy, negative;
    wire signed [7:0] noised;
    node_noise noise_of_node (
        .u(scaled), .noisy(noisy[STAGES-1]), .minus(negative[STAGES-1]), .amplitude(amplitude), .y(noised)
    );
    reg       y_valid_r, y_last_r;
    reg [7:0] y_data_r;
    assign step = !y_valid_r || y_ready;
    assign y_valid = y_valid_r;
    assign y_last = y_last_r;
    assign y_data = y_data_r;
    always @(posedge clk) begin
        if (step) begin
            valids <= {valids[STAGES-2:0], out_valid};
            lasts <= {lasts[STAGES-2:0], out_last};
            noisy <= {noisy[STAGES-2:0], mode == NODE && out_perturbed};
            negative <= {negative[STAGES-2:0], out_minus ^ out_sign};
            y_valid_r <= valids[STAGES-1];
            y_last_r <= lasts[STAGES-1];
            y_data_r <= noised;
        end
        if (y_valid && y_ready && y_last) busy <= 1'b0;
        if (start) busy <= 1'b1;
        if (rst || start) begin
            valids <= {STAGES{1'b0}};
            y_valid_r <= 1'b0;
        end
        if (rst) busy <= 1'b0;
    end

    wire unused = &{1'b0, root, m, queue_ready};

`ifdef FORMAL
    // Rows that are under way in the lanes, by when their last word was taken.
    localparam LATENCY = $clog2(LANES) + 4;
    reg [LATENCY-1:0] flight;
    integer f;
    reg [ROOM:0] rows;
    always @* begin
        rows = 0;
        for (f = 0; f < LATENCY; f = f + 1) rows = rows + {{ROOM{1'b0}}, flight[f]};
    end
    reg running = 1'b0, held = 1'b0, held_last;
    reg [7:0] held_data;
    always @(posedge clk) begin
        running <= 1'b1;
        flight <= (rst || start) ? {LATENCY{1'b0}} : {flight[LATENCY-2:0], w_take && row_ends};
        held <= y_valid && !y_ready && !rst && !start;
        held_data <= y_data;
        held_last <= y_last;
        if (!running) assume (rst);
        else begin
            // The buffer of sums is never offered a row that it has no room for.
            assert (sum_valid == flight[LATENCY-1]);
            assert ({1'b0, waiting} + {1'b0, rows} <= 1 << ROOM);
            assert (!sum_valid || queue_ready);
            // A value of y stays until it is taken.
            if (held) assert (y_valid && y_data == held_data && y_last == held_last);
        end
    end
`endif
endmodule
`default_nettype wire
