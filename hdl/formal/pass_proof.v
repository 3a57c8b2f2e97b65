// A whole pass of the smallest core, with every stream stopping at any time: as many words of x and W are taken as there
// are, as many values come as members times rows, and the last one says so.
`default_nettype none
module pass_proof (
    input wire        clk,
    input wire        x_valid,
    input wire        w_valid,
    input wire        y_ready
);
    // What the words hold does not matter here.
    wire [31:0] x_data = 32'd0, w_data = 32'd0;
    (* anyconst *) wire [1:0] mode;
    (* anyconst *) wire emit_base, emit_plus, emit_minus;
    (* anyconst *) wire [1:0] n_less, m_less;
    wire [15:0] n = {14'd0, n_less} + 16'd1, m = {15'd0, m_less[0]} + 16'd1;
    wire plain = mode == 2'd0;
    wire busy, x_ready, w_ready, y_valid, y_last;
    wire [7:0] y_data;
    reg [1:0] age = 0;
    rank_r_matmul #(.LANES(4), .MAX_N(4), .MAX_M(2), .MAX_R(1), .STREAMS(1), .ROOM(5)) dut (
        .clk(clk), .rst(age == 0), .start(age == 1), .busy(busy), .n(n), .m(m), .mode(mode), .rank(4'd1),
        .sigma_shift(4'd4), .streams(plain ? 4'd0 : 4'd1), .emit_base(emit_base), .emit_plus(emit_plus),
        .emit_minus(emit_minus), .amplitude(7'd4), .key(64'd0), .index(32'd0), .tensor(12'd0),
        .x_valid(x_valid), .x_ready(x_ready), .x_data(x_data), .w_valid(w_valid), .w_ready(w_ready), .w_data(w_data),
        .y_valid(y_valid), .y_ready(y_ready), .y_data(y_data), .y_last(y_last)
    );
    reg [2:0] x_taken = 0, w_taken = 0, y_taken = 0;
    wire [2:0] members = emit_base + (plain ? 2'd0 : emit_plus + emit_minus);
    wire [2:0] outputs = m[1] ? members << 1 : members;
    wire live = age == 2;
    always @(posedge clk) begin
        assume (mode != 2'd3 && (plain ? emit_base && !emit_plus && !emit_minus : emit_plus || emit_minus));
        if (age != 2) age <= age + 2'd1;
        if (live) begin
            x_taken <= x_taken + (x_valid && x_ready);
            w_taken <= w_taken + (w_valid && w_ready);
            y_taken <= y_taken + (y_valid && y_ready);
            assert (x_taken <= 1 && w_taken <= m && y_taken <= outputs);
            if (y_valid) assert (y_taken < outputs && y_last == (y_taken + 3'd1 == outputs));
            if (y_taken == outputs) assert (!busy && !x_ready && !w_ready && x_taken == 1 && w_taken == m);
        end
        cover (live && outputs == 3'd3 && y_taken == outputs && !busy);
    end
endmodule
`default_nettype wire
