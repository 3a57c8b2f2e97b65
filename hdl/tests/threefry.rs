//! Every form of the generator against the firmware's, blocks in order, whatever the reader's speed.

#[cfg(verilator)]
#[allow(dead_code, reason = "one set of helpers for several tests")]
mod common;
#[macro_use]
#[path = "common/simulated.rs"]
mod simulated;

#[cfg(verilator)]
fn blocks() {
    use common::Dice;
    use eggroll_firmware::noise::threefry2x32;
    use eggroll_hdl::{Threefry, ThreefryIn};
    use std::collections::VecDeque;

    let halves = |word: u64| [word as u32, (word >> 32) as u32];
    for (rounds, mut unit) in Threefry::all() {
        let mut dice = Dice::new(u64::from(rounds) + 11);
        let (mut waiting, mut taken, mut cycles) = (VecDeque::new(), 0, 0u64);
        let mut input = ThreefryIn::default();
        while taken < 20_000 {
            if !input.in_valid && dice.below(4) > 0 {
                let extreme = |dice: &mut Dice| match dice.below(8) {
                    0 => 0,
                    1 => u64::MAX,
                    _ => u64::from(dice.word()) << 32 | u64::from(dice.word()),
                };
                input = ThreefryIn {
                    key: extreme(&mut dice),
                    counter: extreme(&mut dice),
                    in_valid: true,
                    ..input
                };
            }
            input.out_ready = dice.below(4) > 0;
            let out = unit.clock(&input);
            cycles += 1;
            if input.in_valid && out.in_ready {
                waiting.push_back((input.key, input.counter));
                input.in_valid = false;
            }
            if out.out_valid && input.out_ready {
                let (key, counter) = waiting.pop_front().expect("a block that nobody asked for");
                assert_eq!(halves(out.block), threefry2x32(halves(key), halves(counter)), "{rounds} rounds");
                taken += 1;
            }
        }
        println!("{rounds} rounds a cycle: {taken} blocks in {cycles} cycles");
    }
}

simulated! {
    blocks_equal_the_firmware_s: blocks();
}
