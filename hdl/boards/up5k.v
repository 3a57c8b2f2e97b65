// The unit on a UP5K, clocked by the FPGA's own oscillator at 24 MHz: SCK may have 6 MHz.
`default_nettype none
module up5k (
    input  wire sck,
    input  wire cs_n,
    input  wire copi,
    output wire cipo,
    output wire led_busy_n,
    output wire led_failed_n
);
    wire clk;
    SB_HFOSC #(.CLKHF_DIV("0b01")) oscillator (.CLKHFPU(1'b1), .CLKHFEN(1'b1), .CLKHF(clk));

    // Registers are 0 after configuration: the first cycles are a reset.
    reg [3:0] age = 4'd0;
    reg       rst = 1'b1;
    always @(posedge clk) begin
        if (age != 4'd15) age <= age + 4'd1;
        rst <= age != 4'd15;
    end

    wire busy, done, failed;
    matmul_spi #(.LANES(8), .MAX_R(8), .STREAMS(4), .ROUNDS(1), .W_LOG(14)) unit (
        .clk(clk), .rst(rst), .sck(sck), .cs_n(cs_n), .copi(copi), .cipo(cipo), .busy(busy), .done(done),
        .failed(failed)
    );
    assign led_busy_n = !busy;
    assign led_failed_n = !failed;
    wire unused = done;
endmodule
`default_nettype wire
