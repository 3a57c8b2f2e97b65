// One round of Threefry-2x32 (Salmon et al., SC 2011). `at` is the round modulo 8; a constant folds into wires.
`default_nettype none
module threefry_round (
    input  wire [ 2:0] at,
    input  wire [31:0] x0,
    input  wire [31:0] x1,
    output wire [31:0] y0,
    output wire [31:0] y1
);
    reg [31:0] turned;
    always @* case (at)
        3'd0: turned = {x1[18:0], x1[31:19]};  // by 13
        3'd1: turned = {x1[16:0], x1[31:17]};  // by 15
        3'd2: turned = {x1[ 5:0], x1[31: 6]};  // by 26
        3'd3: turned = {x1[25:0], x1[31:26]};  // by  6
        3'd4: turned = {x1[14:0], x1[31:15]};  // by 17
        3'd5: turned = {x1[ 2:0], x1[31: 3]};  // by 29
        3'd6: turned = {x1[15:0], x1[31:16]};  // by 16
        3'd7: turned = {x1[ 7:0], x1[31: 8]};  // by 24
    endcase
    assign y0 = x0 + x1;
    assign y1 = turned ^ y0;
endmodule
`default_nettype wire
