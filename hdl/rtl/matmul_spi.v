// The unit behind SPI: what a board without a bus puts beside its microcontroller.
`default_nettype none
module matmul_spi #(
    parameter LANES   = 8,
    parameter MAX_N   = 256,
    parameter MAX_M   = 256,
    parameter MAX_R   = 8,
    parameter STREAMS = 4,
    parameter ROUNDS  = 1,
    parameter ROOM    = 6,
    parameter W_LOG   = 14
) (
    input  wire clk,
    input  wire rst,
    input  wire sck,
    input  wire cs_n,
    input  wire copi,
    output wire cipo,
    output wire busy,
    output wire done,
    output wire failed
);
    wire        stb, we, ack, run, clear;
    wire [ 3:0] sel;
    wire [31:0] at, wdata, rdata;
    wire [ 2:0] fault;
    wire [ 1:0] tag;
    wire [ 7:0] frames;
    spi_target front (
        .clk(clk), .rst(rst), .sck(sck), .cs_n(cs_n), .copi(copi), .cipo(cipo), .stb(stb), .we(we), .sel(sel), .at(at),
        .wdata(wdata), .ack(ack), .rdata(rdata), .run(run), .clear(clear), .fault(fault),
        .frames(frames), .status({tag, failed, done, busy})
    );
    matmul_unit #(
        .LANES(LANES), .MAX_N(MAX_N), .MAX_M(MAX_M), .MAX_R(MAX_R), .STREAMS(STREAMS), .ROUNDS(ROUNDS), .ROOM(ROOM),
        .W_LOG(W_LOG)
    ) unit (
        .clk(clk), .rst(rst), .stb(stb), .we(we), .sel(sel), .at(at), .wdata(wdata), .ack(ack), .rdata(rdata),
        .run(run), .clear(clear), .fault(fault), .frames(frames), .busy(busy), .done(done), .failed(failed), .tag(tag)
    );
endmodule
`default_nettype wire
