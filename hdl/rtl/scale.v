// `clip(v // (16 * root))`, floor division, clip to [-127, 127]: a pipeline of 11 stages that moves while `step`.
//
// 16 falls off as four bits. Then 128 * root is added, which makes the quotient one of 0 to 255 wherever it does not
// saturate anyway: eight bits of restoring division by a number of RW bits.
`default_nettype none
module scale #(
    parameter VW = 26,
    parameter RW = 5
) (
    input  wire                 clk,
    input  wire                 step,
    input  wire        [RW-1:0] root,  // at least 1; constant while values are under way
    input  wire signed [VW-1:0] v,
    output wire signed [   7:0] y
);
    localparam WW = VW - 3;  // v / 16, and a bit for the sum

    wire signed [WW-1:0] sixteenth = {v[VW-1], v[VW-1:4]};
    wire signed [WW-1:0] half = {{WW - RW - 7{1'b0}}, root, 7'd0};
    reg  signed [WW-1:0] moved;
    reg below, above;
    reg [RW-1:0] rest;
    reg [7:0] low;
    wire [WW-9:0] high = moved[WW-1:8];
    always @(posedge clk) if (step) begin
        moved <= sixteenth + half;
        below <= moved[WW-1];
        above <= !moved[WW-1] && high >= {{WW - 8 - RW{1'b0}}, root};
        rest <= high[RW-1:0];
        low <= moved[7:0];
    end

    // Stage i has found the i highest bits of the quotient: `bits` holds them below what is left of the dividend.
    wire [RW-1:0] rests[0:8];
    wire [7:0] bits[0:8];
    wire [1:0] ends[0:8];
    assign rests[0] = rest;
    assign bits[0] = low;
    assign ends[0] = {above, below};
    genvar i;
    generate
        for (i = 0; i < 8; i = i + 1) begin : digit
            wire [RW:0] partial = {rests[i], bits[i][7]};
            wire [RW:0] less = partial - {1'b0, root};
            // The remainder stays below the root, so the difference fits its bits wherever it is not negative.
            wire fits = partial >= {1'b0, root};
            reg [RW-1:0] rest_after;
            reg [7:0] bits_after;
            reg [1:0] ends_after;
            always @(posedge clk) if (step) begin
                rest_after <= fits ? less[RW-1:0] : partial[RW-1:0];
                bits_after <= {bits[i][6:0], fits};
                ends_after <= ends[i];
            end
            assign rests[i + 1] = rest_after;
            assign bits[i + 1] = bits_after;
            assign ends[i + 1] = ends_after;
            wire unused = less[RW];
        end
    endgenerate

    wire low_end = ends[8][0] || bits[8] == 8'd0;
    reg signed [7:0] clipped;
    always @(posedge clk) if (step)
        clipped <= ends[8][1] ? 8'sd127 : low_end ? -8'sd127 : {!bits[8][7], bits[8][6:0]};
    assign y = clipped;
    wire unused = &{1'b0, v[3:0], rests[8]};
endmodule
`default_nettype wire
