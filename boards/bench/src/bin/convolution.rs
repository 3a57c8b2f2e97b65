//! Layers that move windows: each is a model of its own, run as the base model and as a member of a pair.
#![no_std]
#![no_main]

use core::hint::black_box;
use cortex_m::singleton;
use cortex_m_rt::entry;
use eggroll_bench::{Dice, exit, handed, measure};
use eggroll_firmware::estimator::weight::{CreditTo, Pair, Perturbed, Weight, entries_per_pair};
use eggroll_firmware::kernel::Twin;
use eggroll_firmware::model::{
    Activation, Description, Layer, Pool, Program, Scratch, Start, Window, infer, run,
};
use eggroll_firmware::noise::Noise;

/// Values of the largest input or output, with what else a pass takes of a layer.
const VALUES: usize = 64 << 10;
/// Products of a place, and values of the largest window.
const PLACE: usize = 1024;

const WEIGHT: Weight = Weight {
    pairs: 1,
    samples: 1,
    own_samples: false,
    rank: 1,
    sigma_shift: 4,
    noise: Noise::Sign,
    clip: 1,
    credit: CreditTo::Pair,
};

/// A window whose padding keeps `ceil(size / stride)` rows and columns.
const fn same(size: [u16; 3], kernel: [u16; 2], stride: u16) -> Window {
    let mut padding = [0; 4];
    let mut axis = 0;
    while axis < 2 {
        let places = size[axis].div_ceil(stride);
        let all = ((places - 1) * stride + kernel[axis]).saturating_sub(size[axis]);
        padding[2 * axis] = (all / 2) as u8;
        padding[2 * axis + 1] = (all - all / 2) as u8;
        axis += 1;
    }
    let [rows, columns, channels] = size;
    Window { rows, columns, channels, kernel, stride: [stride, stride], padding }
}

const fn conv(size: [u16; 3], kernel: [u16; 2], stride: u16, channels: u32) -> Layer {
    let window = same(size, kernel, stride);
    Layer::Conv { window, channels, bias: true, activation: Activation::Relu, divisor: None }
}

const fn depthwise(size: [u16; 3]) -> Layer {
    let window = same(size, [3, 3], 1);
    Layer::Depthwise { window, bias: true, activation: Activation::Relu, divisor: None }
}

const fn dense(outputs: u32) -> Layer {
    Layer::Dense { outputs, bias: true, activation: Activation::Relu }
}

const fn pool([rows, columns, channels]: [u16; 3], kernel: [u16; 2], kind: Pool) -> Layer {
    let window = Window { rows, columns, channels, kernel, stride: kernel, padding: [0; 4] };
    Layer::Pool { window, kind }
}

const LAYERS: [(&str, u32, Layer); 17] = [
    ("conv 49x10x1 -> 64, 10x4, stride 2", 490, conv([49, 10, 1], [10, 4], 2, 64)),
    ("conv 32x32x3 -> 16, 3x3", 3072, conv([32, 32, 3], [3, 3], 1, 16)),
    ("conv 32x32x16 -> 16, 3x3", 16_384, conv([32, 32, 16], [3, 3], 1, 16)),
    ("conv 28x28x1 -> 8, 3x3, stride 2", 784, conv([28, 28, 1], [3, 3], 2, 8)),
    ("conv 14x14x8 -> 16, 3x3, stride 2", 1568, conv([14, 14, 8], [3, 3], 2, 16)),
    ("conv 8x8x32 -> 64, 3x3", 2048, conv([8, 8, 32], [3, 3], 1, 64)),
    ("conv 8x8x64 -> 64, 3x3", 4096, conv([8, 8, 64], [3, 3], 1, 64)),
    ("pointwise 25x5x64 -> 64", 8000, conv([25, 5, 64], [1, 1], 1, 64)),
    ("pointwise 48x48x8 -> 16", 18_432, conv([48, 48, 8], [1, 1], 1, 16)),
    ("depthwise 25x5x64, 3x3", 8000, depthwise([25, 5, 64])),
    ("depthwise 48x48x8, 3x3", 18_432, depthwise([48, 48, 8])),
    ("1-D 128x6 -> 16, 5 taps", 768, conv([1, 128, 6], [1, 5], 1, 16)),
    ("dense 64 -> 32", 64, dense(32)),
    ("dense 256 -> 256", 256, dense(256)),
    ("dense 640 -> 128", 640, dense(128)),
    ("average pool 25x5x64, global", 8000, pool([25, 5, 64], [25, 5], Pool::Average)),
    ("max pool 28x28x8, 2x2", 6272, pool([28, 28, 8], [2, 2], Pool::Max)),
];

#[entry]
fn main() -> ! {
    let activations: &mut [i8; VALUES] = singleton!(: [i8; VALUES] = [0; VALUES]).unwrap();
    let input: &mut [i8; 18_432] = singleton!(: [i8; 18_432] = [0; 18_432]).unwrap();
    let products: &mut [i32; PLACE] = singleton!(: [i32; PLACE] = [0; PLACE]).unwrap();
    let rooms: &mut [i8; 2 * PLACE] = singleton!(: [i8; 2 * PLACE] = [0; 2 * PLACE]).unwrap();
    let factors: &mut [i8; 4 * PLACE] = singleton!(: [i8; 4 * PLACE] = [0; 4 * PLACE]).unwrap();
    Dice(7).fill(input);
    input.iter_mut().for_each(|x| *x = (*x).max(-127));
    // SAFETY: an i8 is a byte.
    let weights = unsafe { core::slice::from_raw_parts(handed().as_ptr().cast::<i8>(), handed().len()) };
    for (name, inputs, layer) in LAYERS {
        let model = Description { inputs, layers: [layer].into_iter().collect() };
        // A model's outputs are few; a layer's may be many.
        let Ok(program) = Program::of_layer(&model) else { continue };
        let weights = &weights[..program.parameters()];
        let units = program.steps().map(|step| products_of(&step)).sum::<usize>();
        let (vector, window) = rooms.split_at_mut(PLACE);
        let mut scratch = Scratch { activations, products, vector, window };
        let start = Start::Input(&input[..inputs as usize]);
        measure(format_args!("{name}"), units, || {
            black_box(infer(&program, black_box(weights), start, &mut [], &mut scratch));
        });
        // Nothing runs here: the units are bytes of a pass beside its input, its output and the weights.
        let bytes = 4 * program.products() + program.longest_vector() + program.largest_window();
        measure(format_args!("{name}, scratch"), bytes, || ());
        if program.parameters() == 0 {
            continue;
        }
        let shape = WEIGHT.low_rank(false);
        let pair = Pair { settings: &WEIGHT, shape, program: &program, seed: 1, generation: 2, pair: 3 };
        let factors = &mut factors[..entries_per_pair(&WEIGHT, &program)];
        // Both members of the pair, noise included.
        measure(format_args!("{name}, pair"), 2 * units, || {
            pair.fill_factors(factors);
            for twin in Twin::BOTH {
                let mut member = Perturbed::new(pair, twin, factors);
                black_box(run(&program, black_box(weights), start, &mut [], &mut member, &mut scratch));
            }
        });
    }
    exit()
}

/// Products of a step, of a pool its inputs; padding counts.
fn products_of(step: &eggroll_firmware::model::Step) -> usize {
    let (rows, columns) = step.matrix_shape();
    let values = if rows * columns > 0 { rows * columns } else { step.read_len() };
    step.places() as usize * values
}
