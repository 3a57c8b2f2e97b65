//! Compares the kernels with the firmware, on the simulated device and on a GPU if there is one.

use super::wide::{on_text, weight, wide};
use super::with_cuda::Gpu;
use crate::evaluate::cases::{self, Case, GENERATION, cases};
use eggroll_batch::credit::{PairsCredit, carry};
use eggroll_batch::isa::Level;
use eggroll_batch::material::Material;
use eggroll_batch::model::Model;
use eggroll_cuda::busy::products;
use eggroll_cuda::device::{Device, DeviceError, Driver, Simulated, compile, is_compiler_present};
use eggroll_cuda::evaluate::Worker;
use eggroll_firmware::estimator::weight::{CreditTo, Pair, Weight};
use eggroll_firmware::kernel::Window;
use eggroll_firmware::model::{Description, Layer, Pool, TensorKind};
use eggroll_firmware::noise::Noise;
use eggroll_firmware::task::environment::EnvironmentKind;
use eggroll_firmware::train::{Estimator, Run, TaskKind};
use eggroll_firmware::update::{Credit, Optimizer};
use proptest::prelude::*;
use std::sync::Arc;

/// Compares the scores of a device with the firmware's.
fn check(case: &Case, device: &Arc<dyn Device>, budget: u64) {
    let mut worker =
        Worker::with_budget(device, &case.plan(), &case.setup.samples, budget).unwrap().expect("room for it");
    case.check(|range| worker.scores(GENERATION, &case.weights, &case.feed, range).unwrap());
}

/// Compares the scores of a device for slots of a run with a guide with the firmware's.
fn check_guided(case: &Case, device: &Arc<dyn Device>, budget: u64) {
    let mut worker =
        Worker::with_budget(device, &case.plan(), &case.setup.samples, budget).unwrap().expect("room for it");
    case.check_from_any_unit(|range| worker.scores(GENERATION, &case.weights, &case.feed, range).unwrap());
}

/// Compares the states that the base model carries on with the host's.
fn check_carried(case: &Case, device: &Arc<dyn Device>, budget: u64) {
    let plan = case.plan();
    let mut worker =
        Worker::with_budget(device, &plan, &case.setup.samples, budget).unwrap().expect("room for it");
    let model = Model::new(Level::Portable, Arc::new(plan.program().clone()), Arc::clone(&case.weights));
    let material = Material { plan: &plan, samples: &[], feed: &case.feed, generation: GENERATION };
    let right = material.text().map(|(streams, feed)| carry(&model, streams, feed));
    assert_eq!(worker.carried(GENERATION, &case.weights, &case.feed).unwrap(), right);
    // These are other weights of the same generation, as after a board was caught with wrong scores.
    let others: Arc<[i8]> = case.weights.iter().map(|&w| -w).collect();
    let model = Model::new(Level::Portable, Arc::new(plan.program().clone()), Arc::clone(&others));
    let right = material.text().map(|(streams, feed)| carry(&model, streams, feed));
    assert_eq!(worker.carried(GENERATION, &others, &case.feed).unwrap(), right);
}

/// Compares the credit of random fitness with the firmware's.
fn check_credit(case: &Case, device: &Arc<dyn Device>, budget: u64, clip: i16) {
    let plan = case.plan();
    let mut worker =
        Worker::with_budget(device, &plan, &case.setup.samples, budget).unwrap().expect("room for it");
    let Estimator::Weight(settings) = &plan.run().estimator else { panic!("no pairs") };
    let (size, seed) = (i32::from(clip), plan.run().seed);
    let value = |pair: u32| {
        ((i64::from(pair.wrapping_mul(2_654_435_761)) % i64::from(2 * size + 1)) as i32 - size) as i16
    };
    let fitness: Vec<i16> = (0..settings.pairs).map(value).collect();
    let (program, generation) = (plan.program(), GENERATION);
    let pair = Pair { settings, shape: plan.low_rank(settings), program, seed, generation, pair: 0 };
    let mut credit = PairsCredit::new(Level::Portable, pair, &fitness);
    for tensor in program.tensors() {
        let Some(sums) = worker.credit(generation, &tensor, &fitness).unwrap() else {
            assert!(matches!(tensor.kind, TensorKind::Vector { .. }) || settings.credit == CreditTo::Sample);
            continue;
        };
        let mut z = vec![0i32; tensor.len()];
        credit.add_rows(&tensor, 0, &mut z);
        assert!(sums == z, "{tensor:?} {:?}", plan.run());
    }
}

/// A simulated device: its processors, the bytes of a block's shared memory, and the bytes of a batch.
/// Together they give every size of tile, and batches from one unit to all.
type DeviceSize = (u32, usize, u64);

fn device_sizes() -> impl Strategy<Value = DeviceSize> {
    let shared = prop_oneof![Just(227usize << 10), Just(64 << 10), Just(32 << 10)];
    (1u32..=2, shared, prop_oneof![Just(1u64), Just(1 << 14), Just(1 << 28)])
}

fn device((processors, shared, _): DeviceSize) -> Arc<dyn Device> {
    Arc::new(Simulated::with(processors, shared).unwrap())
}

fn simulated(size: DeviceSize, case: &Case) {
    check(case, &device(size), size.2);
}

/// A device of this size, or one with more shared memory where a window of the model's needs that.
fn for_windows(size: DeviceSize, case: &Case) -> Arc<dyn Device> {
    let small = device(size);
    let fits = Worker::new(&small, &case.plan(), &case.setup.samples).unwrap().is_some();
    if fits { small } else { device((size.0, 227 << 10, size.2)) }
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    #[cfg_attr(not(cuda_shim), ignore = "no simulated GPU: feature cuda-sim, and a C++ compiler")]
    fn cuda_pairs_on_samples(case in cases::pairs_on_samples(), size in device_sizes()) {
        simulated(size, &case);
    }

    #[test]
    #[cfg_attr(not(cuda_shim), ignore = "no simulated GPU: feature cuda-sim, and a C++ compiler")]
    fn cuda_slots_on_samples(case in cases::slots_on_samples(), size in device_sizes()) {
        simulated(size, &case);
    }

    #[test]
    #[cfg_attr(not(cuda_shim), ignore = "no simulated GPU: feature cuda-sim, and a C++ compiler")]
    fn cuda_guided_slots(case in cases::guided_slots(), size in device_sizes()) {
        check_guided(&case, &device(size), size.2);
    }

    #[test]
    #[cfg_attr(not(cuda_shim), ignore = "no simulated GPU: feature cuda-sim, and a C++ compiler")]
    fn cuda_pairs_on_windows(case in cases::pairs_on_windows(), size in device_sizes()) {
        check(&case, &for_windows(size, &case), size.2);
    }

    #[test]
    #[cfg_attr(not(cuda_shim), ignore = "no simulated GPU: feature cuda-sim, and a C++ compiler")]
    fn cuda_slots_on_windows(case in cases::slots_on_windows(), size in device_sizes()) {
        check(&case, &for_windows(size, &case), size.2);
    }

    #[test]
    #[cfg_attr(not(cuda_shim), ignore = "no simulated GPU: feature cuda-sim, and a C++ compiler")]
    fn cuda_guided_windows(case in cases::guided_windows(), size in device_sizes()) {
        check_guided(&case, &for_windows(size, &case), size.2);
    }

    #[test]
    #[cfg_attr(not(cuda_shim), ignore = "no simulated GPU: feature cuda-sim, and a C++ compiler")]
    fn cuda_pairs_behind_a_front(
        case in cases::behind_front(prop_oneof![cases::pairs_on_samples(), cases::pairs_on_windows()]),
        size in device_sizes(),
        clip in prop_oneof![Just(1i16), Just(300)],
    ) {
        let device = for_windows(size, &case);
        check(&case, &device, size.2);
        check_credit(&case, &device, size.2, clip);
    }

    #[test]
    #[cfg_attr(not(cuda_shim), ignore = "no simulated GPU: feature cuda-sim, and a C++ compiler")]
    fn cuda_guided_behind_a_front(
        case in cases::behind_front(prop_oneof![cases::guided_slots(), cases::guided_windows()]),
        size in device_sizes(),
    ) {
        check_guided(&case, &for_windows(size, &case), size.2);
    }

    #[test]
    #[cfg_attr(not(cuda_shim), ignore = "no simulated GPU: feature cuda-sim, and a C++ compiler")]
    fn cuda_pairs_on_texts(case in cases::pairs_on_texts(), size in device_sizes()) {
        simulated(size, &case);
        check_carried(&case, &device(size), size.2);
    }

    #[test]
    #[cfg_attr(not(cuda_shim), ignore = "no simulated GPU: feature cuda-sim, and a C++ compiler")]
    fn cuda_credit(case in cases::pairs_to_credit(), size in device_sizes(), clip in prop_oneof![Just(1i16), Just(7), Just(3000)]) {
        check_credit(&case, &device(size), size.2, clip);
    }

    #[test]
    #[cfg_attr(not(cuda_shim), ignore = "no simulated GPU: feature cuda-sim, and a C++ compiler")]
    fn cuda_slots_on_texts(case in cases::slots_on_texts(), size in device_sizes()) {
        simulated(size, &case);
    }
}

#[test]
#[cfg_attr(not(cuda_shim), ignore = "no simulated GPU: feature cuda-sim, and a C++ compiler")]
fn cuda_wide_models() {
    let device: Arc<dyn Device> = Arc::new(Simulated::new().unwrap());
    wide().iter().for_each(|case| check(case, &device, 1 << 28));
}

#[test]
#[cfg_attr(not(cuda_shim), ignore = "no simulated GPU: feature cuda-sim, and a C++ compiler")]
fn cuda_leaves_to_the_cores_what_it_does_not_know() {
    let device: Arc<dyn Device> = Arc::new(Simulated::new().unwrap());
    let gpu = |case: &Case| Gpu::new("gpu".to_owned(), &device, &case.setup).unwrap();
    let run = |sizes: &[u32], task| Run {
        seed: 1,
        model: Description::mlp(sizes, false).unwrap(),
        task,
        estimator: Estimator::Weight(Weight { own_samples: false, ..weight(2, 1, 1, Noise::Sign) }),
        optimizer: Optimizer::Residual,
        saturation: false,
    };
    let behind_front = |mut run: Run| {
        let front = Layer::Front { outputs: run.model.inputs, tensors: 3 };
        run.model.layers.insert(0, front).unwrap();
        run
    };
    let pool = |columns: u16| {
        let window = Window { columns, kernel: [1, 2], stride: [1, 2], ..Window::whole(1) };
        let (pool, dense) =
            (Layer::Pool { window, kind: Pool::Max }, Description::mlp(&[1, 4], false).unwrap().layers);
        let layers = [pool].into_iter().chain(dense).collect();
        Run {
            model: Description { inputs: columns.into(), layers },
            ..run(&[1, 1], TaskKind::Samples { count: 2 })
        }
    };
    let kind = EnvironmentKind::CartPole;
    let [inputs, outputs] = [kind.inputs() as u32, kind.outputs() as u32];
    let others = [
        run(&[inputs, 8, outputs], TaskKind::Environment(kind)),
        // The inputs of 16 rows do not fit a block's shared memory.
        run(&[16_000, 4], TaskKind::Samples { count: 2 }),
        pool(32_000),
    ];
    for run in others {
        assert!(!gpu(&Case::new(run.clone(), 1, false)).is_on_device(), "{run:?}");
    }
    let known = run(&[12_000, 4], TaskKind::Samples { count: 2 });
    for run in [known.clone(), behind_front(known), pool(24_000), behind_front(pool(24_000))] {
        assert!(gpu(&Case::new(run.clone(), 1, false)).is_on_device(), "{run:?}");
    }
}

#[test]
#[cfg_attr(not(cuda_shim), ignore = "no simulated GPU: feature cuda-sim, and a C++ compiler")]
fn cuda_measures_its_own_kernels() {
    let device: Arc<dyn Device> = Arc::new(Simulated::with(1, 1 << 16).unwrap());
    // This is four blocks of eight warps, with eight products of 16 x 8 x 32 each.
    assert_eq!(products(&device, 2), Ok(2 * 4 * 8 * 8 * 4096));
    let case = on_text(20, 1, 50, 3, Estimator::Weight(weight(3, 1, 1, Noise::Sign)));
    let mut worker = Worker::new(&device, &case.plan(), &[]).unwrap().unwrap();
    assert_eq!(worker.unperturbed(GENERATION, &case.weights, &case.feed, 0..3), Ok(()));
}

#[test]
fn cuda_says_what_is_missing() {
    match Driver::open(u32::MAX).err() {
        Some(error @ DeviceError::NoDriver) => {
            let text = error.to_string();
            assert!(text.contains("libcuda") && text.contains("`cpu`"), "{text}");
        }
        Some(DeviceError::NoDevice(_) | DeviceError::Driver { .. }) => {}
        other => panic!("{other:?}"),
    }
    if !is_compiler_present() {
        let text = compile("sm_90").unwrap_err().to_string();
        assert!(text.contains("libnvrtc") && text.contains("nvidia-cuda-nvrtc"), "{text}");
    }
}

#[test]
#[ignore = "needs NVRTC: cargo xtask test runs it where it could be installed"]
fn kernels_compile() {
    for architecture in ["sm_80", "sm_90", "compute_80"] {
        let compiled = compile(architecture).unwrap();
        assert!(!compiled.image.is_empty());
        println!("{architecture}: {} bytes\n{}", compiled.image.len(), compiled.log);
    }
    let unknown = compile("sm_1").unwrap_err();
    assert!(matches!(unknown, DeviceError::Compile(_)), "{unknown}");
}

fn gpu() -> Arc<dyn Device> {
    Arc::new(Driver::open(0).unwrap())
}

#[test]
#[ignore = "needs a GPU: run with -- --ignored"]
fn on_a_gpu_wide_models() {
    let gpu = gpu();
    wide().iter().for_each(|case| check(case, &gpu, 1 << 28));
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    #[ignore = "needs a GPU: run with -- --ignored"]
    fn on_a_gpu_pairs_on_samples(case in cases::pairs_on_samples()) {
        check(&case, &gpu(), 1 << 28);
    }

    #[test]
    #[ignore = "needs a GPU: run with -- --ignored"]
    fn on_a_gpu_slots_on_samples(case in cases::slots_on_samples()) {
        check(&case, &gpu(), 1 << 28);
    }

    #[test]
    #[ignore = "needs a GPU: run with -- --ignored"]
    fn on_a_gpu_guided_slots(case in cases::guided_slots()) {
        check_guided(&case, &gpu(), 1 << 28);
    }

    #[test]
    #[ignore = "needs a GPU: run with -- --ignored"]
    fn on_a_gpu_pairs_on_texts(case in cases::pairs_on_texts()) {
        check(&case, &gpu(), 1 << 28);
    }

    #[test]
    #[ignore = "needs a GPU: run with -- --ignored"]
    fn on_a_gpu_credit(case in cases::pairs_to_credit(), clip in prop_oneof![Just(1i16), Just(7), Just(3000)]) {
        check_credit(&case, &gpu(), 1 << 28, clip);
    }

    #[test]
    #[ignore = "needs a GPU: run with -- --ignored"]
    fn on_a_gpu_slots_on_texts(case in cases::slots_on_texts()) {
        check(&case, &gpu(), 1 << 28);
    }

    #[test]
    #[ignore = "needs a GPU: run with -- --ignored"]
    fn on_a_gpu_pairs_on_windows(case in cases::pairs_on_windows()) {
        check(&case, &gpu(), 1 << 28);
    }

    #[test]
    #[ignore = "needs a GPU: run with -- --ignored"]
    fn on_a_gpu_slots_on_windows(case in cases::slots_on_windows()) {
        check(&case, &gpu(), 1 << 28);
    }

    #[test]
    #[ignore = "needs a GPU: run with -- --ignored"]
    fn on_a_gpu_guided_windows(case in cases::guided_windows()) {
        check_guided(&case, &gpu(), 1 << 28);
    }
}
