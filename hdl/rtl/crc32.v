// CRC-32 (IEEE, reflected) a bit a cycle: a byte takes eight, less than a byte on the wire. Over a message and its own
// checksum, the low byte first, the register ends as RESIDUE.
`default_nettype none
module crc32 (
    input  wire        clk,
    input  wire        clear,
    input  wire        put,       // not while busy
    input  wire [ 7:0] data,
    output wire        busy,
    output wire        residue,   // all bytes so far ended in their checksum
    output wire [31:0] checksum   // of all bytes so far
);
    localparam [31:0] POLYNOMIAL = 32'hEDB8_8320, RESIDUE = 32'hDEBB_20E3;
    reg [31:0] state;
    reg [ 7:0] rest;
    reg [ 3:0] bits;
    assign busy = bits != 4'd0;
    assign residue = state == RESIDUE;
    assign checksum = ~state;
    always @(posedge clk)
        if (clear) begin
            state <= 32'hFFFF_FFFF;
            bits <= 4'd0;
        end else if (put) begin
            rest <= data;
            bits <= 4'd8;
        end else if (busy) begin
            state <= (state >> 1) ^ (state[0] ^ rest[0] ? POLYNOMIAL : 32'd0);
            rest <= rest >> 1;
            bits <= bits - 4'd1;
        end

`ifdef FORMAL
`include "crc32_byte.vh"
    // What is left of a byte that is under way.
    reg [31:0] ended;
    integer f;
    always @* begin
        ended = state ^ (rest & ~(8'hFF << bits));
        for (f = 0; f < 8; f = f + 1)
            if (f < bits) ended = ended[0] ? {1'b0, ended[31:1]} ^ POLYNOMIAL : {1'b0, ended[31:1]};
    end
    // Any bytes before, and any four after them: none but their checksum ends in the residue.
    (* anyconst *) wire [31:0] any, four;
    wire [31:0] over = after(after(after(after(any, four[7:0]), four[15:8]), four[23:16]), four[31:24]);
    always @* assert ((over == RESIDUE) == (four == ~any));
    reg        running = 1'b0;
    reg [31:0] whole;  // what the checksum is of, at once
    reg  [3:0] age;    // cycles since `put`, to 8
    always @(posedge clk) begin
        running <= 1'b1;
        if (clear) whole <= 32'hFFFF_FFFF;
        else if (put) whole <= after(whole, data);
        age <= (put && !clear) ? 4'd0 : age + {3'd0, age != 4'd8};
        if (clear) age <= 4'd8;
        assume (running ? clear || !put || !busy : clear);
        if (running) begin
            assert (age <= 4'd8 && bits == 4'd8 - age);
            assert (ended == whole);
            if (!busy) assert (checksum == ~whole && residue == (whole == RESIDUE));
        end
    end
`endif
endmodule
`default_nettype wire
