// Bytes of an SPI target in mode 0, most significant bit first. SCK is sampled by `clk`, so that there is one clock: at
// most clk / 4. The output changes right after the rising edge at which the controller has sampled it.
`default_nettype none
module spi_bytes (
    input  wire       clk,
    input  wire       rst,
    input  wire       sck,
    input  wire       cs_n,
    input  wire       copi,
    output wire       cipo,
    output wire       selected,
    output wire       midway,   // some bits of a byte have come
    output reg        got,      // for a cycle: a byte has come, and the next one to send was taken from `send`
    output wire [7:0] byte_in,
    input  wire [7:0] send
);
    reg [2:0] sck_s, cs_s;
    reg [1:0] copi_s;
    reg [7:0] in;
    reg [7:0] out;
    reg [2:0] count;
    wire rises = sck_s[2:1] == 2'b01;
    assign selected = !cs_s[1];
    assign midway = count != 3'd0;
    assign byte_in = in;
    assign cipo = out[7];
    always @(posedge clk) begin
        sck_s <= {sck_s[1:0], sck};
        cs_s <= {cs_s[1:0], cs_n};
        copi_s <= {copi_s[0], copi};
        got <= 1'b0;
        if (!selected) begin
            count <= 3'd0;
            out <= 8'd0;
        end else if (rises) begin
            in <= {in[6:0], copi_s[1]};
            count <= count + 3'd1;
            out <= (count == 3'd7) ? send : {out[6:0], 1'b0};
            got <= count == 3'd7;
        end
        if (rst) begin
            sck_s <= 3'd0;
            cs_s <= 3'd7;
            got <= 1'b0;
        end
    end
    wire unused = cs_s[2];
endmodule
`default_nettype wire
