// 2^LOG words of four bytes, written by bytes through one port, read through another.
`default_nettype none
module byte_memory #(
    parameter LOG = 6
) (
    input  wire           clk,
    input  wire [    3:0] put,
    input  wire [LOG-1:0] put_at,
    input  wire [   31:0] put_data,
    input  wire [LOG-1:0] get_at,
    output wire [   31:0] data       // a cycle later
);
    genvar i;
    generate
        for (i = 0; i < 4; i = i + 1) begin : lane
            reg [7:0] bytes[0:(1 << LOG) - 1];
            reg [7:0] value;
            always @(posedge clk) begin
                if (put[i]) bytes[put_at] <= put_data[8*i +: 8];
                value <= bytes[get_at];
            end
            assign data[8*i +: 8] = value;
        end
    endgenerate
endmodule
`default_nettype wire
