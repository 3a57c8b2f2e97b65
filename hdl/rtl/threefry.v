// Threefry-2x32-20 as a stream: a key and a counter in, a block of 64 bits out, in order.
//
// ROUNDS = 1, 2 or 4: folded, that many rounds a cycle and a cycle an injection of the key; a block takes 27, 17 or 12
// cycles. ROUNDS = 0: pipelined, a block a cycle after 26.
`default_nettype none
module threefry #(
    parameter ROUNDS = 1
) (
    input  wire        clk,
    input  wire        rst,
    input  wire        in_valid,
    output wire        in_ready,
    input  wire [63:0] key,      // {second word, first word}, as everywhere here
    input  wire [63:0] counter,
    output wire        out_valid,
    input  wire        out_ready,
    output wire [63:0] block
);
    generate
        if (ROUNDS == 0) begin : pipelined
            threefry_pipelined unit (
                .clk(clk), .rst(rst), .in_valid(in_valid), .in_ready(in_ready), .key(key), .counter(counter),
                .out_valid(out_valid), .out_ready(out_ready), .block(block)
            );
        end else begin : folded
            threefry_folded #(.ROUNDS(ROUNDS)) unit (
                .clk(clk), .rst(rst), .in_valid(in_valid), .in_ready(in_ready), .key(key), .counter(counter),
                .out_valid(out_valid), .out_ready(out_ready), .block(block)
            );
        end
    endgenerate
endmodule
`default_nettype wire
