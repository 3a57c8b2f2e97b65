//! Prints what passes take on the simulated cores: `lanes|pass|cycles|cycles in which the lanes worked`, a
//! line each.

#[cfg(verilator)]
fn main() {
    use eggroll_firmware::noise::Address;
    use eggroll_hdl::product::{Perturbation, Product, run};
    use eggroll_hdl::{Core, Kind};

    let rank = |rank| Perturbation::LowRank { rank, sigma_shift: 4 };
    let node = Perturbation::Node { amplitude: 4 };
    for kind in [Kind::Small, Kind::Large] {
        let mut core = Core::new(kind);
        for size in [64, 256] {
            for (name, perturbation, streams, twins) in [
                ("plain", Perturbation::Plain, 0, false),
                ("rank 1", rank(1), 1, false),
                ("rank 4", rank(4), 1, false),
                ("rank 1, both twins", rank(1), 1, true),
                ("rank 1, 4 pairs", rank(1), 4, true),
                ("rank 4, 4 pairs", rank(4), 4, true),
                ("node, base and 4 members", node, 4, false),
            ] {
                let product = Product {
                    m: size,
                    n: size,
                    perturbation,
                    streams,
                    emit_base: streams == 0 || perturbation == node,
                    emit_plus: streams > 0,
                    emit_minus: twins,
                    at: Address { seed: 1, generation: 2, index: 3, tensor: 4 },
                    w: (0..size * size)
                        .map(|i| (i * 37 % 255) as u8 as i8 ^ i8::MIN)
                        .map(|w| w.max(-127))
                        .collect(),
                    x: (0..size).map(|i| (i * 91 % 251) as i32 - 125).map(|x| x as i8).collect(),
                };
                let (y, cycles) = run(&mut core, &product, || [true; 3], None).expect("a pass without stops");
                assert_eq!(y, product.expected(), "{size}x{size} {name}");
                println!("{}|{size}x{size} {name}|{}|{}", kind.lanes(), cycles.all, cycles.lanes);
            }
        }
    }
}

#[cfg(not(verilator))]
fn main() {
    eprintln!("built without Verilator: nothing to measure");
    std::process::exit(1);
}
