//! A model with windows, pools or branches as kernels take it: the firmware's own operations, and its own
//! places of the values between them. What the numbers mean is said in `kernels/args.cuh`.

use super::args::{Op, Place, Scale, Windowed, flag, kind};
use super::noise::Places;
use super::packing::Packing;
use super::program::{Program, ROWS, notes_len, stride};
use eggroll_firmware::kernel::Window;
use eggroll_firmware::model::Program as Lowered;
use eggroll_firmware::model::{Action, Activation, Memory, Pool, Step, Value};
use zerocopy::IntoBytes;

/// Bytes of shared memory that what lies under windows may take, from the most on: warps have enough to do
/// with the most, and a device with little memory has room for less.
const STAGES: [usize; 5] = [48 << 10, 24 << 10, 12 << 10, 6 << 10, 0];
/// Most places of a window that are brought together at once.
const MOST_PLACES: usize = 32;
/// Where values begin in shared memory, behind the operation under way.
const VALUES: usize = size_of::<Windowed>().next_multiple_of(16);
/// Threads of a warp.
const LANES: usize = 32;

/// A model's program; `rank` is that of the perturbation. `None` where what lies under a window does not fit
/// the shared memory of a block.
pub(super) fn program(
    lowered: &Lowered,
    packing: &Packing,
    places: &Places,
    rank: usize,
    shared: usize,
) -> Option<Program> {
    let row_len = lowered.activations().next_multiple_of(16);
    STAGES.iter().find_map(|&room| {
        let builder = Builder { packing, places, rank, room, stage: 0, terms: 0 };
        let (ops, Builder { stage, terms, .. }) = builder.lower(lowered);
        let needs = VALUES + stage + notes_len(ROWS, terms);
        // Values between operations lie in shared memory where there is room for them.
        let values = Some(ROWS * row_len).filter(|values| needs + values <= shared);
        let begin = VALUES + values.unwrap_or(0);
        let program = Program {
            kernel: ("windows_", ""),
            rows: ROWS,
            op_count: ops.len(),
            ops: ops.as_bytes().to_vec(),
            notes: begin + stage,
            shared: needs + values.unwrap_or(0),
            row_len,
            is_shared: values.is_some(),
            stage: begin,
        };
        (program.shared <= shared).then_some(program)
    })
}

struct Builder<'a> {
    packing: &'a Packing,
    places: &'a Places,
    rank: usize,
    /// Bytes that what lies under windows may take.
    room: usize,
    /// Bytes that it takes, and low-rank terms.
    stage: usize,
    terms: usize,
}

/// What an operation reads or writes that lies in the memory of a pass.
const fn place(value: Value) -> Place {
    Place { at: value.at as i32, stride: 0 }
}

/// Whether values lie so that they can be taken by so many at once.
const fn by(value: Value, width: usize, len: usize) -> bool {
    (value.at as usize).is_multiple_of(len) && width.is_multiple_of(len)
}

impl Builder<'_> {
    fn lower(mut self, lowered: &Lowered) -> (Vec<Windowed>, Self) {
        let (mut ops, mut group, mut last) = (Vec::new(), 0, Value::default());
        for step in lowered.steps() {
            let nodes = self.places.group(group);
            group += usize::from(step.makes_nodes);
            last = step.to;
            ops.push(self.step(&step, nodes));
        }
        let (kind, outputs) = (kind::SCORE, last.len() as i32);
        let op = Op { kind, from: place(last), inputs: outputs, outputs, ..Op::default() };
        ops.push(Windowed { op, ..Windowed::default() });
        (ops, self)
    }

    fn step(&mut self, step: &Step, nodes: i32) -> Windowed {
        let kind = match step.action {
            Action::Windows { depthwise: true, .. } => kind::DEPTHWISE,
            Action::Pool(Pool::Max) => kind::MAX_POOL,
            Action::Pool(Pool::Average) => kind::AVERAGE_POOL,
            Action::Join { .. } => kind::JOIN,
            // A dense layer is a window over all there is. A recurrent model has no windows.
            _ => kind::WINDOWS,
        };
        let mut op = Op {
            kind,
            from: place(step.from),
            to: place(step.to),
            inputs: step.read_len() as i32,
            outputs: step.channels() as i32,
            ..Op::default()
        };
        if step.from.memory == Memory::Input {
            op.flags |= flag::FEATURES;
        }
        if step.activation() == Activation::Relu {
            op.flags |= flag::RELU;
        }
        if step.is_product() {
            (op.right, op.left) = self.places.factors(step.tensor);
            op.matrix = self.packing.at(step.tensor);
            op.divisor = Scale::of(step.divisor());
            op.nodes = nodes;
            if step.tensors().count() > 1 {
                op.flags |= flag::VECTOR;
                op.vector = self.packing.at(step.tensor + 1);
                (op.vector_noise, _) = self.places.factors(step.tensor + 1);
            }
            if self.places.is_noisy(step.layer) {
                op.flags |= flag::NOISY;
            }
        }
        let whole = |columns: usize| Windowed {
            rows: 1,
            columns: 1,
            channels: columns as i32,
            kernel: [1; 2],
            stride: [1; 2],
            places: 1,
            places_across: 1,
            ..Windowed::default()
        };
        let windowed = step.window.map_or_else(|| whole(step.from.len()), over);
        let mut windowed = Windowed { op, ..windowed };
        if kind == kind::WINDOWS {
            self.bring_together(step, &mut windowed);
        }
        windowed
    }

    /// How a product's windows are brought together.
    fn bring_together(&mut self, step: &Step, windowed: &mut Windowed) {
        let stride = stride(step.read_len());
        let (bytes, terms) = (ROWS * stride, ROWS * self.rank);
        let fit = (self.room / (bytes + 4 * terms)).max(1);
        let at_once = fit.min(MOST_PLACES).min(step.places() as usize);
        self.stage = self.stage.max(at_once * bytes);
        self.terms = self.terms.max(at_once * terms);
        windowed.op.from.stride = stride as i32;
        windowed.at_once = at_once as i32;
        let channels = windowed.channels as usize;
        let run = windowed.kernel[1] as usize * channels;
        let features = step.from.memory == Memory::Input;
        let by_words = !features && by(step.from, channels, size_of::<u32>());
        let units = if by_words { run / size_of::<u32>() } else { run };
        windowed.op.flags |= if by_words { flag::WORDS } else { 0 };
        windowed.op.flags |= if by(step.to, step.channels(), 8) { flag::EIGHTS } else { 0 };
        windowed.lanes = units.next_power_of_two().min(LANES) as i32;
    }
}

fn over(window: Window) -> Windowed {
    let [above, _, left, _] = window.padding;
    let [places_down, places_across] = window.places();
    Windowed {
        rows: window.rows.into(),
        columns: window.columns.into(),
        channels: window.channels.into(),
        kernel: window.kernel.map(i32::from),
        stride: window.stride.map(i32::from),
        before: [above, left].map(i32::from),
        places: (places_down * places_across) as i32,
        places_across: places_across as i32,
        ..Windowed::default()
    }
}
