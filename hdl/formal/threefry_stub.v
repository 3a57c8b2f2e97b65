// In the place of `threefry` where a proof is about who gets which block: a block of its counter alone, after any time.
`default_nettype none
module threefry #(
    parameter ROUNDS = 1
) (
    input  wire        clk,
    input  wire        rst,
    input  wire        in_valid,
    output wire        in_ready,
    input  wire [63:0] key,
    input  wire [63:0] counter,
    output reg         out_valid,
    input  wire        out_ready,
    output wire [63:0] block
);
    (* anyseq *) wire waits;  // as long as it likes
    reg [63:0] asked;
    assign in_ready = !out_valid && !waits;
    assign block = {~asked[31:0], asked[63:32]} ^ key;
    always @(posedge clk) begin
        if (in_valid && in_ready) begin
            asked <= counter;
            out_valid <= 1'b1;
        end
        if (out_valid && out_ready) out_valid <= 1'b0;
        if (rst) out_valid <= 1'b0;
    end
endmodule
`default_nettype wire
