//! The firmware's driver on the unit, over SPI bit by bit.

#[cfg(verilator)]
#[allow(dead_code, reason = "one set of helpers for several tests")]
mod common;
#[macro_use]
#[path = "common/simulated.rs"]
mod simulated;

#[cfg(verilator)]
mod body {
    use super::common::Dice;
    use eggroll_firmware::accelerator::{
        Members, Placement, Product as Asked, Refusal, Spaced, Unit, UnitError,
    };
    use eggroll_hdl::product::{Perturbation, Product};
    use eggroll_hdl::{Fault, Kind, NoError, Spi};
    use embedded_hal::spi::{ErrorType, Operation, SpiDevice};

    /// A product that the driver can ask for, of values that the unit takes.
    fn product(dice: &mut Dice) -> Product {
        let mut product = dice.product(Kind::Small);
        product.w.iter_mut().chain(&mut product.x).for_each(|v| *v = (*v).max(-127));
        if matches!(product.perturbation, Perturbation::LowRank { .. }) {
            product.emit_base = false;
        }
        product
    }

    fn members(p: &Product) -> Members {
        let (first, count, base, plus, minus) = (p.at, p.streams, p.emit_base, p.emit_plus, p.emit_minus);
        match p.perturbation {
            Perturbation::Plain => Members::Base,
            Perturbation::LowRank { rank, sigma_shift } => {
                Members::Pairs { first, count, rank, sigma_shift, plus, minus }
            }
            Perturbation::Node { amplitude } => Members::Nodes { first, count, amplitude, base, plus, minus },
        }
    }

    /// Row by row, as `Product::expected` has it.
    fn compute<S: SpiDevice>(
        unit: &mut Unit<S>,
        matrix: Placement,
        p: &Product,
    ) -> Result<Vec<i8>, UnitError<S::Error>> {
        unit.run(&Asked { matrix, input: &p.x, members: members(p) })?;
        let mut outputs = vec![vec![0; p.m]; p.members()];
        for (member, output) in outputs.iter_mut().enumerate() {
            unit.output(member, output)?;
        }
        Ok((0..p.m).flat_map(|row| outputs.iter().map(move |y| y[row])).collect())
    }

    pub(super) fn products() {
        let mut dice = Dice::new(31);
        let mut unit = Unit::new(Spi::new()).unwrap();
        let capabilities = unit.capabilities();
        assert_eq!((capabilities.lanes, capabilities.ranks, capabilities.streams), (8, 8, 4));
        assert_eq!((capabilities.inputs, capabilities.outputs, capabilities.room), (256, 256, 128 << 10));
        for _ in 0..60 {
            // Several matrices side by side, each moved in place now and then.
            let mut free = dice.below(1000) as u32;
            let mut matrices: Vec<_> = (0..3)
                .map(|_| {
                    let p = product(&mut dice);
                    let place = unit.place(free, p.m, p.n).unwrap();
                    free = place.end();
                    unit.load(place, &p.w).unwrap();
                    (place, p)
                })
                .collect();
            for _ in 0..6 {
                let (place, p) = &mut matrices[dice.below(3)];
                let old = p.w.clone();
                for _ in 0..dice.below(4) {
                    let at = dice.below(p.w.len());
                    p.w[at] = dice.within(0, 254) as u8 as i8 ^ i8::MIN;
                    p.w[at] = p.w[at].max(-127);
                }
                let sent = unit.update(*place, &old, &p.w).unwrap();
                assert!(sent <= 4 * 17 + 64, "{sent} bytes for four values");
                assert_eq!(compute(&mut unit, *place, p).unwrap(), p.expected(), "{p:?}");
            }
        }
        println!("{} products, {} cycles of the unit", unit.products(), unit.device().cycles());
    }

    /// On a bus between whose frames lies nothing but what the driver waits for, nothing has to be repeated;
    /// where it does not wait, frames run into each other.
    pub(super) fn gaps() {
        fn work<S: SpiDevice<Error = NoError>>(spi: S) -> Result<Unit<S>, UnitError<NoError>> {
            let (mut dice, mut unit) = (Dice::new(33), Unit::new(spi)?);
            for _ in 0..40 {
                let p = product(&mut dice);
                let place = unit.place(0, p.m, p.n).ok_or(UnitError::TooLarge)?;
                unit.load(place, &p.w)?;
                assert_eq!(compute(&mut unit, place, &p)?, p.expected());
            }
            Ok(unit)
        }
        let expected = work(Spi::new()).unwrap().device().transactions();
        let (spi, waits) = Spi::without_gaps();
        let spaced = work(Spaced::new(spi, waits)).unwrap().device().device().transactions();
        // The unit may be asked once more whether it is done, because less time has passed.
        let most = expected + 40;
        assert!((expected..most).contains(&spaced), "{spaced} frames, {expected} expected");
        let hasty = work(Spi::without_gaps().0).map(|mut unit| unit.device().transactions());
        println!("{expected} frames, {spaced} without gaps of the bus, without the driver's {hasty:?}");
        assert!(hasty.as_ref().map_or(true, |&frames| frames > most), "{hasty:?}");
    }

    /// Any bit wrong, or a frame cut anywhere: the product is right, or there is an error; and the next one
    /// is right.
    pub(super) fn faults() {
        let mut dice = Dice::new(32);
        let mut unit = Unit::new(Spi::new()).unwrap();
        let mut errors = 0;
        for number in 0..3000 {
            let mut p = product(&mut dice);
            while p.w.len() > 400 || p.members() * p.m > 100 {
                p = product(&mut dice);
            }
            let place = unit.place(0, p.m, p.n).unwrap();
            let bit = dice.below(8 * (p.x.len() + 60));
            let fault = match dice.below(3) {
                0 => Fault::FlipToUnit(bit),
                1 => Fault::FlipFromUnit(bit),
                _ => Fault::Cut(bit),
            };
            // At the load, or at the product.
            if dice.one_in(2) {
                unit.device().inject(fault);
                unit.load(place, &p.w).unwrap_or_else(|e| panic!("{number}: {fault:?}: {e}"));
            } else {
                unit.load(place, &p.w).unwrap();
                unit.device().inject(fault);
            }
            match compute(&mut unit, place, &p) {
                Ok(y) => assert_eq!(y, p.expected(), "{number}: {fault:?} {p:?}"),
                Err(error) => {
                    errors += 1;
                    println!("{number}: {fault:?}: {error}");
                }
            }
        }
        assert_eq!(errors, 0, "one fault at a time is repaired");
    }

    /// A device that hurts every transaction.
    struct Hurt<F>(Spi, F);

    impl<F> ErrorType for Hurt<F> {
        type Error = NoError;
    }

    impl<F: FnMut() -> Option<Fault>> SpiDevice for Hurt<F> {
        fn transaction(&mut self, operations: &mut [Operation<'_, u8>]) -> Result<(), NoError> {
            if let Some(fault) = (self.1)() {
                self.0.inject(fault);
            }
            self.0.transaction(operations)
        }
    }

    /// A wire that is bad for good ends in an error that says so.
    pub(super) fn broken() {
        let always = |fault: Fault| Unit::new(Hurt(Spi::new(), move || Some(fault))).err();
        assert_eq!(always(Fault::FlipFromUnit(8 * 14 + 3)), Some(UnitError::NoUnit(0x3152_4745 ^ 0x10)));
        assert_eq!(always(Fault::FlipFromUnit(8 * 33)), Some(UnitError::Checksum));
        assert!(matches!(always(Fault::Cut(50)), Some(UnitError::NoUnit(u32::MAX))));
        // Every product's settings arrive damaged.
        let on = std::cell::Cell::new(false);
        let mut unit = Unit::new(Hurt(Spi::new(), || on.get().then_some(Fault::FlipToUnit(8 * 30)))).unwrap();
        let matrix = unit.place(0, 2, 2).unwrap();
        unit.load(matrix, &[1, 2, 3, 4]).unwrap();
        on.set(true);
        let refused = unit.run(&Asked { matrix, input: &[1, 1], members: Members::Base });
        assert_eq!(refused, Err(UnitError::Refused(Refusal(1))));
        println!("{}", refused.unwrap_err());
    }

    /// Wires without a unit.
    struct Stuck(u8);

    impl ErrorType for Stuck {
        type Error = NoError;
    }

    impl SpiDevice for Stuck {
        fn transaction(&mut self, operations: &mut [Operation<'_, u8>]) -> Result<(), NoError> {
            for operation in operations {
                if let Operation::Read(bytes) = operation {
                    bytes.fill(self.0);
                }
            }
            Ok(())
        }
    }

    pub(super) fn absent() {
        for level in [0, 0xFF] {
            let error = Unit::new(Stuck(level)).err().unwrap();
            assert_eq!(error, UnitError::NoUnit(u32::from_le_bytes([level; 4])));
            println!("{error}");
        }
    }

    pub(super) fn limits() {
        let mut unit = Unit::new(Spi::new()).unwrap();
        assert_eq!(unit.place(0, 257, 1), None);
        assert_eq!(unit.place(0, 1, 257), None);
        assert_eq!(unit.place((128 << 10) - 8, 2, 8), None);
        let matrix = unit.place((128 << 10) - 16, 2, 8).unwrap();
        assert_eq!(matrix.end(), 128 << 10);
        assert_eq!(unit.load(matrix, &[1; 15]), Err(UnitError::TooLarge));
        assert_eq!(unit.load(matrix, &[i8::MIN; 16]), Err(UnitError::Refused(Refusal(0x20))));
        unit.load(matrix, &[16; 16]).unwrap();
        let plain = |input| Asked { matrix, input, members: Members::Base };
        assert_eq!(unit.run(&plain(&[1; 7])), Err(UnitError::TooLarge));
        assert_eq!(unit.run(&plain(&[i8::MIN; 8])), Err(UnitError::Refused(Refusal(0x20))));
        let mut y = [0; 2];
        unit.run(&plain(&[2; 8])).unwrap();
        unit.output(0, &mut y).unwrap();
        assert_eq!(y, [8; 2]);
        // A unit that was reset has no weights: nobody goes on as if it had.
        unit.device().reset();
        assert_eq!(unit.output(0, &mut y), Err(UnitError::Lost));
        assert_eq!(unit.run(&plain(&[2; 8])), Err(UnitError::Lost));
        assert_eq!(unit.load(matrix, &[16; 16]), Err(UnitError::Lost));
    }

    /// Frames by hand: what is sent, and the faults that a status then names.
    pub(super) fn frames() {
        let mut spi = Spi::new();
        let crc = |bytes: &[u8]| eggroll_firmware::wire::checksum_of(bytes).to_le_bytes();
        let head = |command: u8, len: u16, at: u32| {
            let mut frame = vec![command, 0];
            frame.extend(len.to_le_bytes());
            frame.extend(at.to_le_bytes());
            frame.extend(crc(&frame));
            frame
        };
        let faults = |spi: &mut Spi| {
            let mut answer = [0; 10];
            let frame = head(1, 4, 0x10);
            spi.transaction(&mut [Operation::Write(&frame), Operation::Read(&mut answer)]).unwrap();
            assert_eq!(crc(&answer[1..6]), answer[6..], "{answer:?}");
            spi.write(&head(5, 0, 0)).unwrap();
            answer[3]
        };
        assert_eq!(faults(&mut spi), 0x80, "was reset");
        assert_eq!(faults(&mut spi), 0);
        let mut bad = head(1, 4, 0x10);
        bad[11] ^= 1;
        let whole = [head(2, 4, 0x8000_0000), vec![1, 2, 3, 4], crc(&[1, 2, 3, 4]).to_vec()].concat();
        let mut payload = whole.clone();
        payload[13] ^= 4;
        for (frame, expected, why) in [
            (&bad[..], 1, "a header's checksum"),
            (&payload, 1, "a payload's checksum"),
            (&whole[..11], 2, "cut in the header"),
            (&whole[..14], 2, "cut in the payload"),
            (&whole[..19], 2, "cut in the checksum"),
            (&head(2, 0, 0x8000_0000), 2, "nothing to write"),
            (&head(9, 0, 0), 4, "no such command"),
            (&head(3, 0, 0), 8, "a run without settings"),
            (&whole, 0, "nothing wrong"),
        ] {
            spi.write(frame).unwrap();
            assert_eq!(faults(&mut spi), expected, "{why}");
        }
        // An answer that is not read to its end.
        let mut some = [0; 3];
        spi.transaction(&mut [Operation::Write(&head(1, 4, 0x10)), Operation::Read(&mut some)]).unwrap();
        assert_eq!(faults(&mut spi), 2);
        // Chip select alone is no frame.
        spi.transaction(&mut []).unwrap();
        assert_eq!(faults(&mut spi), 0);
    }
}

simulated! {
    products_over_spi_equal_the_kernels: body::products();
    gaps_between_frames_are_the_drivers: body::gaps();
    a_fault_on_the_wire_changes_no_value: body::faults();
    a_broken_wire_is_an_error: body::broken();
    no_unit_is_an_error: body::absent();
    limits_and_resets_are_errors: body::limits();
    frames_that_are_wrong_are_named: body::frames();
}
