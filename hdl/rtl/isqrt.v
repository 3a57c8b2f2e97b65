// Floor of the square root, a unit a cycle: odd numbers are taken off n while they fit. It is done long before the
// first product, whose length is n.
`default_nettype none
module isqrt (
    input  wire        clk,
    input  wire        start,
    input  wire [15:0] n,
    output reg  [ 7:0] root,
    output reg         done
);
    reg [15:0] rest;
    wire [15:0] odd = {7'd0, root, 1'b1};
    always @(posedge clk)
        if (start) begin
            rest <= n;
            root <= 8'd0;
            done <= 1'b0;
        end else if (rest >= odd) begin
            rest <= rest - odd;
            root <= root + 8'd1;
        end else done <= 1'b1;
endmodule
`default_nettype wire
