//! Faults that each proof of `hdl/formal` has to see: a proof that holds whatever the Verilog says proves
//! nothing.

/// A plausible mistake in a source of `hdl/`.
pub(super) struct Fault {
    /// The proof that has to fail.
    pub(super) proof: &'static str,
    /// The one of its tasks that does, or none where it has none.
    pub(super) task: Option<&'static str>,
    /// The file, as in `hdl/`.
    pub(super) file: &'static str,
    /// What is there, once.
    pub(super) right: &'static str,
    /// What is there instead.
    pub(super) wrong: &'static str,
}

const fn of(proof: &'static str, file: &'static str, right: &'static str, wrong: &'static str) -> Fault {
    Fault { proof, task: None, file, right, wrong }
}

const fn task(
    (proof, task): (&'static str, &'static str),
    file: &'static str,
    right: &'static str,
    wrong: &'static str,
) -> Fault {
    Fault { proof, task: Some(task), file, right, wrong }
}

const CRC: &str = "rtl/crc32.v";
const BYTES: &str = "rtl/spi_bytes.v";
const TARGET: &str = "rtl/spi_target.v";
const UNIT: &str = "rtl/matmul_unit.v";
const BUS: &str = "rtl/matmul_wishbone.v";
const CORE: &str = "rtl/rank_r_matmul.v";
const EMITTER: &str = "rtl/member_emitter.v";
const SIGNS: &str = "rtl/sign_source.v";
const FIFO: &str = "rtl/stream_fifo.v";

const PASS: (&str, &str) = ("pass.sby", "bounded");
const FOLDED: (&str, &str) = ("threefry.sby", "four");

/// All of them; those with a comment were in the Verilog until a proof found them.
pub(super) const FAULTS: &[Fault] = &[
    of("crc32.sby", CRC, "state[0] ^ rest[0] ? POLYNOMIAL", "state[0] ? POLYNOMIAL"),
    of("crc32.sby", CRC, "32'hDEBB_20E3", "32'hDEBB_20E2"),
    of("crc32.sby", CRC, "bits <= 4'd8;", "bits <= 4'd7;"),
    of("crc32.sby", CRC, "state <= 32'hFFFF_FFFF;", "state <= 32'd0;"),
    of("spi_bytes.sby", BYTES, "in <= {in[6:0], copi_s[1]};", "in <= {copi_s[1], in[7:1]};"),
    of("spi_bytes.sby", BYTES, "in <= {in[6:0], copi_s[1]};", "in <= {in[6:0], copi_s[0]};"),
    of("spi_bytes.sby", BYTES, "got <= count == 3'd7;", "got <= count == 3'd6;"),
    of("spi_bytes.sby", BYTES, "out <= (count == 3'd7) ? send", "out <= (count == 3'd6) ? send"),
    // A byte goes on over chip select.
    of("spi_bytes.sby", BYTES, "if (!selected) begin\n            count <= 3'd0;", "if (!selected) begin"),
    // Was there: half a byte survived a reset.
    of("spi_bytes.sby", BYTES, "cs_s <= 3'd7;\n            count <= 3'd0;", "cs_s <= 3'd7;"),
    // Checksums that are not asked.
    of(
        "spi_target.sby",
        TARGET,
        "if (!residue) fault_checksum <= 1'b1;\n            else if (command == READ)",
        "if (command == READ)",
    ),
    of(
        "spi_target.sby",
        TARGET,
        "if (!residue) fault_checksum <= 1'b1;\n            else begin\n                frames",
        "begin\n                frames",
    ),
    of("spi_target.sby", TARGET, "run <= command == WRITE_RUN;", "run <= 1'b1;"),
    of("spi_target.sby", TARGET, "if (begun || midway) fault_length", "if (midway) fault_length"),
    // A byte more than the header says, written and read.
    of("spi_target.sby", TARGET, "if (count + 17'd1 == {1'b0, length})", "if (count == {1'b0, length})"),
    of("spi_target.sby", TARGET, "stb <= count + 17'd1 != {1'b0, length};", "stb <= 1'b1;"),
    of("spi_target.sby", TARGET, "if (we) at <= at + 32'd1;", "at <= at + 32'd1;"),
    of("spi_target.sby", TARGET, "send <= status_byte;", "send <= {3'b100, status};"),
    // Were there: a frame cut by its last bit, an answer cut before its last byte, a command after a reset.
    of("spi_target.sby", TARGET, "if (!check && !got) begin", "if (!check) begin"),
    of("spi_target.sby", TARGET, "if (count == 17'd4) begin", "if (count == 17'd3) begin"),
    of("spi_target.sby", TARGET, "            run <= 1'b0;\n            clear <= 1'b0;\n", ""),
    of("wishbone.sby", BUS, "assign ack_o = ack && cyc_i && stb_i;", "assign ack_o = ack;"),
    of("wishbone.sby", BUS, ".stb(cyc_i && stb_i)", ".stb(stb_i)"),
    of("wishbone.sby", UNIT, "first = stb && !fetched && !ack;", "first = stb && !fetched;"),
    of("wishbone.sby", UNIT, "put <= value && !excluded", "put <= value"),
    of("wishbone.sby", UNIT, "!excluded && !beyond && !taken;", "!excluded && !beyond;"),
    of("wishbone.sby", UNIT, "fits && !failed && fault == 3'd0) start", "fits && fault == 3'd0) start"),
    of("wishbone.sby", UNIT, "if (setting && !taken) case", "if (setting) case"),
    of("wishbone.sby", UNIT, "(answer & ~keep) | (wdata & keep)", "wdata"),
    of("wishbone.sby", UNIT, "faults <= rst ? FAULT_RESET : 8'd0;", "faults <= 8'd0;"),
    // Were there: an access that was given up wrote, and acknowledged the next; a product that was cleared
    // away was done.
    of("wishbone.sby", UNIT, "puts = put && stb;", "puts = put;"),
    of("wishbone.sby", UNIT, "ack <= fetched && stb;", "ack <= fetched;"),
    of("wishbone.sby", UNIT, "y_last && !core_rst) done_r", "y_last) done_r"),
    // A row, a member too many; a member too few; a last value that does not say so.
    task(
        PASS,
        CORE,
        "rows_left <= rows_in != {{MW - 1{1'b0}}, 1'b1};",
        "rows_left <= rows_in != {MW{1'b0}};",
    ),
    task(PASS, CORE, "assign w_ready = lanes_ready && rows_left;", "assign w_ready = lanes_ready;"),
    task(PASS, CORE, "row_last(rows_out == {{MW - 1{1'b0}}, 1'b1})", "row_last(rows_out == {MW{1'b0}})"),
    task(PASS, EMITTER, "ends <= left == 5'd2;", "ends <= left == 5'd1;"),
    task(PASS, EMITTER, "total <= {4'd0, emit_base} +", "total <="),
    task(PASS, EMITTER, "assign row_ready = !holds || (step && ends);", "assign row_ready = step;"),
    of("rank_r_matmul.sby", CORE, "(1 << ROOM) - 12", "(1 << ROOM) - 2"),
    of("rank_r_matmul.sby", CORE, "assign step = !y_valid_r || y_ready;", "assign step = 1'b1;"),
    of("sign_source.sby", SIGNS, "at[5:0] == 6'd63", "at[5:0] == 6'd62"),
    of("sign_source.sby", SIGNS, "asked != 2'd2;", "asked != 2'd3;"),
    of("stream_fifo.sby", FIFO, "more = count != {{LOG{1'b0}}, out_valid};", "more = count != 0;"),
    of("stream_fifo.sby", FIFO, "step = out_ready || !out_valid;", "step = out_ready;"),
    of("stream_fifo.sby", FIFO, "assign in_ready = !count[LOG];", "assign in_ready = 1'b1;"),
    task(FOLDED, "rtl/threefry_folded.v", "group == 3'd5", "group == 3'd4"),
    task(FOLDED, "rtl/threefry_round.v", "{x1[ 5:0], x1[31: 6]}", "{x1[ 6:0], x1[31: 7]}"),
    of("node_noise.sby", "rtl/node_noise.v", "? 8'sd127 :", "? 8'sd126 :"),
    of("scale.sby", "rtl/scale.v", "low_end ? -8'sd127", "low_end ? -8'sd128"),
    of("scale.sby", "rtl/scale.v", "partial >= {1'b0, root};", "partial > {1'b0, root};"),
];
