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
    localparam [1:0] NONE = 2'd3;

    reg                  holds, holds_last;
    reg        [ 1:0]    phase;
    reg        [ 3:0]    stream;
    reg signed [AW-1:0]  held_base;
    reg [SW*STREAMS-1:0] sums;
    reg    [STREAMS-1:0] signs;

    wire [1:0] first_of_stream = emit_plus ? PLUS : emit_minus ? MINUS : NONE;
    wire [1:0] first = emit_base ? BASE : first_of_stream;
    // What follows in the same row; NONE after the last.
    reg [1:0] next;
    wire stream_ends = phase == MINUS || (phase == PLUS && !emit_minus);
    wire last_stream = stream + 4'd1 == streams;
    always @* case (phase)
        BASE: next = (streams == 4'd0) ? NONE : first_of_stream;
        PLUS: next = emit_minus ? MINUS : last_stream ? NONE : PLUS;
        default: next = last_stream ? NONE : first_of_stream;
    endcase
    wire ends = next == NONE;

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
        if (holds && step) begin
            phase <= next;
            if (stream_ends) begin
                stream <= stream + 4'd1;
                sums <= sums >> SW;
                signs <= signs >> 1;
            end
            holds <= !ends;
        end
        if (row_valid && row_ready) begin
            holds <= 1'b1;
            holds_last <= row_last;
            phase <= first;
            stream <= 4'd0;
            held_base <= row_base;
            sums <= row_sums;
            signs <= row_signs;
        end
        if (rst) holds <= 1'b0;
    end
endmodule
`default_nettype wire
