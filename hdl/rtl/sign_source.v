// Signs of up to STREAMS noise streams with consecutive indices, one bit of each at a time; 1 means -1. All streams
// advance together: B's entries, then A's, is the order in which a product needs them (see `noise` in firmware/).
//
// Each stream has room for two blocks: one is read while one threefry, shared by all, makes the next.
`default_nettype none
module sign_source #(
    parameter STREAMS = 4,
    parameter ROUNDS  = 1   // of `threefry`
) (
    input  wire               clk,
    input  wire               rst,
    input  wire               start,    // from bit 0; settings hold until the next start
    input  wire [        3:0] streams,  // 1 to STREAMS; 0: none
    input  wire [       63:0] key,      // {generation, seed}
    input  wire [       31:0] index,    // of stream 0
    input  wire [       11:0] tensor,
    output reg                valid,
    input  wire               take,
    output wire [STREAMS-1:0] signs
);
    reg         asking;      // between a start and a reset
    reg  [ 3:0] ask_stream;
    reg  [19:0] ask_block;
    reg  [ 1:0] asked;       // blocks of all streams that are asked for or here
    wire        ask_ready;
    wire        ask = asking && asked != 2'd2;
    wire        ask_last = ask_stream + 4'd1 == streams;

    reg  [ 6:0] at;          // the bit that is out, within both blocks
    reg  [ 1:0] here;        // blocks that are here, the one that is being read included
    wire        leaves = take && at[5:0] == 6'd63;
    wire [ 6:0] at_next = at + {6'd0, take};

    wire        block_valid;
    wire [63:0] block;
    reg  [ 3:0] put_stream;
    reg  [ 2:0] put;         // block and quarter
    wire        put_last = put[1:0] == 2'd3;
    wire        comes = block_valid && put_last && put_stream + 4'd1 == streams;
    wire [15:0] quarter = block[{put[1:0], 4'd0} +: 16];

    threefry #(.ROUNDS(ROUNDS)) blocks (
        .clk(clk), .rst(rst || start), .in_valid(ask), .in_ready(ask_ready), .key(key),
        .counter({tensor, ask_block, index + {28'd0, ask_stream}}),
        .out_valid(block_valid), .out_ready(put_last), .block(block)
    );

    genvar s;
    generate
        for (s = 0; s < STREAMS; s = s + 1) begin : stream
            reg [15:0] words[0:7];
            reg [15:0] word;
            always @(posedge clk) begin
                if (block_valid && put_stream == s) words[put] <= quarter;
                // The address of the coming bit: a synchronous memory without a cycle of waiting.
                word <= words[at_next[6:4]];
            end
            assign signs[s] = word[at[3:0]];
        end
    endgenerate

    always @(posedge clk) begin
        if (ask && ask_ready) begin
            ask_stream <= ask_last ? 4'd0 : ask_stream + 4'd1;
            if (ask_last) ask_block <= ask_block + 20'd1;
        end
        asked <= asked + {1'b0, ask && ask_ready && ask_last} - {1'b0, leaves};
        if (block_valid) begin
            if (!put_last) put[1:0] <= put[1:0] + 2'd1;
            else if (!comes) put[1:0] <= 2'd0;
            else put <= {!put[2], 2'd0};
            if (put_last) put_stream <= comes ? 4'd0 : put_stream + 4'd1;
        end
        here <= here + {1'b0, comes} - {1'b0, leaves};
        at <= at_next;
        // `here` counts what was written at an earlier edge, which this edge's read sees.
        valid <= here != {1'b0, leaves};
        if (rst || start) begin
            asking <= start && !rst && streams != 4'd0;
            ask_stream <= 4'd0;
            ask_block <= 20'd0;
            asked <= 2'd0;
            put_stream <= 4'd0;
            put <= 3'd0;
            here <= 2'd0;
            at <= 7'd0;
            valid <= 1'b0;
        end
    end
endmodule
`default_nettype wire
