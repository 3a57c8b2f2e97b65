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
`ifdef FORMAL
    , output reg [5:0] since      // cycles since the last byte, to 40
`endif
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
            count <= 3'd0;
            out <= 8'd0;
            got <= 1'b0;
        end
    end
    wire unused = cs_s[2];

`ifdef FORMAL
    // The wires as they were a cycle ago, two, and three.
    reg [2:0] sck_was, cs_was;
    reg [1:0] copi_was;
    reg       sck_before, running = 1'b0, copi_known = 1'b0;
    // What the definition has: bits of a byte in the order in which they come, and the byte that goes out meanwhile.
    reg [0:7] bits, whole;
    reg [2:0] n;
    reg       ended;
    reg [7:0] out_byte;
    wire      bit_comes = sck_was[2:1] == 2'b01 && !cs_was[1];
    // Cycles since SCK changed, since the last bit, and since a reset, as far as they matter.
    reg [1:0] steady, apart;
    reg [2:0] calm;
    integer f;
    always @(posedge clk) begin
        running <= 1'b1;
        copi_known <= running;
        sck_was <= rst ? 3'd0 : {sck_was[1:0], sck};
        cs_was <= rst ? 3'd7 : {cs_was[1:0], cs_n};
        copi_was <= {copi_was[0], copi};
        // SCK up to a quarter of the clock.
        sck_before <= sck;
        steady <= (sck != sck_before) ? 2'd1 : 2'd2;
        if (running && sck != sck_before) assume (steady == 2'd2);
        ended <= 1'b0;
        since <= since + {5'd0, since != 6'd40};
        apart <= (bit_comes && calm == 3'd7) ? 2'd0 : apart + {1'b0, apart != 2'd3};
        calm <= rst ? 3'd0 : calm + {2'd0, calm != 3'd7};
        if (cs_was[1]) begin
            n <= 3'd0;
            out_byte <= 8'd0;
        end else if (bit_comes) begin
            bits[n] <= copi_was[1];
            n <= n + 3'd1;
            if (n == 3'd7) begin
                ended <= !rst;
                whole <= {bits[0:6], copi_was[1]};
                out_byte <= send;
                since <= 6'd0;
            end
        end
        if (rst) begin
            n <= 3'd0;
            out_byte <= 8'd0;
            since <= 6'd40;
            apart <= 2'd3;
        end
        if (!running) assume (rst);
        else begin
            assert (sck_s == sck_was && cs_s == cs_was && copi_s[0] == copi_was[0]);
            if (copi_known) assert (copi_s[1] == copi_was[1]);
            // A byte is what was shifted in, the first bit the highest, and comes once.
            assert (got == ended && (!got || byte_in == whole));
            assert (selected == !cs_was[1] && midway == (n != 3'd0) && count == n);
            for (f = 0; f < 8; f = f + 1)
                if (f < n) assert (in[n - 1 - f] == bits[f]);
            // The controller samples bit after bit of what was to be sent.
            assert (out == out_byte << n);
            if (sck && !sck_was[0] && !cs_n && !cs_was[0] && !cs_was[1]) assert (cipo == out_byte[7 - n]);
            // Bytes are far apart, 32 cycles, since bits are, 4; but for a pulse that a reset cut.
            assert (since <= 6'd40 && (since >= {1'b0, n, apart} || since == 6'd40));
            assert (sck_was[0] == sck_before || calm == 3'd0);
            if (calm != 3'd7) assert (since == 6'd40 && apart == 2'd3 && n <= calm);
            if (calm >= 3'd2)
                assert ((steady == 2'd2) == (sck_was[1] == sck_was[0]));
            if (calm >= 3'd3) assert (sck_was != 3'b101 && sck_was != 3'b010);
            if (sck_was[2:1] == 2'b01) assert (apart == 2'd3);
            if (sck_was[1:0] == 2'b01) assert (apart >= 2'd2);
            if (!sck_was[0] && steady == 2'd2) assert (apart != 2'd0);
            if (got) assert (since == 6'd0);
        end
    end
`endif
endmodule
`default_nettype wire
