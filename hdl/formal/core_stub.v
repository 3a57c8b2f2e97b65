// In the place of `rank_r_matmul` where a proof is about the bus in front of it: it takes and gives what it likes, until
// it says that it ends.
`default_nettype none
module rank_r_matmul #(
    parameter LANES   = 8,
    parameter MAX_N   = 256,
    parameter MAX_M   = 256,
    parameter MAX_R   = 8,
    parameter STREAMS = 4,
    parameter ROUNDS  = 1,
    parameter ROOM    = 6
) (
    input  wire               clk,
    input  wire               rst,
    input  wire               start,
    output reg                busy,
    input  wire        [15:0] n,
    input  wire        [15:0] m,
    input  wire        [ 1:0] mode,
    input  wire        [ 3:0] rank,
    input  wire        [ 3:0] sigma_shift,
    input  wire        [ 3:0] streams,
    input  wire               emit_base,
    input  wire               emit_plus,
    input  wire               emit_minus,
    input  wire        [ 6:0] amplitude,
    input  wire        [63:0] key,
    input  wire        [31:0] index,
    input  wire        [11:0] tensor,
    input  wire               x_valid,
    output wire               x_ready,
    input  wire        [31:0] x_data,
    input  wire               w_valid,
    output wire               w_ready,
    input  wire [8*LANES-1:0] w_data,
    output wire               y_valid,
    input  wire               y_ready,
    output wire         [7:0] y_data,
    output wire               y_last
);
    (* anyseq *) wire       x_takes, w_takes, y_comes, ends;
    (* anyseq *) wire [7:0] value;
    assign x_ready = busy && x_takes;
    assign w_ready = busy && w_takes;
    assign y_valid = busy && y_comes;
    assign y_last = ends;
    assign y_data = value;
    always @(posedge clk) begin
        if (y_valid && y_ready && y_last) busy <= 1'b0;
        if (start) busy <= 1'b1;
        if (rst) busy <= 1'b0;
    end
endmodule
`default_nettype wire
