// For every input: y = min(max(u + amplitude * eps, -127), 127).
`default_nettype none
module node_noise_proof (
    input wire signed [7:0] u,
    input wire              noisy,
    input wire              minus,
    input wire        [6:0] amplitude
);
    wire signed [7:0] y;
    node_noise dut (.u(u), .noisy(noisy), .minus(minus), .amplitude(amplitude), .y(y));
    integer sum;
    always @* begin
        sum = u;
        if (noisy) sum = minus ? u - $signed({25'd0, amplitude}) : u + $signed({25'd0, amplitude});
        if (sum > 127) sum = 127;
        if (sum < -127) sum = -127;
        assert (y == sum);
    end
endmodule
`default_nettype wire
