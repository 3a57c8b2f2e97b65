// In the place of `crc32` where a proof is about what goes into it: right once it is no longer busy, as crc32.sby proves.
`default_nettype none
module crc32 (
    input  wire        clk,
    input  wire        clear,
    input  wire        put,
    input  wire [ 7:0] data,
    output wire        busy,
    output wire        residue,
    output wire [31:0] checksum,
    output reg  [31:0] whole,    // what the checksum is of, at once
    output reg  [ 3:0] age       // cycles since `put`, to 8
);
    (* anyseq *) wire [31:0] unsettled;
    wire [31:0] state = busy ? unsettled : whole;
    assign busy = age != 4'd8;
    assign residue = state == 32'hDEBB_20E3;
    assign checksum = ~state;
    `include "crc32_byte.vh"
    always @(posedge clk) begin
        if (clear) whole <= 32'hFFFF_FFFF;
        else if (put) whole <= after(whole, data);
        age <= (put && !clear) ? 4'd0 : age + {3'd0, age != 4'd8};
        if (clear) age <= 4'd8;
    end
endmodule
`default_nettype wire
