// One row's outputs, member by member: base, then plus and minus of every stream, as far as they are wanted.
// A row's products and perturbations come in together; a value a cycle goes out, to be added up, scaled and clipped.
`default_nettype none
module member_emitter #(
    parameter STREAMS = 4,
    parameter AW = 24,
    parameter SW = 20
) (
    input  wire                   clk,
    input  wire                   rst,
    input  wire                   step,        // the pipeline behind moves
    input  wire            [ 3:0] streams,
    input  wire                   emit_base,
    input  wire                   emit_plus,
    input  wire                   emit_minus,
    input  wire                   row_valid,
    output wire                   row_ready,
    input  wire                   row_last,    // of the whole product
    input  wire signed   [AW-1:0] row_base,
    input  wire [SW*STREAMS-1:0]  row_sums,
    input  wire    [STREAMS-1:0]  row_signs,
    output wire                   valid,
    output wire                   last,
    output wire signed   [AW-1:0] base,
    output wire signed   [SW-1:0] sum,
    output wire                   perturbed,   // not the base member
    output wire                   minus,       // the member's sign
    output wire                   sign         // the stream's sign, 1 means -1
);
    localparam [1:0] BASE = 2'd0, PLUS = 2'd1, MINUS = 2'd2;

    reg                  holds, holds_last;
    reg        [ 1:0]    phase;
    reg signed [AW-1:0]  held_base;
    reg [SW*STREAMS-1:0] sums;
    reg    [STREAMS-1:0] signs;

    wire [1:0] first_of_stream = emit_plus ? PLUS : MINUS;
    wire [1:0] first = emit_base ? BASE : first_of_stream;
    // What follows; whether it does is counted, so that nothing behind waits for a decision.
    wire [1:0] next = (phase == PLUS && emit_minus) ? MINUS : first_of_stream;
    wire stream_ends = phase == MINUS || (phase == PLUS && !emit_minus);
    reg  [4:0] total, left;
    reg        ends;
    wire [4:0] each = {1'b0, streams};

    assign row_ready = !holds || (step && ends);
    assign valid = holds;
    assign last = holds_last && ends;
    assign base = held_base;
    assign perturbed = phase != BASE;
    assign minus = phase == MINUS;
    // The first stream is at the low end: the others come down as it is done.
    assign sum = sums[SW-1:0];
    assign sign = signs[0];

    always @(posedge clk) begin
        // Settled long before the first row.
        total <= {4'd0, emit_base} + (emit_plus ? each : 5'd0) + (emit_minus ? each : 5'd0);
        if (holds && step) begin
            phase <= next;
            left <= left - 5'd1;
            ends <= left == 5'd2;
            if (stream_ends) begin
                sums <= sums >> SW;
                signs <= signs >> 1;
            end
            holds <= !ends;
        end
        if (row_valid && row_ready) begin
            holds <= 1'b1;
            holds_last <= row_last;
            phase <= first;
            left <= total;
            ends <= total == 5'd1;
            held_base <= row_base;
            sums <= row_sums;
            signs <= row_signs;
        end
        if (rst) holds <= 1'b0;
    end
endmodule
`default_nettype wire
