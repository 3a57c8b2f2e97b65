// Threefry with a block a cycle: 20 stages of rounds and 6 of injections, all of which stand still while the last one's
// block is not taken.
`default_nettype none
module threefry_pipelined (
    input  wire        clk,
    input  wire        rst,
    input  wire        in_valid,
    output wire        in_ready,
    input  wire [63:0] key,
    input  wire [63:0] counter,
    output wire        out_valid,
    input  wire        out_ready,
    output wire [63:0] block
);
    localparam [31:0] PARITY = 32'h1BD1_1BDA;
    localparam STAGES = 26;

    reg  [STAGES-1:0] valid;      // of the stages' registers
    wire       [31:0] x0[0:STAGES], x1[0:STAGES];
    wire       [63:0] k[0:STAGES];
    wire step = !valid[STAGES-1] || out_ready;

    assign {x1[0], x0[0]} = counter;
    assign k[0] = key;
    assign in_ready = step;
    assign out_valid = valid[STAGES-1];
    assign block = {x1[STAGES], x0[STAGES]};

    always @(posedge clk)
        if (rst) valid <= {STAGES{1'b0}};
        else if (step) valid <= {valid[STAGES-2:0], in_valid};

    genvar s;
    generate
        for (s = 0; s < STAGES; s = s + 1) begin : stage
            wire [31:0] y0, y1;
            if (s % 5 == 0) begin : inject
                localparam [31:0] GROUP = s / 5;
                wire [31:0] third = PARITY ^ k[s][31:0] ^ k[s][63:32];
                assign y0 = x0[s] + (GROUP % 3 == 0 ? k[s][31:0] : GROUP % 3 == 1 ? k[s][63:32] : third);
                assign y1 = x1[s] + (GROUP % 3 == 2 ? k[s][31:0] : GROUP % 3 == 0 ? k[s][63:32] : third) + GROUP;
            end else begin : round
                localparam [31:0] AT = s - s / 5 - 1;
                threefry_round unit (.at(AT[2:0]), .x0(x0[s]), .x1(x1[s]), .y0(y0), .y1(y1));
            end
            reg [31:0] r0, r1;
            reg [63:0] rk;
            always @(posedge clk) if (step) {r0, r1, rk} <= {y0, y1, k[s]};
            assign x0[s + 1] = r0;
            assign x1[s + 1] = r1;
            assign k[s + 1] = rk;
        end
    endgenerate
endmodule
`default_nettype wire
