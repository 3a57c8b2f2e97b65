// One pair's perturbation: `B^T x` while x comes, `sum_k A[i,k] (B^T x)[k]` row by row afterwards. Signs come one at a
// time, k fastest, so that a rank costs a cycle an entry and one adder.
//
// The r sums lie in a ring that turns by one a step: no multiplexer, and no hazard at rank 1.
`default_nettype none
module pair_slice #(
    parameter MAX_R = 8,
    parameter BW    = 17,  // of an entry of B^T x
    parameter SW    = 20   // of a sum over the rank
) (
    input  wire                 clk,
    input  wire                 clear,
    input  wire          [ 3:0] rank,    // 1 to MAX_R
    input  wire                 b_step,
    input  wire                 b_minus, // the sign: 1 means -1
    input  wire signed   [ 7:0] x,
    input  wire                 a_step,
    input  wire                 a_minus,
    input  wire                 a_last,  // with a_step: the row's last entry; the sum starts anew
    output wire signed [SW-1:0] sum      // with a_last: the row's
);
    reg       [BW*MAX_R-1:0] ring;
    reg  signed [SW-1:0] so_far;
    wire signed [BW-1:0] head = ring[BW-1:0];
    wire signed [BW-1:0] wide_x = {{BW - 8{x[7]}}, x};
    wire signed [BW-1:0] back = !b_step ? head : b_minus ? head - wide_x : head + wide_x;
    wire signed [SW-1:0] wide_head = {{SW - BW{head[BW-1]}}, head};
    assign sum = a_minus ? so_far - wide_head : so_far + wide_head;

    genvar i;
    generate
        for (i = 0; i < MAX_R; i = i + 1) begin : entry
            localparam [3:0] PLACE = i;
            wire signed [BW-1:0] above;
            if (i + 1 < MAX_R) begin : inner
                assign above = ring[BW * (i + 1) +: BW];
            end else begin : outer
                assign above = {BW{1'b0}};
            end
            always @(posedge clk)
                if (clear) ring[BW*i +: BW] <= {BW{1'b0}};
                else if (b_step || a_step) ring[BW*i +: BW] <= (rank == PLACE + 4'd1) ? back : above;
        end
    endgenerate

    always @(posedge clk)
        if (clear || (a_step && a_last)) so_far <= {SW{1'b0}};
        else if (a_step) so_far <= sum;
endmodule
`default_nettype wire
