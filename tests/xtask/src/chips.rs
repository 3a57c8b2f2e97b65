//! The boards' chips, as probe-rs knows them: each is known by the name that the board's runner gives, and
//! its image and memory lie where the chip has flash and RAM.

use crate::boards;
use crate::image::Image;
use probe_rs::config::{MemoryRegion, Registry};
use std::ops::Range;

/// The chip in `probe-rs run --chip CHIP`; `None` where another program runs the board's image.
fn chip(runner: &str) -> Option<&str> {
    runner.strip_prefix("probe-rs ")?.split_once("--chip ")?.1.split_whitespace().next()
}

/// Whether adjoining regions cover a range.
fn covered(range: &Range<u64>, regions: &mut [Range<u64>]) -> bool {
    regions.sort_by_key(|region| region.start);
    let reached =
        regions.iter().fold(range.start, |at, region| if region.contains(&at) { region.end } else { at });
    reached >= range.end
}

#[test]
fn every_image_lies_within_its_chip() {
    let registry = Registry::from_builtin_families();
    let mut found = Vec::new();
    for board in boards::all().unwrap() {
        let runner = board.setting("runner").unwrap_or_default();
        let Some(chip) = chip(&runner) else { continue };
        let target =
            registry.get_target_by_name(chip).unwrap_or_else(|error| panic!("{}: {error}", board.name));
        let of = |flash: bool| -> Vec<Range<u64>> {
            let wanted = |region: &&MemoryRegion| match region {
                MemoryRegion::Nvm(_) => flash,
                MemoryRegion::Ram(_) => !flash,
                MemoryRegion::Generic(_) => false,
            };
            target.memory_map.iter().filter(wanted).map(MemoryRegion::address_range).collect()
        };
        let (mut flash, mut ram) = (of(true), of(false));
        let image = Image::read(&board.image()).expect("images: cargo xtask boards");
        let loads = image.loads().unwrap();
        assert!(!loads.is_empty(), "{}", board.name);
        for load in &loads {
            assert!(
                covered(load, &mut flash),
                "{}: {load:x?} is not flash of {chip}: {flash:x?}",
                board.name
            );
        }
        let memory = image.memory().unwrap();
        assert!(covered(&memory.ram, &mut ram), "{}: {memory:x?} is not RAM of {chip}: {ram:x?}", board.name);
        if let Some(samples) = memory.samples {
            assert!(covered(&samples, &mut flash), "{}: {samples:x?}", board.name);
            let apart = |load: &Range<u64>| load.end <= samples.start || samples.end <= load.start;
            assert!(loads.iter().all(apart), "{}: {loads:x?} and samples at {samples:x?}", board.name);
        }
        found.push(board.name);
    }
    assert!(["microbit", "pico"].iter().all(|name| found.iter().any(|found| found == name)), "{found:?}");
}

#[test]
fn ranges_across_regions_and_beyond() {
    let mut regions = [0x200..0x300, 0x100..0x200];
    assert!(covered(&(0x180..0x280), &mut regions));
    assert!(!covered(&(0x180..0x301), &mut regions));
    assert!(!covered(&(0x0ff..0x110), &mut regions));
}

#[test]
fn the_chip_of_a_runner() {
    assert_eq!(chip("probe-rs run --chip RP2040 --speed 100"), Some("RP2040"));
    assert_eq!(chip("qemu-system-arm -M mps2-an386"), None);
}
