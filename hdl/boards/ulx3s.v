// The unit on an ULX3S (ECP5). Its 25 MHz clock is multiplied by a PLL. LANES is 16 for the 12F and 25F, which have 28
// multipliers and 56 memories, and 32 for the 45F and 85F.
`default_nettype none
`ifndef LANES
`define LANES 32
`endif
module ulx3s (
    input  wire       clk_25mhz,
    input  wire       sck,
    input  wire       cs_n,
    input  wire       copi,
    output wire       cipo,
    output wire [1:0] led  // busy, failed
);
    wire clk, locked;
    // 25 MHz * 3 = 75 MHz; the oscillator of the PLL runs at 600 MHz.
    (* FREQUENCY_PIN_CLKI = "25", FREQUENCY_PIN_CLKOP = "75", ICP_CURRENT = "12", LPF_RESISTOR = "8" *)
    EHXPLLL #(
        .PLLRST_ENA("DISABLED"), .INTFB_WAKE("DISABLED"), .STDBY_ENABLE("DISABLED"), .DPHASE_SOURCE("DISABLED"),
        .OUTDIVIDER_MUXA("DIVA"), .OUTDIVIDER_MUXB("DIVB"), .OUTDIVIDER_MUXC("DIVC"), .OUTDIVIDER_MUXD("DIVD"),
        .CLKI_DIV(1), .CLKOP_ENABLE("ENABLED"), .CLKOP_DIV(8), .CLKOP_CPHASE(4), .CLKOP_FPHASE(0),
        .FEEDBK_PATH("CLKOP"), .CLKFB_DIV(3)
    ) pll (
        .RST(1'b0), .STDBY(1'b0), .CLKI(clk_25mhz), .CLKOP(clk), .CLKFB(clk), .CLKINTFB(), .PHASESEL0(1'b0),
        .PHASESEL1(1'b0), .PHASEDIR(1'b1), .PHASESTEP(1'b1), .PHASELOADREG(1'b1), .PLLWAKESYNC(1'b0),
        .ENCLKOP(1'b0), .LOCK(locked)
    );

    reg [3:0] age = 4'd0;
    reg       rst = 1'b1;
    always @(posedge clk) begin
        if (!locked) age <= 4'd0;
        else if (age != 4'd15) age <= age + 4'd1;
        rst <= age != 4'd15;
    end

    wire busy, done, failed;
    matmul_spi #(.LANES(`LANES), .MAX_R(8), .STREAMS(4), .ROUNDS(2), .W_LOG(12)) unit (
        .clk(clk), .rst(rst), .sck(sck), .cs_n(cs_n), .copi(copi), .cipo(cipo), .busy(busy), .done(done),
        .failed(failed)
    );
    assign led = {failed, busy};
    wire unused = done;
endmodule
`default_nettype wire
