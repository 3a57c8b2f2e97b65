// For every value and every root: y is the clipped floor of v / (16 * root), eleven steps later, whatever comes after.
`default_nettype none
module scale_proof #(
    parameter VW = 25,
    parameter RW = 5
) (
    input wire clk,
    input wire signed [VW-1:0] later
);
    (* anyconst *) wire signed [VW-1:0] v;
    (* anyconst *) wire        [RW-1:0] root;
    wire signed [7:0] y;
    reg [3:0] age = 0;
    scale #(.VW(VW), .RW(RW)) dut (
        .clk(clk), .step(1'b1), .root(root), .v(age == 0 ? v : later), .y(y)
    );
    // Wide enough for 128 * 16 * root and for v.
    localparam W = VW + RW + 13;
    wire signed [W-1:0] unit = {{W - RW - 4{1'b0}}, root, 4'd0};
    wire signed [W-1:0] wide_v = {{W - VW{v[VW-1]}}, v};
    wire signed [W-1:0] wide_y = {{W - 8{y[7]}}, y};
    wire at_least = wide_y * unit <= wide_v;
    wire below_next = wide_v < wide_y * unit + unit;
    always @(posedge clk) begin
        assume (root != 0 && root <= 1 << (RW - 1));
        if (age != 4'd15) age <= age + 4'd1;
        if (age == 4'd11) begin
            assert (y != -8'sd128);
            assert (at_least || y == -8'sd127);
            assert (below_next || y == 8'sd127);
        end
    end
endmodule
`default_nettype wire
