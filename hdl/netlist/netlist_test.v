// What synthesis made of `matmul_unit` (the module `netlist`, of the FPGA's cells) against the Verilog it was made from:
// random products over the bus to both at once, and every answer must be the same, cycle by cycle. That the Verilog is
// right is simulated elsewhere; this finds what synthesis loses.
`default_nettype none
module netlist_test #(
    parameter LANES    = 8,
    parameter MAX_N    = 256,
    parameter MAX_M    = 256,
    parameter MAX_R    = 8,
    parameter STREAMS  = 4,
    parameter ROUNDS   = 1,
    parameter W_LOG    = 14,
    parameter PRODUCTS = 24
) ();
    localparam [31:0] STATUS = 32'h10, CYCLES = 32'h14, LANE_CYCLES = 32'h18, CONTROL = 32'h1C, SHAPE = 32'h20;
    localparam [31:0] X = 32'h0010_0000, Y = 32'h0020_0000, W = 32'h8000_0000;
    localparam POLLS = 20000;

    reg         clk = 1'b0, rst = 1'b1, stb = 1'b0, we = 1'b0;
    reg  [31:0] at = 32'd0, wdata = 32'd0;
    wire [ 1:0] acks, busy, done, failed;
    wire [31:0] rdata[0:1];
    wire [ 1:0] tag[0:1];
    matmul_unit #(
        .LANES(LANES), .MAX_N(MAX_N), .MAX_M(MAX_M), .MAX_R(MAX_R), .STREAMS(STREAMS), .ROUNDS(ROUNDS), .W_LOG(W_LOG)
    ) source (
        .clk(clk), .rst(rst), .stb(stb), .we(we), .sel(4'hF), .at(at), .wdata(wdata), .ack(acks[0]), .rdata(rdata[0]),
        .run(1'b0), .clear(1'b0), .fault(3'd0), .frames(8'd0), .busy(busy[0]), .done(done[0]), .failed(failed[0]),
        .tag(tag[0])
    );
    netlist synthesised (
        .clk(clk), .rst(rst), .stb(stb), .we(we), .sel(4'hF), .at(at), .wdata(wdata), .ack(acks[1]), .rdata(rdata[1]),
        .run(1'b0), .clear(1'b0), .fault(3'd0), .frames(8'd0), .busy(busy[1]), .done(done[1]), .failed(failed[1]),
        .tag(tag[1])
    );
    always #5 clk = !clk;

    integer product = 0, values = 0, inner = 0;
    task differs(input [31:0] a, input [31:0] b);
        begin
            $display("differs: product %0d, address %h: source %h, netlist %h", product, at, a, b);
            $finish;
        end
    endtask

    always @(negedge clk) if (!rst) begin
        if (acks[0] !== acks[1]) differs({31'd0, acks[0]}, {31'd0, acks[1]});
        if (busy[0] !== busy[1]) differs({31'd0, busy[0]}, {31'd0, busy[1]});
        if (done[0] !== done[1]) differs({31'd0, done[0]}, {31'd0, done[1]});
        if (failed[0] !== failed[1]) differs({31'd0, failed[0]}, {31'd0, failed[1]});
    end

    // Inputs change at the falling edge, where the outputs have settled.
    reg [31:0] answer;
    task access(input write, input [31:0] place, input [31:0] data, input [31:0] compared);
        begin
            @(negedge clk);
            stb = 1'b1;
            we = write;
            at = place;
            wdata = data;
            @(negedge clk);
            while (acks[0] !== 1'b1) @(negedge clk);
            answer = rdata[0] & compared;
            if (!write && answer !== (rdata[1] & compared)) differs(rdata[0], rdata[1]);
            stb = 1'b0;
        end
    endtask
    task put(input [31:0] place, input [31:0] data);
        access(1'b1, place, data, 32'd0);
    endtask
    task get(input [31:0] place, input [31:0] compared);
        access(1'b0, place, 32'd0, compared);
    endtask

    integer seed = 1;
    function integer below(input integer end_);
        below = $unsigned($random(seed)) % end_;
    endfunction
    // Four values, none of them the -128 that the unit refuses; the larger the shift, the smaller they are.
    function [31:0] word(input integer shift);
        integer k;
        reg signed [7:0] value;
        begin
            word = $random(seed);
            for (k = 0; k < 4; k = k + 1) begin
                value = word[8*k +: 8];
                word[8*k +: 8] = value == -8'sd128 ? 8'h7F : value >>> shift;
            end
        end
    endfunction

    integer n, m, mode, rank, emits, streams, members, w_at, i, member, row;
    reg [31:0] bytes;
    initial begin
        repeat (8) @(negedge clk);
        rst = 1'b0;
        put(CONTROL, 32'd2);
        for (product = 0; product < PRODUCTS; product = product + 1) begin
            n = 1 + below(product % 8 == 0 ? 64 : 20);
            m = 1 + below(12);
            mode = product % 3;
            rank = mode == 1 ? 1 + below(MAX_R) : 0;
            streams = mode == 0 ? 0 : 1 + below(STREAMS);
            emits = mode == 0 ? 1 : below(2) + 2 * (1 + below(3));
            members = emits % 2 + streams * (emits / 2 % 2 + emits / 4);
            w_at = LANES * below(256);
            put(SHAPE, m << 16 | n);
            put(SHAPE + 4, mode | rank << 4 | below(16) << 8 | emits << 12 | streams << 16 | below(128) << 24);
            put(SHAPE + 8, w_at);
            for (i = 12; i < 24; i = i + 4) put(SHAPE + i, $random(seed));
            put(SHAPE + 24, below(4096));
            put(SHAPE + 28, product % 4);
            for (i = 0; i < n; i = i + 4) put(X + i, word(0));
            for (i = 0; i < m * ((n + LANES - 1) / LANES) * LANES; i = i + 4) put(W + w_at + i, word(product % 5));
            put(CONTROL, 32'd1);
            get(STATUS, 32'hFFFF_FFFF);
            for (i = 0; i < POLLS && answer[2:0] != 3'd2; i = i + 1) get(STATUS, 32'hFFFF_FFFF);
            if (i == POLLS) begin
                $display("no end: product %0d, status %h", product, answer);
                $finish;
            end
            get(CYCLES, 32'hFFFF_FFFF);
            get(LANE_CYCLES, 32'hFFFF_FFFF);
            for (member = 0; member < members; member = member + 1)
                for (row = 0; row < m; row = row + 4) begin
                    // Beyond the last row lies what nobody has written.
                    bytes = m - row >= 4 ? 32'hFFFF_FFFF : (32'd1 << 8 * (m - row)) - 32'd1;
                    get(Y + member * (1 << $clog2(MAX_M)) + row, bytes);
                    for (i = 0; i < 4; i = i + 1) begin
                        if (bytes[8*i]) values = values + 1;
                        if (bytes[8*i] && answer[8*i +: 8] != 8'h7F && answer[8*i +: 8] != 8'h81) inner = inner + 1;
                    end
                end
        end
        $display("equal: %0d products, %0d values, %0d of them not saturated", product, values, inner);
        $finish;
    end
endmodule
`default_nettype wire
