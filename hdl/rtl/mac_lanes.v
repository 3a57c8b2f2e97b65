// LANES products of int8 a cycle and their sum over a row. A register follows every product and every level of the adder
// tree: a lane is a DSP block between registers.
`default_nettype none
module mac_lanes #(
    parameter LANES = 8,  // a power of two
    parameter AW    = 24
) (
    input  wire                 clk,
    input  wire                 rst,
    input  wire                 in_valid,
    input  wire                 in_first,  // of a row
    input  wire                 in_last,
    input  wire  [8*LANES-1:0]  w,
    input  wire  [8*LANES-1:0]  x,
    output reg                  out_valid,
    output reg signed [AW-1:0]  sum
);
    localparam LEVELS = $clog2(LANES);
    localparam TW = 16 + LEVELS;

    // A heap: node i is the sum of nodes 2 i and 2 i + 1, products are the nodes from LANES on.
    wire signed [TW-1:0] node[1:2*LANES-1];
    genvar i;
    generate
        for (i = 1; i < 2 * LANES; i = i + 1) begin : tree
            if (i < LANES) begin : inner
                reg signed [TW-1:0] value;
                assign node[i] = value;
                always @(posedge clk) value <= node[2 * i] + node[2 * i + 1];
            end else begin : leaf
                wire signed [7:0] a = w[8 * (i - LANES) +: 8];
                wire signed [7:0] b = x[8 * (i - LANES) +: 8];
                wire signed [15:0] product = a * b;
                // Kept: Yosys 0.70 would else merge it into the DSP blocks of two lanes at once, and lose one of them.
                (* keep *) reg signed [15:0] value;
                assign node[i] = {{LEVELS{value[15]}}, value};
                always @(posedge clk) value <= product;
            end
        end
    endgenerate

    reg [LEVELS:0] valid, first, last;
    wire signed [AW-1:0] here = {{AW - TW{node[1][TW-1]}}, node[1]};
    always @(posedge clk) begin
        valid <= {valid[LEVELS-1:0], in_valid};
        first <= {first[LEVELS-1:0], in_first};
        last  <= {last[LEVELS-1:0], in_last};
        if (valid[LEVELS]) sum <= first[LEVELS] ? here : sum + here;
        out_valid <= valid[LEVELS] && last[LEVELS];
        if (rst) begin
            valid <= {LEVELS + 1{1'b0}};
            out_valid <= 1'b0;
        end
    end
endmodule
`default_nettype wire
