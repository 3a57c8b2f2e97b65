// What hdl/README.md says of frames, beside `spi_target`: from the bytes as they come, which write, run, clear or fault
// there may be, and which byte goes out. Then what its registers have to do with that, so that induction closes.
`default_nettype none
module spi_frames (
    input wire        clk,
    input wire        rst,
    input wire        cs_n,
    input wire        selected,
    input wire        midway,
    input wire        got,
    input wire [ 7:0] byte_in,
    input wire [ 7:0] send,
    input wire        stb,
    input wire        we,
    input wire [ 3:0] sel,
    input wire [31:0] at,
    input wire [31:0] wdata,
    input wire        ack,
    input wire [31:0] rdata,
    input wire        run,
    input wire        clear,
    input wire [ 2:0] fault,
    input wire [ 7:0] frames,
    input wire [ 4:0] status,
    // Within.
    input wire [ 5:0] since,  // a byte came, to 40
    input wire [ 2:0] state,
    input wire [16:0] count,
    input wire [ 7:0] command,
    input wire [15:0] length,
    input wire        begun,
    input wire        check,
    input wire        settled,
    input wire        crc_put,
    input wire        crc_clear,
    input wire [ 7:0] crc_data,
    input wire [31:0] crc_whole,
    input wire [ 3:0] crc_age
);
    localparam [31:0] INITIAL = 32'hFFFF_FFFF, RESIDUE = 32'hDEBB_20E3;
    localparam [7:0] READ = 8'd1, WRITE = 8'd2, RUN = 8'd3, WRITE_RUN = 8'd4, CLEAR = 8'd5;
    localparam [2:0] HEADER = 3'd0, CHECK_HEADER = 3'd1, PAYLOAD = 3'd2, CHECK_PAYLOAD = 3'd3, TURN = 3'd4, DATA = 3'd5,
        CHECKSUM = 3'd6, END = 3'd7;
    `include "crc32_byte.vh"

    // The frame, from its first byte until the next one's.
    reg        over;         // chip select has risen since the last byte
    reg [17:0] place;        // bytes so far, as far as they matter
    reg [ 7:0] h_command;
    reg [15:0] h_length;
    reg [31:0] h_at;
    reg [ 7:0] last;         // the byte that came last
    reg [31:0] sum, payload_sum, answer_sum;
    localparam [17:0] ENOUGH = 18'd12 + 18'd65536 + 18'd8;
    wire       writes = h_command == WRITE || h_command == WRITE_RUN;
    wire [17:0] data_end = 18'd12 + {2'd0, h_length};
    wire       headed = place >= 18'd12 && sum == RESIDUE;
    wire       whole = headed && writes && h_length != 16'd0 && place >= data_end + 18'd4 && payload_sum == RESIDUE;
    // A header or a payload that is complete and wrong.
    wire       spoilt = (place >= 18'd12 && sum != RESIDUE)
                     || (headed && writes && h_length != 16'd0 && place >= data_end + 18'd4 && payload_sum != RESIDUE);
    // More has to come.
    wire       short = place < 18'd12 || (headed && writes && h_length != 16'd0 && place < data_end + 18'd4)
                    || (headed && h_command == READ && place < data_end + 18'd6);
    // What came of it.
    reg        ran, cleared, counted, failed;
    reg [16:0] accesses;     // on the bus, begun
    reg [ 4:0] told;         // the status that the answer has
    reg [ 7:0] datum;        // read last
    // The past.
    reg        running = 1'b0, was_stb, was_rst, was_midway, turned;
    reg  [7:0] sent, was_frames;
    reg  [5:0] idle;         // cycles since chip select rose, to 40
    reg  [1:0] asked;        // cycles that the bus has taken
    reg  [4:0] high = 5'd0;  // cycles of chip select's wire, to 16
    reg  [1:0] cs_was;
    wire       begins = stb && !was_stb;
    wire [16:0] begun_accesses = accesses + {16'd0, begins};
    wire [17:0] payload = place - 18'd12;
    wire       first = place == 18'd0 || over;
    // What came of the frame, or comes at this moment: what it asked for, or a fault.
    wire       counts = !was_rst && frames != was_frames;
    wire       nothing = !(ran || cleared || counted || failed || run || clear || fault != 3'd0 || counts || was_rst);
    wire       answered = spoilt ? failed || fault != 3'd0
        : whole ? (counted || counts) && (h_command == WRITE || ran || run)
        : (headed && h_command == RUN) ? ran || run
        : (headed && h_command == CLEAR) ? cleared || clear
        : (headed && h_command == READ && !short) || failed || fault != 3'd0;
    always @(posedge clk) begin
        running <= 1'b1;
        was_stb <= stb && !rst;
        was_midway <= midway;
        was_rst <= rst;
        was_frames <= frames;
        sent <= send;
        idle <= selected ? 6'd0 : idle + {5'd0, idle != 6'd40};
        asked <= (stb && !ack) ? asked + 2'd1 : 2'd0;

        // 16 cycles between two frames, and a bus that answers as `matmul_unit` does, or faster.
        cs_was <= rst ? 2'd3 : {cs_was[0], cs_n};
        high <= !cs_n ? 5'd0 : high + {4'd0, high < 5'd16};
        if (running && !cs_n) assume (high == 5'd0 || high == 5'd16);
        assume (!ack || stb);
        assume (asked != 2'd2 || ack);

        if (!selected && !got) over <= 1'b1;
        if (got) begin
            over <= 1'b0;
            last <= byte_in;
            place <= first ? 18'd1 : place + {17'd0, place != ENOUGH};
            if (first) begin
                {ran, cleared, counted, failed} <= 4'd0;
                accesses <= 17'd0;
                payload_sum <= INITIAL;
                h_command <= byte_in;
                sum <= after(INITIAL, byte_in);
            end else if (place < 18'd12) sum <= after(sum, byte_in);
            else if (place < data_end + 18'd4) payload_sum <= after(payload_sum, byte_in);
            if (!first) case (place)
                18'd2: h_length[7:0] <= byte_in;
                18'd3: h_length[15:8] <= byte_in;
                18'd4: h_at[7:0] <= byte_in;
                18'd5: h_at[15:8] <= byte_in;
                18'd6: h_at[23:16] <= byte_in;
                18'd7: h_at[31:24] <= byte_in;
                default: ;
            endcase
        end
        if (begins) accesses <= accesses + 17'd1;
        if (run) ran <= 1'b1;
        if (clear) cleared <= 1'b1;
        if (counts) counted <= 1'b1;
        if (fault != 3'd0) failed <= 1'b1;
        // The answer's checksum is of the status, then of what is read.
        turned <= settled && state == CHECK_HEADER && headed && h_command == READ;
        if (settled && state == CHECK_HEADER) told <= status;
        if (turned) answer_sum <= after(INITIAL, {3'b101, told});
        if (ack && !we) begin
            datum <= rdata[{at[1:0], 3'd0} +: 8];
            answer_sum <= after(answer_sum, rdata[{at[1:0], 3'd0} +: 8]);
        end
        if (rst) begin
            over <= 1'b1;
            place <= 18'd0;
            {ran, cleared, counted, failed} <= 4'd0;
            accesses <= 17'd0;
            idle <= 6'd40;
            asked <= 2'd0;
            turned <= 1'b0;
        end

        if (!running) assume (rst);
        else begin
            if (was_rst) assert (!run && !clear && fault == 3'd0 && frames == 8'd0 && !stb);
            // Commands: what the header and both checksums allow, at most once a frame.
            if (run) assert (!ran && headed && (h_command == RUN || (h_command == WRITE_RUN && whole)));
            if (clear) assert (!cleared && headed && h_command == CLEAR);
            if (counts)
                assert (!counted && whole && frames == was_frames + 8'd1 && run == (h_command == WRITE_RUN));
            // A byte of the payload is written once, where the header says, and nothing else is.
            if (stb && we) assert (headed && writes && sel == 4'd1 << at[1:0] && wdata == {4{last}});
            if (begins && we)
                assert (at == h_at + {15'd0, accesses} && accesses < {1'b0, h_length} && accesses + 18'd13 == place);
            if (headed && writes && h_length != 16'd0 && !first)
                assert ({1'b0, begun_accesses} == ((place > data_end) ? {2'd0, h_length} : payload));
            // Nothing else is read.
            if (begins && !we)
                assert (headed && h_command == READ && at == h_at + {15'd0, accesses} && accesses < {1'b0, h_length});
            // Faults.
            if (fault[0]) assert (spoilt);
            if (fault[2]) assert (headed && (h_command == 8'd0 || h_command > CLEAR));
            if (fault[1]) assert (short || (headed && writes && h_length == 16'd0) || was_midway);
            // The answer, a byte after another.
            if (got && !first && headed && h_command == READ) begin
                if (place == 18'd12) assert (sent == {3'b101, told});
                else if (place <= data_end) assert (sent == datum && {1'b0, accesses} + 18'd12 == place);
                else if (place <= data_end + 18'd4)
                    assert (sent == ~answer_sum[{place[1:0] - data_end[1:0] - 2'd1, 3'd0} +: 8]);
            end
            // A frame of which a byte came ends in what it asked for, or in a fault; and chip select ends it.
            if (idle >= 6'd13) begin
                assert (state == HEADER && count == 17'd0 && !begun && !check && !stb);
                if (place != 18'd0) assert (over && answered);
            end
        end
    end
    // What the registers have to do with all that.
    wire [31:0] crc = crc_clear ? INITIAL : crc_put ? after(crc_whole, crc_data) : crc_whole;
    // A byte goes into the checksum a cycle after it came, and is in it eight cycles later.
    wire crc_in_step = crc_put == (since == 6'd1) && !crc_clear
        && crc_age == ((since < 6'd2 || since > 6'd9) ? 4'd8 : since[3:0] - 4'd2);
    wire fields = command == h_command && length == h_length;
    always @(posedge clk) if (running) begin
        assert (idle <= 6'd40 && place <= ENOUGH && high <= 5'd16 && selected == !cs_was[1]);
        case (cs_was)
            2'b00: assert (high == 5'd0);
            2'b01: assert (high == 5'd1);
            2'b10: assert (high == 5'd0 && idle >= 6'd15);
            2'b11: assert ({1'b0, high} <= idle + 6'd2);
        endcase
        assert (idle <= since);
        if (!over) assert (place != 18'd0);
        if (check) assert ((state == CHECK_HEADER || state == CHECK_PAYLOAD) && since >= 6'd1 && since <= 6'd10);
        if (over && state != HEADER) assert (!selected && (check || since == 6'd11));
        if (stb) assert (since >= 6'd1 && since <= 6'd3 && {4'd0, asked} + 6'd1 == since && was_stb == (since != 6'd1));
        else assert (asked == 2'd0);
        if (stb && we) assert (h_length != 16'd0 && place >= 18'd13 && place <= data_end
                               && {1'b0, begun_accesses} == payload && at + 32'd1 == h_at + {15'd0, begun_accesses});
        if (!first && state != END) assert (nothing);
        if (check) assert (nothing);
        assert (crc_clear || (crc_age <= 4'd8 && (!crc_put || crc_age == 4'd8)));
        if (stb && !we) assert (headed && h_command == READ);
        case (state)
            HEADER: if (first) begin
                assert (count == 17'd0 && !begun && (crc_clear || (crc_age == 4'd8 && !crc_put)) && crc == INITIAL);
                assert (place == 18'd0 || answered);
            end else begin
                assert ({1'b0, count} == place && place < 18'd12 && begun && crc_in_step && crc == sum && !stb);
                assert (command == h_command && (place < 18'd3 || length[7:0] == h_length[7:0]));
                assert (place < 18'd4 || length == h_length);
                assert ((place < 18'd5 || at[7:0] == h_at[7:0]) && (place < 18'd6 || at[15:8] == h_at[15:8]));
                assert ((place < 18'd7 || at[23:16] == h_at[23:16]) && (place < 18'd8 || at == h_at));
                assert (begun_accesses == 17'd0 && payload_sum == INITIAL);
            end
            CHECK_HEADER: assert (check && place == 18'd12 && fields && at == h_at && begun && crc_in_step && crc == sum
                                  && begun_accesses == 17'd0 && !stb && payload_sum == INITIAL);
            PAYLOAD: assert (headed && writes && fields && place < data_end && {1'b0, count} == payload && begun
                             && (place > 18'd12 || since == 6'd0 || since > 6'd10) && h_length != 16'd0
                             && (place == 18'd12 && since == 6'd11 ? crc_clear : crc_in_step) && crc == payload_sum
                             && at == h_at + {15'd0, begun_accesses} - {31'd0, stb});
            CHECK_PAYLOAD: assert (headed && writes && fields && {1'b0, count} + data_end == place && begun && crc_in_step
                                   && crc == payload_sum && h_length != 16'd0
                                   && (check ? count == 17'd4 : count < 17'd4));
            TURN: begin
                assert (headed && h_command == READ && fields && place == 18'd12 && begun && (since >= 6'd11 || since == 6'd0) && !stb
                        && begun_accesses == 17'd0 && at == h_at && send == {3'b101, told});
                assert (crc_clear == (since == 6'd11) && turned == crc_clear && crc_put == (since == 6'd12));
                assert (crc_clear || crc == answer_sum);
                assert (crc_clear || crc_put
                        || crc_age == ((since > 6'd20 || since == 6'd0) ? 4'd8 : since[3:0] - 4'd13));
            end
            DATA: begin
                assert (headed && h_command == READ && fields && {1'b0, count} + 18'd13 == place && begun);
                assert (place <= data_end + 18'd1 && at == h_at + {15'd0, count} && !we && !crc_clear);
                assert ({1'b0, begun_accesses} == ((place > data_end) ? {2'd0, h_length} : payload));
                assert (crc == answer_sum && (crc_age == 4'd8 || {2'd0, crc_age} + 6'd5 >= since) && !turned);
                assert (!stb || (crc_age == 4'd8 && !crc_put && place <= data_end));
                assert (!crc_put || (since <= 6'd4 && crc_age == 4'd8));
                if (place <= data_end) assert (stb || send == datum);
                else if (since >= 6'd2 || since == 6'd0) assert (send == ~answer_sum[7:0]);
                if (since <= 6'd1 || place > data_end) assert (crc_age == 4'd8 && !crc_put);
            end
            CHECKSUM: assert (headed && h_command == READ && fields && {1'b0, count} + data_end + 18'd1 == place
                              && count >= 17'd1 && count <= 17'd4 && begun && crc == answer_sum && crc_age == 4'd8 && !crc_put && !crc_clear && !stb
                              && (count == 17'd4 || send == ~answer_sum[{count[1:0], 3'd0} +: 8]));
            END: assert (!begun && answered && place >= 18'd12 && !short);
        endcase
    end
endmodule
`default_nettype wire
