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

`ifdef FORMAL
    // With `threefry_stub`, two streams, and settings that hold: the i-th sign of a stream is bit i mod 64 of block
    // i div 64.
    (* anyconst *) wire [63:0] same_key;
    (* anyconst *) wire [31:0] same_index;
    (* anyconst *) wire [11:0] same_tensor;
    reg [19:0] read_block;
    reg running = 1'b0;
    wire [19:0] put_block = read_block + {18'd0, here};
    function [63:0] wanted(input [19:0] number, input [3:0] of_stream);
        wanted = {~(same_index + {28'd0, of_stream}), same_tensor, number} ^ same_key;
    endfunction
    function [15:0] quarter_of(input [63:0] whole, input [1:0] which);
        quarter_of = whole >> {which, 4'd0};
    endfunction
    function bit_of(input [63:0] whole, input [5:0] which);
        bit_of = whole >> which;
    endfunction
    wire [20:0] ask_place = {ask_block, ask_stream[0]}, put_place = {put_block, put_stream[0]};
    always @(posedge clk) begin
        running <= 1'b1;
        read_block <= (rst || start) ? 20'd0 : read_block + {19'd0, leaves};
        assume (streams == 4'd2 && key == same_key && index == same_index && tensor == same_tensor);
        assume (!take || valid);
        if (!running) assume (rst);
        else begin
            assert (here <= 2'd2 && here <= asked && asked <= 2'd2 && (asked != 2'd2 || ask_stream == 4'd0));
            assert (ask_stream < 4'd2 && put_stream < 4'd2);
            assert (at[6] == read_block[0] && put[2] == put_block[0]);
            assert (!valid || here != 2'd0);
            assert (ask_block == read_block + {18'd0, asked});
            // One block at a time is under way: what was asked for before the one that comes next.
            assert (!block_valid || block == wanted(put_block, put_stream));
            assert (block_valid || put[1:0] == 2'd0);
            assert (ask_place == put_place + {20'd0, block_valid});
        end
    end
`endif
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
`ifdef FORMAL
            // Whatever is here is the stream's own, each quarter in its place.
            integer half, q;
            reg [19:0] number;
            reg there;
            always @(posedge clk) if (running) begin
                for (half = 0; half < 2; half = half + 1) begin
                    number = (read_block[0] == half[0]) ? read_block : read_block + 20'd1;
                    there = here > {1'b0, read_block[0] != half[0]};
                    for (q = 0; q < 4; q = q + 1)
                        if (there || (number == put_block && (s < put_stream || (s == put_stream && q < put[1:0]))))
                            assert (words[{half[0], q[1:0]}] == quarter_of(wanted(number, s), q[1:0]));
                end
                if (valid) assert (word == words[at[6:4]] && signs[s] == bit_of(wanted(read_block, s), at[5:0]));
            end
`endif
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
