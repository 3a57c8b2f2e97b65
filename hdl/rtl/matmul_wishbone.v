// The unit as a Wishbone B4 target in classic standard mode: 32-bit data, byte enables, addresses of bytes. An access
// takes three cycles; there are no errors or retries, faults stand in STATUS. `irq` is up from the end of a product to the
// next start or clear.
`default_nettype none
module matmul_wishbone #(
    parameter LANES   = 8,
    parameter MAX_N   = 256,
    parameter MAX_M   = 256,
    parameter MAX_R   = 8,
    parameter STREAMS = 4,
    parameter ROUNDS  = 1,
    parameter ROOM    = 6,
    parameter W_LOG   = 14
) (
    input  wire        clk_i,
    input  wire        rst_i,
    input  wire        cyc_i,
    input  wire        stb_i,
    input  wire        we_i,
    input  wire [ 3:0] sel_i,
    input  wire [31:0] adr_i,
    input  wire [31:0] dat_i,
    output wire        ack_o,
    output wire [31:0] dat_o,
    output wire        irq_o
);
    wire busy, failed, ack;
    wire [1:0] tag;
    assign ack_o = ack && cyc_i && stb_i;
    matmul_unit #(
        .LANES(LANES), .MAX_N(MAX_N), .MAX_M(MAX_M), .MAX_R(MAX_R), .STREAMS(STREAMS), .ROUNDS(ROUNDS), .ROOM(ROOM),
        .W_LOG(W_LOG)
    ) unit (
        .clk(clk_i), .rst(rst_i), .stb(cyc_i && stb_i), .we(we_i), .sel(sel_i), .at(adr_i), .wdata(dat_i), .ack(ack),
        .rdata(dat_o), .run(1'b0), .clear(1'b0), .fault(3'd0), .frames(8'd0), .busy(busy), .done(irq_o), .failed(failed), .tag(tag)
    );
    wire unused = &{1'b0, busy, failed, tag};

`ifdef FORMAL
    // A controller holds a request until it is acknowledged, or gives it up at any time.
    reg        running = 1'b0, asked;
    reg  [1:0] waited;  // cycles of this request
    reg [68:0] request;
    always @(posedge clk_i) begin
        running <= 1'b1;
        asked <= cyc_i && stb_i && !ack_o && !rst_i;
        waited <= (cyc_i && stb_i && !rst_i && waited != 2'd2) ? waited + 2'd1 : 2'd0;
        request <= {we_i, sel_i, adr_i, dat_i};
        if (!running) assume (rst_i);
        else begin
            if (asked && cyc_i && stb_i) assume (request == {we_i, sel_i, adr_i, dat_i});
            // One acknowledge, in the third cycle, of a request that is still there.
            assert (ack_o == (cyc_i && stb_i && waited == 2'd2));
        end
    end
`endif
endmodule
`default_nettype wire
