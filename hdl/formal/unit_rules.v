// What hdl/README.md says of the register map, beside `matmul_unit`: what an access may do, once, and what may start.
`default_nettype none
module unit_rules #(
    parameter LANES = 8,
    parameter MAX_N = 256,
    parameter W_LOG = 14
) (
    input wire         clk,
    input wire         rst,
    input wire         stb,
    input wire         we,
    input wire [  3:0] sel,
    input wire [ 31:0] at,
    input wire [ 31:0] wdata,
    input wire         ack,
    input wire [ 31:0] rdata,
    input wire         run,
    input wire         clear,
    input wire [  2:0] fault,
    input wire [  7:0] frames,
    input wire         busy,
    input wire         done,
    input wire         failed,
    input wire [  1:0] tag,
    // Within.
    input wire [255:0] settings,  // from SHAPE to TAG, as they read
    input wire         fits,
    input wire [  7:0] faults,
    input wire         start,
    input wire         core_rst,
    input wire         y_ends,
    input wire         fetched,
    input wire         put,
    input wire [  3:0] x_put,
    input wire         w_put
);
    localparam [31:0] ROOM = LANES << W_LOG;
    // Any one of the settings, followed.
    (* anyconst *) wire [2:0] place;
    wire [31:0] setting = settings >> {place, 5'd0};
    wire [31:0] exists = (place == 3'd1) ? 32'h7F0F_7FF3 : (place == 3'd6) ? 32'hFFF : (place == 3'd7) ? 32'd3
                                                                                        : 32'hFFFF_FFFF;
    wire [31:0] bytes = {{8{sel[3]}}, {8{sel[2]}}, {8{sel[1]}}, {8{sel[0]}}};
    // An access, from its first cycle to its third.
    reg  [1:0] cycle;
    reg [68:0] request;
    wire       first = stb && cycle == 2'd0;
    wire       control = first && we && at[31:20] == 12'd0 && at[5:2] == 4'd7 && sel[0];
    wire       clears = clear || (control && wdata[1]);
    wire       runs = run || (control && wdata[0]);
    wire       to_w = at[31];
    wire       to_x = at[31:20] == 12'h001;
    wire       inside = to_w ? {1'b0, at[30:2], 2'd0} < ROOM : to_x && {12'd0, at[19:2], 2'd0} < MAX_N;
    wire       refused = (sel[0] && wdata[7:0] == 8'h80) || (sel[1] && wdata[15:8] == 8'h80)
                      || (sel[2] && wdata[23:16] == 8'h80) || (sel[3] && wdata[31:24] == 8'h80);
    // What is expected of the coming cycle.
    reg        running = 1'b0, follows, starts, stores, ended, computing, was_rst, was_clear;
    reg [31:0] setting_now, setting_was, status_was;
    reg  [7:0] faults_were;
    always @(posedge clk) begin
        running <= 1'b1;
        cycle <= (stb && !rst && cycle != 2'd2) ? cycle + 2'd1 : 2'd0;
        request <= {we, sel, at, wdata};
        follows <= stb && cycle != 2'd2 && !rst;
        // A setting changes by a write of its own alone, by the bytes that are written, and not during a product.
        setting_now <= (first && we && at[31:20] == 12'd0 && at[5:2] == {1'b1, place} && !busy && !start)
            ? ((setting & ~bytes) | (wdata & bytes)) & exists : setting;
        setting_was <= setting;
        starts <= runs && !clears && !rst && fits && !busy && !start && faults == 8'd0 && fault == 3'd0;
        stores <= first && we && !rst && inside && !refused && !busy && !start;
        was_rst <= rst;
        was_clear <= clears;
        faults_were <= faults;
        status_was <= {frames, 8'd0, faults, 3'd0, tag, failed, done, busy};
        // A product that was cleared away is never done.
        if (computing && y_ends) ended <= 1'b1;
        if (computing && y_ends) computing <= 1'b0;
        if (start) {computing, ended} <= 2'b10;
        if (rst || clears) {computing, ended} <= 2'b00;
        if (running) begin
            // Exactly one acknowledge for each access, in its third cycle; an access that is given up has none.
            if (stb) assert (ack == (cycle == 2'd2));
            assert (fetched == (cycle == 2'd1) && (!ack || cycle == 2'd2));
            if (follows && stb) assert (request == {we, sel, at, wdata});
            assert (setting == setting_now || was_rst);
            // One start for a run, when nothing is wrong, and none else.
            assert (start == starts);
            // One write to a memory, of what is asked for, in the second cycle of an access that is not given up.
            if (stores && stb) assert (to_w ? w_put == (sel != 4'd0) && x_put == 4'd0 : x_put == sel && !w_put);
            else assert (x_put == 4'd0 && !w_put);
            // Faults stay until they are cleared, and STATUS tells.
            assert (failed == (faults != 8'd0));
            if (was_rst) assert (faults == 8'h80);
            else if (was_clear) assert (faults == 8'd0);
            else assert ((faults_were & ~faults) == 8'd0);
            if (ack && stb && !we && at[31:20] == 12'd0 && at[5:2] == 4'd4) assert (rdata == status_was);
            if (ack && stb && !we && at[31:20] == 12'd0 && at[5:2] == {1'b1, place}) assert (rdata == setting_was);
            assert (done == ended);
            // Within.
            assert (cycle != 2'd3 && put == (stores && cycle == 2'd1));
            assert (core_rst == (was_rst || was_clear));
            assert (computing ? busy : !busy || core_rst);
        end
    end
endmodule
`default_nettype wire
