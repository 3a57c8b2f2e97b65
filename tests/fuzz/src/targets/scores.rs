use crate::memory;
use arbitrary::{Result, Unstructured};
use core::num::NonZeroU32;
use eggroll_firmware::Error;
use eggroll_firmware::estimator::scores::{Packer, Scores, Shape};

const ROOM: usize = 4096;

/// Packed scores: any bytes are refused or the one packed form of what they hold; what is packed comes back;
/// lengths are those stated. No heap is used.
pub fn scores(data: &[u8]) {
    let mut u = Unstructured::new(data);
    memory::within(0, || {
        let _ = one(&mut u);
    });
}

fn one(u: &mut Unstructured<'_>) -> Result<()> {
    let values = if u.arbitrary()? { u.int_in_range(1..=6)? } else { u.int_in_range(1..=256)? };
    let clip = if u.arbitrary()? { *u.choose(&[1, 2, 3, 7, 127])? } else { u.int_in_range(1..=i16::MAX)? };
    let shape = Shape::new(values, clip, u.arbitrary()?);
    let every = if u.arbitrary()? { u.int_in_range(1..=9)? } else { 1 };
    let shape = shape.every(NonZeroU32::new(every).unwrap_or(NonZeroU32::MIN)).from(u.arbitrary()?);
    let units = u.int_in_range(0..=ROOM / (3 * values as usize))?.min(40);
    let room = u.int_in_range(0..=ROOM)?;
    let most = shape.units_within(room, 1 << 20);
    assert!(shape.room(most) <= room || most == 0);
    assert!(most == 1 << 20 || shape.room(most + 1) > room);
    let mut packed = [0xA5; ROOM];
    if u.arbitrary()? {
        read(shape, units, u.bytes(u.len())?, &mut packed);
    } else {
        write(shape, units, u, &mut packed)?;
    }
    Ok(())
}

/// Reads any bytes.
fn read(shape: Shape, units: usize, bytes: &[u8], packed: &mut [u8]) {
    let scores = match Scores::new(shape, units, bytes) {
        Ok(scores) => scores,
        Err(error) => return assert_eq!(error, Error::BadScores),
    };
    assert_eq!((scores.units(), scores.flags().count()), (units, units));
    assert_eq!(scores.flags().filter(|&kept| kept).count(), scores.kept());
    let mut values = scores.values();
    let Ok(mut packer) = Packer::new(shape, units, packed) else { panic!("too large") };
    for (unit, kept) in scores.flags().enumerate() {
        if !kept {
            packer.skip();
            continue;
        }
        packer.keep();
        for f in values.by_ref().take(shape.values_of(unit) as usize) {
            assert!((-shape.clip..=shape.clip).contains(&f));
            packer.push(f);
        }
    }
    assert_eq!(values.next(), None);
    let len = packer.finish();
    assert_eq!(&packed[..len], bytes);
}

/// Writes any values.
fn write(shape: Shape, units: usize, u: &mut Unstructured<'_>, packed: &mut [u8]) -> Result<()> {
    let room = if u.ratio(1, 8)? { u.int_in_range(0..=64)? } else { packed.len() };
    let (mut flags, mut values, mut pushed) = ([false; 40], [0; ROOM], 0);
    let mut packer = match Packer::new(shape, units, &mut packed[..room]) {
        Ok(packer) => packer,
        Err(error) => {
            let needs = shape.room(units);
            assert!(needs > room);
            assert_eq!(error, Error::FrameTooSmall { needs: needs as u32, has: room as u32 });
            return Ok(());
        }
    };
    for (unit, flag) in flags[..units].iter_mut().enumerate() {
        *flag = !shape.skippable || u.arbitrary()?;
        if !*flag {
            packer.skip();
            continue;
        }
        packer.keep();
        for _ in 0..shape.values_of(unit) {
            let f: i16 = u.arbitrary()?;
            packer.push(f);
            values[pushed] = f.clamp(-shape.clip, shape.clip);
            pushed += 1;
        }
    }
    let len = packer.finish();
    let scores = match Scores::new(shape, units, &packed[..len]) {
        Ok(scores) => scores,
        Err(error) => panic!("{error}"),
    };
    assert!(scores.flags().eq(flags[..units].iter().copied()));
    assert!(scores.values().eq(values[..pushed].iter().copied()));
    Ok(())
}
