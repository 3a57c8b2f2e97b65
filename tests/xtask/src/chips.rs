//! The boards' chips: each image and its memory lie where its chip has flash and RAM.
//!
//! The map is that of probe-rs where it knows the chip, found by the name that the board's runner gives, and
//! else that of the vendor's.

use crate::boards;
use crate::image::Image;
use probe_rs::config::{MemoryRegion, Registry};
use std::ops::Range;

/// Where a chip has memory.
struct Map {
    /// What images are written to.
    flash: Vec<Range<u64>>,
    ram: Vec<Range<u64>>,
    /// Where its boot loader copies parts of an image to before it starts.
    copied: Vec<Range<u64>>,
}

/// The chip as probe-rs calls it: that in `probe-rs run --chip CHIP`. picotool asks the chip itself, and the
/// one board that it flashes, and no probe does, has an RP2350 with its RISC-V processors.
fn chip(runner: &str) -> Option<&str> {
    if runner.starts_with("picotool ") {
        return Some("RP235x_riscv");
    }
    runner.strip_prefix("probe-rs ")?.split_once("--chip ")?.1.split_whitespace().next()
}

/// The map of the chip that a runner flashes, if it flashes one.
fn map(runner: &str) -> Option<Map> {
    if runner.contains("--chip esp32c3") {
        // ESP32-C3 technical reference manual, "System and Memory": addresses of the data and the instruction
        // bus that the cache maps flash to, 8 MB each; SRAM 0 and 1 as instructions, and SRAM 1 as data. Its
        // end is that of esp-hal's linker script, behind which the ROM keeps what it needs.
        let sram = 0x3fc8_0000..0x3fcd_e710;
        return Some(Map {
            flash: vec![0x3c00_0000..0x3c80_0000, 0x4200_0000..0x4280_0000],
            ram: vec![sram.clone()],
            copied: vec![0x4037_c000..0x403e_0000, sram],
        });
    }
    let chip = chip(runner)?;
    let target = Registry::from_builtin_families().get_target_by_name(chip);
    let target = target.unwrap_or_else(|error| panic!("{runner}: {error}"));
    let of = |flash: bool| -> Vec<Range<u64>> {
        let wanted = |region: &&MemoryRegion| match region {
            MemoryRegion::Nvm(_) => flash,
            MemoryRegion::Ram(_) => !flash,
            MemoryRegion::Generic(_) => false,
        };
        target.memory_map.iter().filter(wanted).map(MemoryRegion::address_range).collect()
    };
    Some(Map { flash: of(true), ram: of(false), copied: Vec::new() })
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
    let mut found = Vec::new();
    for board in boards::all().unwrap() {
        let Some(mut map) = map(&board.setting("runner").unwrap_or_default()) else { continue };
        let name = &board.name;
        let image = Image::read(&board.image()).expect("images: cargo xtask boards");
        let loads = image.loads().unwrap();
        assert!(!loads.is_empty(), "{name}");
        for load in &loads {
            let there = covered(load, &mut map.flash) || covered(load, &mut map.copied);
            assert!(there, "{name}: {load:x?} is not flash: {:x?}", map.flash);
        }
        let memory = image.memory().unwrap();
        assert!(covered(&memory.ram, &mut map.ram), "{name}: {memory:x?} is not RAM: {:x?}", map.ram);
        for region in memory.samples.iter().chain(&memory.models) {
            // Boards whose emulator models no flash keep a model in RAM.
            let there = covered(region, &mut map.flash) || covered(region, &mut map.ram);
            assert!(there, "{name}: {region:x?} is neither flash nor RAM");
            let apart = |other: &Range<u64>| other.end <= region.start || region.end <= other.start;
            let others = loads.iter().chain([&memory.ram]);
            assert!({ others }.all(apart), "{name}: {memory:x?}, {loads:x?} and {region:x?}");
        }
        found.push(board.name);
    }
    let known = ["microbit", "pico", "pico2", "pico2-riscv", "nrf52840-dk", "microbit-v2", "esp32-c3"];
    assert!(known.iter().all(|name| found.iter().any(|found| found == name)), "{found:?}");
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
    assert_eq!(chip("picotool load -v -x -t elf"), Some("RP235x_riscv"));
    assert_eq!(chip("qemu-system-arm -M mps2-an386"), None);
    assert!(map("qemu-system-arm -M mps2-an386").is_none());
}
