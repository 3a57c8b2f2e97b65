// W: one port, 2^LOG words of LANES bytes, written by bytes. On a UP5K it becomes single-port RAM blocks (SPRAM), with
// `synth_ice40 -spram`.
`default_nettype none
module weight_memory #(
    parameter LANES = 8,
    parameter LOG   = 14
) (
    input  wire               clk,
    input  wire               step,  // else nothing happens, and `out` stays
    input  wire   [LOG-1:0]   at,
    input  wire   [LANES-1:0] put,   // bytes to write; else a read
    input  wire [8*LANES-1:0] in,
    output wire [8*LANES-1:0] out    // from the cycle after a read on
);
    genvar i;
    generate
        // Two bytes a memory: the width of an SPRAM.
        for (i = 0; i < LANES / 2; i = i + 1) begin : half
            reg [15:0] words[0:(1 << LOG) - 1];
            reg [15:0] word;
            always @(posedge clk) if (step) begin
                if (put[2 * i]) words[at][7:0] <= in[16*i +: 8];
                if (put[2 * i + 1]) words[at][15:8] <= in[16*i + 8 +: 8];
                if (put[2*i +: 2] == 2'd0) word <= words[at];
            end
            assign out[16*i +: 16] = word;
        end
    endgenerate
endmodule
`default_nettype wire
