// `clip(u + amplitude * eps)`, clip to [-127, 127]: one member's noise on a pre-activation that is clipped already.
`default_nettype none
module node_noise (
    input  wire signed [7:0] u,
    input  wire              noisy,      // otherwise y = u
    input  wire              minus,      // eps = -1
    input  wire        [6:0] amplitude,
    output wire signed [7:0] y
);
    wire signed [9:0] wide = {{2{u[7]}}, u};
    wire signed [9:0] size = {3'd0, amplitude};
    wire signed [9:0] sum = !noisy ? wide : minus ? wide - size : wide + size;
    assign y = sum > 10'sd127 ? 8'sd127 : sum < -10'sd127 ? -8'sd127 : sum[7:0];
endmodule
`default_nettype wire
