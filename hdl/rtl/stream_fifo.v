// A first-in first-out buffer of 2^LOG words in a memory with a synchronous read. A word is out two cycles after it came
// in. Nothing is taken while it is full, nothing is offered while it is empty.
`default_nettype none
module stream_fifo #(
    parameter WIDTH = 8,
    parameter LOG   = 4
) (
    input  wire             clk,
    input  wire             rst,
    input  wire             in_valid,
    output wire             in_ready,
    input  wire [WIDTH-1:0] in_data,
    output reg              out_valid,
    input  wire             out_ready,
    output reg  [WIDTH-1:0] out_data,
    output reg  [    LOG:0] count
);
    reg [WIDTH-1:0] words[0:(1 << LOG) - 1];
    // `next` is the word that comes out after the one that is out: the memory's address does not wait for `out_ready`.
    reg [  LOG-1:0] next, tail;
    assign in_ready = !count[LOG];
    wire put = in_valid && in_ready;
    wire take = out_valid && out_ready;
    wire step = out_ready || !out_valid;
    // `count` tells of what was written at an earlier edge, which this edge's read sees.
    wire more = count != {{LOG{1'b0}}, out_valid};

    always @(posedge clk) begin
        if (put) words[tail] <= in_data;
        tail <= tail + {{LOG - 1{1'b0}}, put};
        if (step) begin
            out_data <= words[next];
            out_valid <= more;
            if (more) next <= next + {{LOG - 1{1'b0}}, 1'b1};
        end
        count <= count + {{LOG{1'b0}}, put} - {{LOG{1'b0}}, take};
        if (rst) begin
            next <= {LOG{1'b0}};
            tail <= {LOG{1'b0}};
            count <= {LOG + 1{1'b0}};
            out_valid <= 1'b0;
        end
    end

`ifdef FORMAL
    // Any one word, followed from its place in the memory until it is taken.
    (* anyconst *) wire [LOG-1:0] place;
    wire [LOG-1:0]  head = next - {{LOG - 1{1'b0}}, out_valid};  // the first that is not taken
    reg             followed = 1'b0;
    reg [WIDTH-1:0] word;
    wire [LOG-1:0]  ahead = place - head;
    reg             running = 1'b0, waited = 1'b0;
    always @(posedge clk) begin
        running <= 1'b1;
        waited <= count != 0 && !out_valid && !rst;
        if (put && tail == place) begin
            followed <= 1'b1;
            word <= in_data;
        end else if (take && head == place) followed <= 1'b0;
        if (rst) followed <= 1'b0;
        if (!running) assume (rst);
        else begin
            assert (count <= 1 << LOG);
            assert (tail == head + count[LOG-1:0]);
            assert (!(put && count[LOG]));
            assert (!(take && count == 0));
            assert (!out_valid || count != 0);
            // Nobody has to be ready for a word to come out.
            assert (!waited || out_valid);
            assert (!out_valid || out_data == words[head]);
            // It waits behind as many words as lie before it: none is dropped, doubled or overtaken.
            if (followed) assert ({1'b0, ahead} < count && words[place] == word);
            if (followed && out_valid && head == place) assert (out_data == word);
        end
    end
`endif
endmodule
`default_nettype wire
