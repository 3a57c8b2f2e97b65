//! What programs of models on signals say of recordings, sample by sample, is what `predict` says of the
//! recordings at once; and so are the decisions that windows come to.

use super::programs::{c_program, cross_compiled, linted, module, rust_program, said_by, sanitizers};
use super::recordings::{Recorded, all};
use crate::common::{Folder, folder, host};
use eggroll_firmware::model::{Program, Scratch, Start, infer};
use eggroll_host::data::{Samples, samples};
use eggroll_host::run::{RunDirectory, Source, read_weights};
use std::fs;
use std::path::Path;
use std::process::Command;

/// Trains on a signal.
fn trained(folder: &Folder, recorded: &Recorded) {
    recorded.write(folder);
    let short = "--generations 60 --slots 3 --members 5 --quiet --json";
    let Recorded { name, arguments, .. } = recorded;
    host(folder, &format!("{arguments} {short} --run {name}")).ok();
}

/// The windows of a file as a run reads them, and the outputs of its model.
fn outputs(folder: &Path, run: &str, file: &str) -> (Samples, Vec<Vec<i8>>) {
    let config = RunDirectory::open(&folder.join(run)).unwrap().started_with().unwrap();
    let Source::Samples(of) = &config.source else { panic!("no samples") };
    let rows = samples(&folder.join(file), &of.reading, &of.inputs().unwrap()).unwrap();
    let program = Program::new(&config.model.description().unwrap()).unwrap();
    let weights = read_weights(&folder.join(run).join("weights.safetensors"), &program).unwrap().values;
    let (mut bytes, mut sums) = (vec![0; program.scratch_len()], vec![0; program.products()]);
    let of_row = |row: &[i8]| {
        let mut scratch = Scratch::new(&program, &mut bytes, &mut sums).unwrap();
        infer(&program, &weights, Start::Input(row), &mut [], &mut scratch).to_vec()
    };
    let outputs = rows.values.chunks_exact(rows.features).map(of_row).collect();
    (rows, outputs)
}

/// What `predict` says of files, a line a window without the name of the recording and with tabs, and behind
/// it the outputs.
fn said_by_predict(folder: &Folder, recorded: &Recorded) -> Vec<String> {
    let mut lines = Vec::new();
    for file in &recorded.files {
        // Values beyond the range of samples are warned of.
        let answers = host(folder, &format!("predict {} {file}", recorded.name)).ok().out;
        let (rows, outputs) = outputs(folder, recorded.name, file);
        assert_eq!(answers.lines().count(), outputs.len() + 1, "{answers}");
        for ((answer, window), outputs) in answers.lines().skip(1).zip(&rows.windows).zip(outputs) {
            let fields: Vec<&str> = answer.split(',').collect();
            assert_eq!(fields[..2], [&*window.recording, &window.sample.to_string()], "{answer}");
            let outputs: Vec<String> = outputs.iter().map(i8::to_string).collect();
            lines.push(format!("{}\t{}\t{}\t{}", fields[1], fields[2], fields[3], outputs.join(" ")));
        }
    }
    lines
}

/// The number behind some words in what was said.
fn number_behind(said: &str, words: &str) -> usize {
    let digits = said.split(words).nth(1).unwrap_or_else(|| panic!("no `{words}` in {said}"));
    digits.split(|c: char| !c.is_ascii_digit()).next().unwrap().parse().unwrap()
}

/// A program in C that prints at which samples there is a decision, and which.
fn decides_in_c(folder: &Folder, name: &str, bytes: usize, begin: &str) -> Vec<String> {
    let upper = name.to_uppercase();
    let text = format!(
        "#include <stdio.h>\n#include <string.h>\n#include \"{name}.h\"\n\
         typedef char of_this_size[sizeof({name}_signal) == {bytes} ? 1 : -1];\n\
         int main(void)\n{{\n\
         static {name}_signal signal;\n    static {name}_decision decision;\n    static char line[4096];\n\
         int16_t samples[{upper}_CHANNELS];\n    static int32_t raw[{upper}_INPUTS];\n\
         static int8_t x[{upper}_INPUTS], y[{upper}_OUTPUTS];\n    int sample = 0;\n\
         {name}_signal_restart(&signal);\n    {name}_decision_{begin};\n\
         while (fgets(line, sizeof line, stdin) != NULL) {{\n\
         char *field = strtok(line, \",\\n\");\n        size_t channel;\n        int32_t class;\n\
         if (field == NULL) {{\n            {name}_signal_restart(&signal);\n\
         {name}_decision_restart(&decision);\n            sample = 0;\n            continue;\n        }}\n\
         for (channel = 0; channel < {upper}_CHANNELS; channel++, field = strtok(NULL, \",\\n\")) {{\n\
         if (field == NULL || {name}_sample(channel, field, strlen(field), &samples[channel]) == {upper}_NO_NUMBER)\n\
         return 1;\n        }}\n        sample++;\n\
         if (!{name}_signal_push(&signal, samples, raw)) continue;\n\
         {name}_features(raw, x);\n        {name}_infer(x, y);\n\
         class = {name}_decision_push(&decision, y);\n\
         if (class >= 0) printf(\"%d\\t%ld\\t%s\\n\", sample, (long)class, {name}_class_names[class]);\n    }}\n\
         return 0;\n}}\n"
    );
    fs::write(folder.join("decides.c"), text).unwrap();
    let program = c_program(folder, "decides", &[&format!("{name}.c")]);
    said_by(&program, &fs::read_to_string(folder.join("recordings.txt")).unwrap())
}

/// The same in Rust.
fn decides_in_rust(folder: &Folder, name: &str, begin: &str) -> Vec<String> {
    let text = format!(
        "#[path = \"{name}.rs\"]\nmod model;\n\
         fn main() {{\n    let mut signal = Box::new(model::Signal::new());\n\
         let smoothing = model::Smoothing::{begin};\n\
         let mut decision = model::Decision::new(smoothing, LEVEL, HOLD_OFF, [0; model::OUTPUTS]);\n\
         let mut count = 0;\n    for line in std::io::stdin().lines() {{\n\
         let line = line.unwrap();\n        if line.is_empty() {{\n            signal.restart();\n\
         decision.restart();\n            count = 0;\n            continue;\n        }}\n        count += 1;\n\
         let mut fields = line.split(',').enumerate();\n\
         let samples = [0; model::CHANNELS].map(|_| {{\n            let (at, field) = fields.next().unwrap();\n\
         model::sample(at, field.as_bytes()).unwrap()\n        }});\n\
         let class = signal.push(&samples).and_then(|outputs| decision.push(&outputs));\n\
         if let Some(class) = class {{\n            println!(\"{{count}}\\t{{class}}\\t{{}}\", model::CLASS_NAMES[class]);\n\
         }}\n    }}\n}}\n"
    );
    let text = text.replace("LEVEL", "2").replace("HOLD_OFF", "3");
    fs::write(folder.join("decides.rs"), text).unwrap();
    said_by(&rust_program(folder, "decides"), &fs::read_to_string(folder.join("recordings.txt")).unwrap())
}

/// Compares the decisions of C, Rust and `predict`.
fn decides(folder: &Folder, recorded: &Recorded, bytes: usize) {
    let Recorded { name, .. } = recorded;
    fs::write(folder.join("recordings.txt"), recorded.lines()).unwrap();
    for (flag, c, rust) in [
        ("majority:3/2", "majority(&decision, 3, 2, 2, 3)", "Majority { windows: 3, least: 2 }"),
        ("leaky:2", "leaky(&decision, 2, 2, 3)", "Leaky { shift: 2 }"),
    ] {
        let mut said = Vec::new();
        for file in &recorded.files {
            let arguments = format!("predict {name} {file} --smooth {flag} --level 2 --hold-off 3");
            let answers = host(folder, &arguments).ok().out;
            assert!(answers.starts_with("recording,sample,class,name\n"), "{answers}");
            let line = |line: &str| line.split(',').skip(1).collect::<Vec<_>>().join("\t");
            said.extend(answers.lines().skip(1).map(line));
        }
        assert!(!said.is_empty(), "{name}: no decision by {flag}");
        assert_eq!(decides_in_c(folder, name, bytes, c), said, "{name} in C, {flag}");
        assert_eq!(decides_in_rust(folder, name, rust), said, "{name} in Rust, {flag}");
    }
}

#[test]
fn programs_say_of_each_window_what_predict_says() {
    let folder = folder();
    let more = sanitizers(&folder);
    for recorded in all() {
        trained(&folder, &recorded);
        let Recorded { name, .. } = recorded;
        let (said, lines) = (said_by_predict(&folder, &recorded), recorded.lines());
        assert!(said.len() > 20, "{name}: {} windows", said.len());
        let in_c = host(&folder, &format!("export {name} --out {name}.c")).silently().out;
        for words in ["signal: windows of ", "channels: ", "RAM of a signal: ", "self test: a recording of"] {
            assert!(in_c.contains(words), "no `{words}`: {in_c}");
        }
        let main = format!("-D{}_MAIN", name.to_uppercase());
        let program = c_program(&folder, name, &[&more[..], &[&main]].concat());
        assert_eq!(said_by(&program, &lines), said, "{name} in C");
        c_program(&folder, name, &["-c"]);

        let in_rust = host(&folder, &format!("export {name} --out {name}.rs")).silently().out;
        assert_eq!(said_by(&rust_program(&folder, name), &lines), said, "{name} in Rust");
        linted(&module(&folder, name));
        // The memory of a signal is what was said of it.
        let krate = module(&folder, name);
        let bytes = number_behind(&in_rust, "RAM of a signal: ");
        let size = format!("const _: () = assert!(core::mem::size_of::<model::Signal>() == {bytes});\n");
        fs::write(&krate, fs::read_to_string(&krate).unwrap() + &size).unwrap();
        cross_compiled(&krate);
        decides(&folder, &recorded, number_behind(&in_c, "RAM of a signal: "));
    }
    // Two models in one program.
    let main = "#include \"motion.h\"\n#include \"tones.h\"\n\
                int main(void) { return motion_self_test() + tones_self_test(); }\n";
    fs::write(folder.join("both.c"), main).unwrap();
    let program =
        c_program(&folder, "both", &["-DMOTION_SELF_TEST", "-DTONES_SELF_TEST", "motion.c", "tones.c"]);
    assert_eq!(said_by(&program, ""), Vec::<String>::new());
}

/// What a detector says of windows.
#[test]
fn programs_of_a_detector_take_samples() {
    let folder = folder();
    let mut recorded = all().remove(0);
    recorded.name = "machine";
    recorded.arguments += " --normal shake --boards cpu";
    trained(&folder, &recorded);
    let mut said = Vec::new();
    for file in &recorded.files {
        let answers = host(&folder, &format!("predict machine {file}")).ok().out;
        let line = |line: &str| line.split(',').skip(1).collect::<Vec<_>>().join("\t");
        said.extend(answers.lines().skip(1).map(line));
    }
    assert!(said.len() > 20);
    host(&folder, "export machine --out machine.c").silently();
    host(&folder, "export machine --out machine.rs").silently();
    for program in [c_program(&folder, "machine", &["-DMACHINE_MAIN"]), rust_program(&folder, "machine")] {
        let lines = said_by(&program, &recorded.lines());
        let answers: Vec<&str> = lines.iter().map(|line| line.rsplit_once('\t').unwrap().0).collect();
        assert_eq!(answers, said);
    }
    linted(&module(&folder, "machine"));
    host(&folder, "predict machine motion-0.csv --smooth leaky:1")
        .refused_with(2, &["--smooth", "leave it out"]);
}

#[test]
fn a_failed_self_test_of_a_recording_is_seen() {
    let folder = folder();
    let recorded = all().remove(0);
    trained(&folder, &recorded);
    host(&folder, "export motion --out motion.c").silently();
    let source = fs::read_to_string(folder.join("motion.c")).unwrap();
    let (before, values) = source.split_once("motion_test_windows[2 * MOTION_INPUTS] = {\n    ").unwrap();
    let rest = &values[values.find(',').unwrap()..];
    let other = format!("{before}motion_test_windows[2 * MOTION_INPUTS] = {{\n    99999{rest}");
    fs::write(folder.join("motion.c"), other).unwrap();
    let program = c_program(&folder, "motion", &["-DMOTION_MAIN"]);
    let ended = Command::new(program).stdin(std::process::Stdio::null()).output().unwrap();
    assert!(!ended.status.success());
    let said = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(said, "self test: 2 of 20 rows and windows differ\n");
}

#[test]
fn rows_do_not_follow_one_another() {
    let folder = folder();
    host(
        &folder,
        "--task csv:data.csv --model 4-3 --generations 4 --slots 3 --members 5 --quiet --json --run run",
    )
    .ok();
    for flags in ["--smooth majority:3", "--smooth leaky:2 --level 5 --hold-off 3"] {
        let words = ["--smooth", "not the windows of a signal", "leave it out"];
        host(&folder, &format!("predict run data.csv {flags}")).refused_with(2, &words);
    }
}
