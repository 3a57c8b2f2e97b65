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
endmodule
`default_nettype wire
