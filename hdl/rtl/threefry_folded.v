// Threefry with ROUNDS (1, 2 or 4) rounds a cycle. Rounds and injections of the key have cycles of their own, so that
// no path holds more than ROUNDS additions.
`default_nettype none
module threefry_folded #(
    parameter ROUNDS = 1
) (
    input  wire        clk,
    input  wire        rst,
    input  wire        in_valid,
    output wire        in_ready,
    input  wire [63:0] key,
    input  wire [63:0] counter,
    output reg         out_valid,
    input  wire        out_ready,
    output wire [63:0] block
);
    localparam [31:0] PARITY = 32'h1BD1_1BDA;

    reg        working;
    reg        injecting;
    reg  [2:0] group;       // injections that are done
    reg  [2:0] at;          // round modulo 8
    reg [31:0] x0, x1;
    // The key schedule turns by one word an injection. `second` is the second word and the group's number: added
    // while the rounds run.
    reg [31:0] first, next, third, second;

    wire [31:0] y0[0:ROUNDS], y1[0:ROUNDS];
    assign y0[0] = x0;
    assign y1[0] = x1;
    genvar i;
    generate
        for (i = 0; i < ROUNDS; i = i + 1) begin : round
            // With four rounds a cycle only two sets of distances are left: synthesis sees it from `at`.
            wire [2:0] which = (ROUNDS == 4) ? {at[2], 2'b00} + i[2:0]
                             : (ROUNDS == 2) ? {at[2:1], 1'b0} + i[2:0] : at;
            threefry_round unit (.at(which), .x0(y0[i]), .x1(y1[i]), .y0(y0[i + 1]), .y1(y1[i + 1]));
        end
    endgenerate
    wire [2:0] after = at + ROUNDS[2:0];

    assign in_ready = !working && !out_valid;
    assign block = {x1, x0};

    always @(posedge clk) begin
        second <= next + {29'd0, group};
        if (in_ready && in_valid) begin
            {x1, x0} <= counter;
            first <= key[31:0];
            next <= key[63:32];
            second <= key[63:32];
            third <= PARITY ^ key[31:0] ^ key[63:32];
            group <= 3'd0;
            at <= 3'd0;
            injecting <= 1'b1;
            working <= 1'b1;
        end
        if (working && injecting) begin
            x0 <= x0 + first;
            x1 <= x1 + second;
            {first, next, third} <= {next, third, first};
            group <= group + 3'd1;
            injecting <= 1'b0;
            if (group == 3'd5) begin
                working <= 1'b0;
                out_valid <= 1'b1;
            end
        end
        if (working && !injecting) begin
            x0 <= y0[ROUNDS];
            x1 <= y1[ROUNDS];
            at <= after;
            injecting <= after[1:0] == 2'd0;
        end
        if (out_valid && out_ready) out_valid <= 1'b0;
        if (rst) begin
            working <= 1'b0;
            out_valid <= 1'b0;
        end
    end

`ifdef FORMAL
    // The definition (Salmon et al., SC 2011), in step: after `rounds` rounds and `keys` additions of the key.
    function [31:0] turned(input [31:0] x, input [2:0] round);
        case (round)
            3'd0: turned = (x << 13) | (x >> 19);
            3'd1: turned = (x << 15) | (x >> 17);
            3'd2: turned = (x << 26) | (x >> 6);
            3'd3: turned = (x << 6) | (x >> 26);
            3'd4: turned = (x << 17) | (x >> 15);
            3'd5: turned = (x << 29) | (x >> 3);
            3'd6: turned = (x << 16) | (x >> 16);
            default: turned = (x << 24) | (x >> 8);
        endcase
    endfunction
    reg [31:0] k0, k1, d0, d1;
    wire [31:0] k2 = PARITY ^ k0 ^ k1;
    reg [4:0] rounds;
    reg [2:0] keys;
    reg running = 1'b0;
    reg [31:0] n0, n1;
    integer f;
    always @* begin
        {n1, n0} = {d1, d0};
        for (f = 0; f < ROUNDS; f = f + 1) begin
            n0 = n0 + n1;
            n1 = turned(n1, rounds[2:0] + f[2:0]) ^ n0;
        end
    end
    // Words of the schedule that the coming addition takes.
    wire [31:0] a = (keys % 3 == 0) ? k0 : (keys % 3 == 1) ? k1 : k2;
    wire [31:0] b = (keys % 3 == 0) ? k1 : (keys % 3 == 1) ? k2 : k0;
    wire [31:0] c = (keys % 3 == 0) ? k2 : (keys % 3 == 1) ? k0 : k1;
    always @(posedge clk) begin
        running <= 1'b1;
        if (in_valid && in_ready) begin
            {d1, d0} <= counter;
            {k1, k0} <= key;
            rounds <= 5'd0;
            keys <= 3'd0;
        end else if (working && rounds == {keys, 2'd0}) begin
            d0 <= d0 + a;
            d1 <= d1 + (b + keys);
            keys <= keys + 3'd1;
        end else if (working) begin
            {d1, d0} <= {n1, n0};
            rounds <= rounds + ROUNDS[4:0];
        end
        if (!running) assume (rst);
        else begin
            assert (!working || !out_valid);
            if (working || out_valid) assert (x0 == d0 && x1 == d1);
            if (working) begin
                assert (group == keys && at == rounds[2:0] && rounds[1:0] % ROUNDS == 0);
                assert (keys <= 3'd5 && injecting == (rounds == {keys, 2'd0}));
                assert (injecting || (rounds < {keys, 2'd0} && rounds + 5'd4 >= {keys, 2'd0}));
                assert (first == a && next == b && third == c);
                if (injecting) assert (second == b + keys);
            end
            // A block is what comes after 20 rounds and 6 additions.
            if (out_valid) assert (rounds == 5'd20 && keys == 3'd6);
        end
    end
`endif
endmodule
`default_nettype wire
