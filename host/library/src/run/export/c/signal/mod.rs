//! What a model on a signal has beside: the calls that take samples, and what they compute.
//!
//! The files of C beside this are twins of those of the firmware. Only what a model needs is written.

use super::super::stream::{SINES, Stream};
use super::super::text::numbers;
use super::literal::integer;
use super::names::names;
use super::number::number;
use super::prefixed::prefixed;
use eggroll_firmware::signal::{Block, LOGARITHMS, sine};
use std::fmt::Write;

const INTERFACE: &str = include_str!("interface.h");
const SHIFT: &str = include_str!("shift.c");
const ROOT: &str = include_str!("root.c");
const LONG_ROOT: &str = include_str!("long_root.c");
const LAST: &str = include_str!("last.c");
const MEAN: &str = include_str!("mean.c");
const SPREAD: &str = include_str!("spread.c");
const ENDS: &str = include_str!("ends.c");
const CROSSINGS: &str = include_str!("crossings.c");
const SINE: &str = include_str!("sine.c");
const FFT: &str = include_str!("fft.c");
const SPECTRUM: &str = include_str!("spectrum.c");
const DECIBELS: &str = include_str!("decibels.c");
const BANDS: &str = include_str!("bands.c");
const LEVELS: &str = include_str!("levels.c");
const CEPSTRA: &str = include_str!("cepstra.c");
const OF_WINDOW: &str = include_str!("of_window.c");
const FILTER: &str = include_str!("filter.c");
const FILTERED: &str = include_str!("filtered.c");
const UNIT: &str = include_str!("unit.c");
const SAMPLE: &str = include_str!("sample.c");
const TEST_RECORDING: &str = include_str!("test_recording.c");

/// What a program of a signal does.
pub(super) const MAIN: &str = include_str!("main.c");
/// The calls of decisions.
pub(super) const DECISION_INTERFACE: &str = include_str!("decision.h");
/// What they do.
pub(super) const DECISION: &str = include_str!("decision.c");

/// The part of the header.
pub(super) fn header(stream: &Stream<'_>, numbers_interface: &str, prefix: &str) -> String {
    let plan = stream.plan();
    let mut text = format!("\n#define MODEL_CHANNELS {}\n", plan.channels);
    let _ = writeln!(text, "/* Samples of a window, and from one window to the next. */");
    let _ = writeln!(text, "#define MODEL_WINDOW {}\n#define MODEL_HOP {}", plan.window, plan.hop);
    let _ = writeln!(text, "/* Samples in a second; 0 where that is not known. */");
    let _ = writeln!(text, "#define MODEL_RATE {}", stream.rate());
    let _ = writeln!(
        text,
        "/* Channels, and the magnitude where there is one; samples of each that are kept. */"
    );
    let _ = writeln!(text, "#define MODEL_LANES {}\n#define MODEL_KEPT {}", plan.lanes(), plan.kept());
    let mut fields = String::new();
    if plan.states() > 0 {
        let _ = writeln!(text, "#define MODEL_FILTERS {}", plan.filters.len());
        text += FILTER_STATE;
        fields += "    model_filter filters[MODEL_CHANNELS * MODEL_FILTERS];\n";
    }
    fields += "    int16_t ring[MODEL_LANES * MODEL_KEPT];\n";
    if plan.frames() > 0 {
        let _ = writeln!(fields, "    int16_t frames[{}];", plan.frames());
    }
    if plan.scratch() > 0 {
        let _ = writeln!(fields, "    int16_t scratch[{}];", plan.scratch());
    }
    let frame =
        if stream.mels().next().is_some() { "    uint32_t until_frame;\n    uint32_t frame;\n" } else { "" };
    let bytes = stream.memory().c;
    let _ = write!(
        text,
        "\n/* Where a signal is, in {bytes} bytes: what is inside is for the calls below alone. */\ntypedef struct {{\n    \
         uint32_t at;\n    uint32_t until_window;\n{frame}{fields}}} model_signal;\n"
    );
    let mut text = prefixed(&text, prefix);
    text += "\n/* Channels, by their numbers, from 0:\n";
    for line in stream.described() {
        let _ = writeln!(text, "   {line}");
    }
    text += "   */\n";
    text += &prefixed(numbers_interface, prefix);
    text + &prefixed(INTERFACE, prefix)
}

const FILTER_STATE: &str = "\n/* The samples and results before, in 1/2^14. */\ntypedef struct {\n    int32_t x[2];\n    \
     int32_t y[2];\n    int32_t begun;\n} model_filter;\n";

/// The part of the source.
pub(super) fn source(stream: &Stream<'_>, decides: bool, prefix: &str) -> String {
    let upper = prefix.to_ascii_uppercase();
    let channels = stream.channels();
    let titles: Vec<String> = channels.iter().map(|channel| channel.title()).collect();
    let mut text =
        names(&format!("{prefix}_channel_names[{upper}_CHANNELS]"), titles.iter().map(String::as_str));
    let places = numbers(channels.iter().map(|channel| channel.places), "    ");
    let _ = write!(text, "\nconst int8_t {prefix}_channel_places[{upper}_CHANNELS] = {{\n{places}}};\n");
    let places = "model_channel_places[channel]";
    text += &number("static int model_number", "channel", "MODEL_CHANNELS", places, prefix);
    text += &prefixed(&(SAMPLE.to_owned() + &kernels(stream, decides) + &pushing(stream)), prefix);
    text
}

/// A table of numbers.
fn table<T: ToString>(declared: &str, values: impl IntoIterator<Item = T>) -> String {
    format!("\nstatic const {declared} = {{\n{}}};\n", numbers(values, "    "))
}

/// What is computed of the last samples of a lane, and of answers where there are decisions.
fn kernels(stream: &Stream<'_>, decides: bool) -> String {
    let plan = stream.plan();
    let has = |wanted: Block<'_>| stream.has(|block| *block == wanted);
    let (has_bands, has_spread, is_filtered) = (stream.has_bands(), has(Block::Spread), plan.states() > 0);
    let has_spectra = stream.has_spectra();
    let has_ends = has(Block::Least) || has(Block::Greatest) || has(Block::PeakToPeak);
    let mut text = String::new();
    let mut put = |is_used: bool, piece: &str| {
        if is_used {
            text += piece;
        }
    };
    put(has_spectra || is_filtered || decides, SHIFT);
    put(plan.magnitude, ROOT);
    put(has_spread, LONG_ROOT);
    let sines = (0..SINES as u32).map(|step| sine(step << 22));
    put(has_spectra, "\n/* Sines of 0 to a quarter of a turn, in 1/2^15. */");
    put(has_spectra, &table("int16_t model_sines[257]", sines));
    put(has_spectra, SINE);
    put(has_spectra, FFT);
    put(has_spectra, "\n/* log2(1 + i / 32), in 1/2^16. */");
    put(has_spectra, &table("uint32_t model_logarithms[33]", LOGARITHMS));
    put(has_spectra, DECIBELS);
    put(is_filtered, FILTER);
    if is_filtered {
        let rows = plan.filters.iter().map(|biquad| {
            let [b, a] = [&biquad.b[..], &biquad.a[..]]
                .map(|factors| factors.iter().map(|&factor| integer(factor)).collect::<Vec<_>>().join(", "));
            format!("    {{{{{b}}}, {{{a}}}}},\n")
        });
        put(
            true,
            &format!(
                "\nstatic const model_biquad model_biquads[MODEL_FILTERS] = {{\n{}}};\n",
                rows.collect::<String>()
            ),
        );
    }
    put(is_filtered, FILTERED);
    put(true, LAST);
    put(has(Block::Mean) || has_bands, MEAN);
    put(has_spread, SPREAD);
    put(has_ends, ENDS);
    put(has(Block::Crossings), CROSSINGS);
    put(has_spectra, SPECTRUM);
    if has_bands {
        let size = (plan.window as usize).max(4).next_power_of_two();
        put(true, &format!("\n#define MODEL_WINDOW_FFT {size}\n{}", BANDS.trim_start_matches('\n')));
    }
    put(stream.mels().next().is_some(), &frames(stream));
    text
}

/// What is computed of frames.
fn frames(stream: &Stream<'_>) -> String {
    let plan = stream.plan();
    let Some(first) = stream.mels().next() else { return String::new() };
    let count = first.frames(plan.window);
    let mut text = format!(
        "\n/* Samples of a frame, and from one frame to the next; frames of a window. */\n#define MODEL_FRAME {}\n#define \
         MODEL_STEP {}\n#define MODEL_FRAMES {count}\n#define MODEL_FRAME_FFT {}\n",
        first.frame,
        first.step,
        first.fft()
    );
    text += LEVELS;
    if stream.mels().any(|mel| mel.coefficients > 0) {
        text += CEPSTRA;
    }
    let (mut rows, mut calls, mut at) = (String::new(), String::new(), 0);
    for (number, mel) in stream.mels().enumerate() {
        let (bands, width) = (mel.bank.bands(), mel.width());
        text +=
            &table(&format!("uint16_t model_starts_{number}[{}]", mel.bank.starts.len()), mel.bank.starts);
        // C has no array without a number.
        let rising = if mel.bank.rising.is_empty() { &[0][..] } else { mel.bank.rising };
        text += &table(&format!("uint16_t model_rising_{number}[{}]", rising.len()), rising);
        let _ =
            writeln!(rows, "    {{model_starts_{number}, model_rising_{number}, {bands}, {width}, {at}}},");
        at += count * width * plan.lanes();
        let call = if mel.coefficients == 0 { "levels" } else { "cepstra" };
        let _ = write!(
            calls,
            "        mel = &model_mels[{number}];\n        model_{call}(mel, signal->scratch, exponent,\n            \
             &signal->frames[mel->first + (lane * MODEL_FRAMES + signal->frame) * mel->width]);\n"
        );
    }
    let _ = write!(text, "\nstatic const model_mel model_mels[{}] = {{\n{rows}}};\n", stream.mels().count());
    let _ = write!(
        text,
        "\n/* Computes what is wanted of the frame that is complete. */\nstatic void model_frame(model_signal *signal)\n{{\n    \
         const model_mel *mel;\n    size_t lane;\n\n    for (lane = 0; lane < MODEL_LANES; lane++) {{\n        int32_t exponent \
         = model_spectrum(signal, lane, MODEL_FRAME, 0, MODEL_FRAME_FFT);\n\n{calls}    }}\n    signal->frame = \
         signal->frame + 1 < MODEL_FRAMES ? signal->frame + 1 : 0;\n}}\n"
    );
    text + OF_WINDOW
}

/// What is computed of the window that is complete, block by block.
fn window(stream: &Stream<'_>) -> String {
    let mut loops = String::new();
    let mut mel = 0;
    for block in &stream.blocks {
        let body = match block {
            Block::Raw => {
                "        for (i = 0; i < MODEL_WINDOW; i++) {\n            *raw++ = model_last(signal, lane, MODEL_WINDOW, \
                 i);\n        }\n"
                    .to_owned()
            }
            Block::Mean => "        *raw++ = model_mean(signal, lane);\n".to_owned(),
            Block::Spread => "        *raw++ = model_spread(signal, lane);\n".to_owned(),
            Block::Least => ends("least"),
            Block::Greatest => ends("greatest"),
            Block::PeakToPeak => ends("greatest - least"),
            Block::Crossings => "        *raw++ = model_crossings(signal, lane);\n".to_owned(),
            Block::Bands { count } => {
                format!("        model_bands(signal, lane, {count}, raw);\n        raw += {count};\n")
            }
            Block::Mel(_) => {
                mel += 1;
                let at = mel - 1;
                format!(
                    "        model_frames_of_window(signal, lane, &model_mels[{at}], raw);\n        raw += MODEL_FRAMES * \
                     model_mels[{at}].width;\n"
                )
            }
        };
        let _ = write!(loops, "    for (lane = 0; lane < MODEL_LANES; lane++) {{\n{body}    }}\n");
    }
    let mut variables = "    size_t lane;\n".to_owned();
    if loops.contains("(i = 0;") {
        variables = "    size_t lane, i;\n".to_owned();
    }
    if loops.contains("&least") {
        variables += "    int32_t least, greatest;\n";
    }
    format!(
        "\n/* Computes the raw values of the window that is complete. */\nstatic void model_window(model_signal *signal, \
         int32_t *raw)\n{{\n{variables}\n{loops}}}\n"
    )
}

fn ends(value: &str) -> String {
    format!("        model_ends(signal, lane, &least, &greatest);\n        *raw++ = {value};\n")
}

/// What takes a sample, and begins anew.
fn pushing(stream: &Stream<'_>) -> String {
    let plan = stream.plan();
    let has_frames = stream.mels().next().is_some();
    let mut text = window(stream);
    let (mut index, mut in_units) = ("", "");
    if stream.has_finer_units() {
        text += UNIT;
        index = ", i";
        in_units =
            "    for (i = 0; i < MODEL_INPUTS; i++) {\n        raw[i] = model_in_unit(i, raw[i]);\n    }\n";
    }
    let (mut restart, mut of_channel, mut squares, mut behind) =
        (String::new(), String::new(), "", String::new());
    let mut variables = String::new();
    if has_frames {
        restart += "    signal->until_frame = MODEL_FRAME;\n    signal->frame = 0;\n";
    }
    if plan.states() > 0 {
        restart += "    for (i = 0; i < MODEL_CHANNELS * MODEL_FILTERS; i++) {\n        signal->filters[i].begun = 0;\n    }\n";
        variables += "    size_t i;\n\n";
        of_channel += "        sample = model_filtered(&signal->filters[channel * MODEL_FILTERS], sample);\n";
    }
    if plan.magnitude {
        squares = "    uint32_t squares = 0, square;\n";
        of_channel += "        square = (uint32_t)((int32_t)sample * sample);\n        squares = squares > UINT32_MAX - square \
                       ? UINT32_MAX : squares + square;\n";
        behind += "    squares = model_root(squares);\n    signal->ring[MODEL_CHANNELS * MODEL_KEPT + signal->at] = \
                   (int16_t)(squares > 32767 ? 32767 : squares);\n";
    }
    if !of_channel.is_empty() {
        of_channel.insert(0, '\n');
    }
    let _ = write!(
        text,
        "\nvoid model_signal_restart(model_signal *signal)\n{{\n{variables}    signal->at = 0;\n    signal->until_window = \
         MODEL_WINDOW;\n{restart}}}\n"
    );
    let frame = if has_frames {
        "    signal->until_frame--;\n    if (signal->until_frame == 0) {\n        signal->until_frame = MODEL_STEP;\n        \
         model_frame(signal);\n    }\n"
    } else {
        ""
    };
    let _ = write!(
        text,
        "\nint model_signal_push(model_signal *signal, const int16_t samples[MODEL_CHANNELS], int32_t \
         raw[MODEL_INPUTS])\n{{\n{squares}    size_t channel{index};\n\n    for (channel = 0; channel < MODEL_CHANNELS; channel++) \
         {{\n        int16_t sample = samples[channel];\n{of_channel}        signal->ring[channel * MODEL_KEPT + signal->at] \
         = sample;\n    }}\n{behind}    signal->at = signal->at + 1 < MODEL_KEPT ? signal->at + 1 : 0;\n{frame}    \
         signal->until_window--;\n    if (signal->until_window > 0) {{\n        return 0;\n    }}\n    signal->until_window = \
         MODEL_HOP;\n    model_window(signal, raw);\n{in_units}    return 1;\n}}\n"
    );
    text
}

/// The recording of the self test, behind what tests rows.
pub(super) fn self_test(stream: &Stream<'_>, prefix: &str) -> String {
    let windows = stream.test_windows();
    let values = windows.iter().flatten().map(|&value| integer(value));
    let declared = format!("int32_t model_test_windows[{} * MODEL_INPUTS]", windows.len());
    prefixed(&(table(&declared, values) + TEST_RECORDING), prefix)
}
