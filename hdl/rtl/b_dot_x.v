// Walks over x, byte by byte and rank by rank, while x is still being loaded: the steps in which every `pair_slice`
// adds a signed byte to its `B^T x`. It has its own copy of x, since the lanes read theirs every cycle.
`default_nettype none
module b_dot_x #(
    parameter MAX_N = 256
) (
    input  wire              clk,
    input  wire              rst,
    input  wire              start,
    input  wire       [15:0] n,
    input  wire       [ 3:0] rank,
    input  wire              put,         // a word of x
    input  wire       [15:0] put_at,      // its first byte's place; also: how many bytes came before
    input  wire       [31:0] put_data,
    input  wire              sign_valid,
    output wire              step,
    output wire signed [7:0] x,
    output reg               done         // from the last step to the next start
);
    localparam WORDS = (MAX_N + 3) / 4;
    localparam AW = (WORDS > 1) ? $clog2(WORDS) : 1;
    localparam NW = AW + 3;  // of a count of bytes

    reg [31:0] words[0:(1 << AW) - 1];
    reg [31:0] word;
    reg [NW-1:0] at;
    reg [ 3:0] k;
    reg        active, valid, last;
    wire       over = at == n[NW-1:0];
    assign     step = active && valid && sign_valid && !over;
    wire [NW-1:0] at_next = at + {{NW - 1{1'b0}}, step && last};

    assign x = word[{at[1:0], 3'd0} +: 8];

    always @(posedge clk) begin
        if (put) words[put_at[AW+1:2]] <= put_data;
        word <= words[at_next[AW+1:2]];
        at <= at_next;
        // Bytes below `put_at` were written at an earlier edge.
        valid <= {{16 - NW{1'b0}}, at_next} < put_at;
        if (step) begin
            k <= last ? 4'd0 : k + 4'd1;
            last <= last ? rank == 4'd1 : k + 4'd2 == rank;
        end
        if (active && over) begin
            active <= 1'b0;
            done <= 1'b1;
        end
        if (rst || start) begin
            at <= {NW{1'b0}};
            k <= 4'd0;
            last <= rank == 4'd1;
            valid <= 1'b0;
            active <= start && !rst;
            done <= 1'b0;
        end
    end
    wire unused = &{1'b0, n};
endmodule
`default_nettype wire
