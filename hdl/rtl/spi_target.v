// Frames over SPI, one between two edges of chip select, in front of `matmul_unit`. hdl/README.md has the format.
//
// A header has a checksum of its own: no payload is written to a place that nobody meant.
`default_nettype none
module spi_target (
    input  wire        clk,
    input  wire        rst,
    input  wire        sck,
    input  wire        cs_n,
    input  wire        copi,
    output wire        cipo,
    output reg         stb,
    output reg         we,
    output wire [ 3:0] sel,
    output reg  [31:0] at,
    output wire [31:0] wdata,
    input  wire        ack,
    input  wire [31:0] rdata,
    output reg         run,
    output reg         clear,
    output wire [ 2:0] fault,   // {command, length, checksum}
    output reg  [ 7:0] frames,  // writes that came whole, modulo 256
    input  wire [ 4:0] status   // {tag, failed, done, busy}
);
    localparam [7:0] READ = 8'h01, WRITE = 8'h02, RUN = 8'h03, WRITE_RUN = 8'h04, CLEAR = 8'h05;
    // TURN is the byte on the wire during which the target finds its answer.
    localparam [2:0] HEADER = 3'd0, CHECK_HEADER = 3'd1, PAYLOAD = 3'd2, CHECK_PAYLOAD = 3'd3, TURN = 3'd4,
        DATA = 3'd5, CHECKSUM = 3'd6, END = 3'd7;

    wire       selected, midway, got;
    wire [7:0] byte_in;
    reg  [7:0] send;
`ifdef FORMAL
    wire  [5:0] since;
    wire [31:0] crc_whole;
    wire  [3:0] crc_age;
`endif
    spi_bytes bytes (
        .clk(clk), .rst(rst), .sck(sck), .cs_n(cs_n), .copi(copi), .cipo(cipo), .selected(selected), .midway(midway),
        .got(got), .byte_in(byte_in), .send(send)
`ifdef FORMAL
        , .since(since)
`endif
    );

    reg  [ 2:0] state;
    reg  [16:0] count;     // bytes of this state that have gone by
    reg  [ 7:0] command;
    reg  [15:0] length;
    reg         begun, fault_command, fault_length, fault_checksum;
    reg  [ 7:0] byte_out;  // to be written
    reg         check;     // the byte before was the last of a checksum

    wire        crc_busy, residue;
    wire [31:0] checksum;
    reg         crc_clear, crc_put;
    reg  [ 7:0] crc_data;
    crc32 crc (
        .clk(clk), .clear(crc_clear), .put(crc_put), .data(crc_data), .busy(crc_busy), .residue(residue),
        .checksum(checksum)
`ifdef FORMAL
        , .whole(crc_whole), .age(crc_age)
`endif
    );

    assign fault = {fault_command, fault_length, fault_checksum};
    assign sel = 4'd1 << at[1:0];
    assign wdata = {4{byte_out}};
    wire settled = check && !crc_busy && !crc_put;
    wire writes = command == WRITE || command == WRITE_RUN;
    wire [7:0] status_byte = {3'b101, status};

    always @(posedge clk) begin
        crc_put <= 1'b0;
        crc_clear <= 1'b0;
        run <= 1'b0;
        clear <= 1'b0;
        {fault_command, fault_length, fault_checksum} <= 3'd0;
        if (stb && ack) begin
            stb <= 1'b0;
            if (we) at <= at + 32'd1;
        end

        if (got) begin
            count <= count + 17'd1;
            case (state)
                HEADER: begin
                    crc_put <= 1'b1;
                    crc_data <= byte_in;
                    begun <= 1'b1;
                    case (count[3:0])
                        4'd0: command <= byte_in;
                        4'd2: length[7:0] <= byte_in;
                        4'd3: length[15:8] <= byte_in;
                        4'd4: at[7:0] <= byte_in;
                        4'd5: at[15:8] <= byte_in;
                        4'd6: at[23:16] <= byte_in;
                        4'd7: at[31:24] <= byte_in;
                        4'd11: begin
                            state <= CHECK_HEADER;
                            check <= 1'b1;
                        end
                        default: ;
                    endcase
                end
                PAYLOAD: begin
                    crc_put <= 1'b1;
                    crc_data <= byte_in;
                    byte_out <= byte_in;
                    stb <= 1'b1;
                    we <= 1'b1;
                    if (count + 17'd1 == {1'b0, length}) begin
                        state <= CHECK_PAYLOAD;
                        count <= 17'd0;
                    end
                end
                CHECK_PAYLOAD: begin
                    crc_put <= 1'b1;
                    crc_data <= byte_in;
                    if (count == 17'd3) check <= 1'b1;
                end
                // The byte that goes out now was taken into the checksum when it was put into `send`.
                TURN: begin
                    state <= DATA;
                    count <= 17'd0;
                    stb <= length != 16'd0;
                    we <= 1'b0;
                end
                DATA: if (count == {1'b0, length}) begin
                    state <= CHECKSUM;
                    count <= 17'd1;
                    send <= checksum[15:8];
                end else begin
                    at <= at + 32'd1;
                    stb <= count + 17'd1 != {1'b0, length};
                end
                CHECKSUM: begin
                    send <= (count == 17'd1) ? checksum[23:16] : checksum[31:24];
                    if (count == 17'd4) begin
                        state <= END;
                        begun <= 1'b0;
                    end
                end
                default: ;
            endcase
        end

        // An answer's bytes are fetched while the byte before is on the wire.
        if (state == DATA && stb && ack) begin
            send <= rdata[{at[1:0], 3'd0} +: 8];
            crc_data <= rdata[{at[1:0], 3'd0} +: 8];
            crc_put <= 1'b1;
        end
        // All data are in the checksum: its first byte follows.
        if (state == DATA && !stb && !crc_put && !crc_busy && !got && count == {1'b0, length}) send <= checksum[7:0];

        if (settled && state == CHECK_HEADER) begin
            check <= 1'b0;
            count <= 17'd0;
            crc_clear <= 1'b1;
            state <= END;
            begun <= 1'b0;
            if (!residue) fault_checksum <= 1'b1;
            else if (command == READ) begin
                state <= TURN;
                begun <= 1'b1;
                send <= status_byte;
            end else if (writes && length != 16'd0) begin
                state <= PAYLOAD;
                begun <= 1'b1;
            end else if (writes) fault_length <= 1'b1;
            else if (command == RUN) run <= 1'b1;
            else if (command == CLEAR) clear <= 1'b1;
            else fault_command <= 1'b1;
        end
        // The status that was sent stands in the checksum, too.
        if (crc_clear && state == TURN) begin
            crc_put <= 1'b1;
            crc_data <= send;
        end
        if (settled && state == CHECK_PAYLOAD) begin
            check <= 1'b0;
            state <= END;
            begun <= 1'b0;
            if (!residue) fault_checksum <= 1'b1;
            else begin
                frames <= frames + 8'd1;
                run <= command == WRITE_RUN;
            end
        end

        if (!selected) begin
            // The last byte, or its checksum, may still be under way: a frame that is whole is not cut.
            if (!check && !got) begin
                if (begun || midway) fault_length <= 1'b1;
                begun <= 1'b0;
                state <= HEADER;
                count <= 17'd0;
                crc_clear <= 1'b1;
                send <= 8'd0;
            end
        end
        if (rst) begin
            state <= HEADER;
            count <= 17'd0;
            begun <= 1'b0;
            check <= 1'b0;
            frames <= 8'd0;
            stb <= 1'b0;
            crc_clear <= 1'b1;
            // What a frame before the reset asked for does not come after it: a CLEAR would take the fault RESET away.
            run <= 1'b0;
            clear <= 1'b0;
            {fault_command, fault_length, fault_checksum} <= 3'd0;
        end
    end

`ifdef FORMAL
    spi_frames rules (
        .clk(clk), .rst(rst), .cs_n(cs_n), .selected(selected), .midway(midway), .got(got), .byte_in(byte_in),
        .send(send), .stb(stb), .we(we), .sel(sel), .at(at), .wdata(wdata), .ack(ack), .rdata(rdata), .run(run),
        .clear(clear), .fault(fault), .frames(frames), .status(status), .since(since), .state(state), .count(count),
        .command(command), .length(length), .begun(begun), .check(check), .settled(settled), .crc_put(crc_put),
        .crc_clear(crc_clear), .crc_data(crc_data), .crc_whole(crc_whole), .crc_age(crc_age)
    );
`endif
endmodule
`default_nettype wire
