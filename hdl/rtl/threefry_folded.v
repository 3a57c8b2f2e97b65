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
endmodule
`default_nettype wire
