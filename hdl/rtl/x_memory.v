// The input of all rows: written four bytes at a time, read LANES bytes at a time.
`default_nettype none
module x_memory #(
    parameter LANES = 8,  // a power of two from 4 on
    parameter MAX_N = 256
) (
    input  wire               clk,
    input  wire               put,
    input  wire        [15:0] put_at,    // place of the first byte, a multiple of 4
    input  wire        [31:0] put_data,
    input  wire               get,
    input  wire        [15:0] get_at,    // which word of LANES bytes
    output wire [8*LANES-1:0] data       // a cycle later
);
    localparam BANKS = LANES / 4;
    localparam LOG = $clog2(LANES);
    localparam WORDS = (MAX_N + LANES - 1) / LANES;
    localparam AW = (WORDS > 1) ? $clog2(WORDS) : 1;
    genvar i;
    generate
        for (i = 0; i < BANKS; i = i + 1) begin : bank
            reg [31:0] words[0:(1 << AW) - 1];
            reg [31:0] word;
            wire here = ((put_at >> 2) & (BANKS[15:0] - 16'd1)) == i;
            always @(posedge clk) begin
                if (put && here) words[put_at[LOG+AW-1:LOG]] <= put_data;
                if (get) word <= words[get_at[AW-1:0]];
            end
            assign data[32*i +: 32] = word;
        end
    endgenerate
    wire unused = &{1'b0, put_at, get_at};
endmodule
`default_nettype wire
