use crate::memory;
use eggroll_firmware::model::Description;
use eggroll_firmware::train::{Plan, Run, TaskKind};
use eggroll_host::run::journal::{JournalReader, MAGIC, frame};
use eggroll_host::run::{Answered, Identity, Rates, Record, Schedule};
use std::io::Cursor;
use std::path::Path;

/// A journal's bytes as they are, or bodies put into whole records: reading ends, what counts and what is
/// lost make up the file, what counts reads the same alone, records come back as they were written.
///
/// Heap: 4 KiB, and 8 bytes for each of the file: a claimed length costs nothing.
pub fn journal(data: &[u8]) {
    let Some((&mode, rest)) = data.split_first() else { return };
    let file = if mode % 2 == 0 { rest.to_vec() } else { sealed(rest) };
    let _ = read(&file, mode & 2 != 0);
}

fn open(file: Vec<u8>, len: u64) -> Option<JournalReader> {
    JournalReader::new(Path::new("journal"), Cursor::new(file), len).ok()
}

/// Reads a file; returns the bytes of its whole records, encoded anew. `short`: the file has lost its end
/// since its length was taken.
fn read(file: &[u8], short: bool) -> Option<Vec<Vec<u8>>> {
    let copy = file.to_vec();
    let len = file.len() as u64 + if short { 64 } else { 0 };
    let mut reader = open(copy, len)?;
    let mut records = Vec::new();
    let mut position = reader.position();
    while let Some(record) = memory::within((4 << 10) + 8 * file.len(), || reader.next_record()) {
        assert!(reader.position() >= position + 9);
        position = reader.position();
        check(&record);
        records.push(encode(&record));
    }
    assert_eq!(reader.position(), position);
    assert!(position <= file.len() as u64);
    match reader.damage() {
        Some(damage) => assert_eq!((damage.at, damage.at + damage.lost), (position, len)),
        None => assert_eq!(position, len),
    }
    let whole = &file[..position as usize];
    let mut again = open(whole.to_vec(), position)?;
    for expected in &records {
        assert_eq!(again.next_record().map(|record| encode(&record)).as_ref(), Some(expected));
    }
    assert!(again.next_record().is_none() && again.damage().is_none());
    Some(records)
}

fn encode(record: &Record) -> Vec<u8> {
    let body = postcard::to_stdvec(record).expect("a record has a form");
    assert_eq!(postcard::from_bytes::<Record>(&body).as_ref(), Ok(record));
    frame(&body)
}

/// What a reader of a journal does with a record must not panic either.
fn check(record: &Record) {
    if let Record::Length { rates, .. } = record {
        let _ = [0, 1, u32::MAX].map(|generation| rates.at(generation));
    }
    if let Record::Start { run, rates, .. } = record {
        for generation in [0, 1, 2, 1000, u32::MAX] {
            let _ = rates.at(generation);
        }
        let _ = Plan::new(run.clone(), true).map(|plan| plan.needs());
    }
}

/// Bodies, each behind a byte for its length, as a journal.
fn sealed(mut rest: &[u8]) -> Vec<u8> {
    let mut file = MAGIC.to_vec();
    while let Some((&len, after)) = rest.split_first() {
        let (body, after) = after.split_at(usize::from(len).min(after.len()));
        file.extend(frame(body));
        rest = after;
    }
    file
}

fn identity(run: &Run) -> Identity {
    Identity::new(run, Schedule::Q(3), 10, &[], &[], None)
}

/// Journals of a few generations, and their bodies.
pub(super) fn seeds() -> Vec<Vec<u8>> {
    let runs = crate::generate::example_runs().into_iter().map(|(estimator, optimizer)| Run {
        seed: 3,
        model: Description::mlp(&[4, 3, 2], true).expect("a model"),
        task: TaskKind::Samples { count: 9 },
        estimator,
        optimizer,
        saturation: false,
    });
    let rates = [
        Rates::Linear { initial: 26_214, generations: 10 },
        Rates::Steps(vec![(1, 3), (5, 4)]),
        Rates::Steps(Vec::new()),
    ];
    let mut seeds = Vec::new();
    for (place, run) in runs.enumerate() {
        let config = "version = 1\nseed = 3\n".to_owned();
        let mut records =
            vec![Record::Start { config, identity: identity(&run), run, rates: rates[place % 3].clone() }];
        records.extend((1..4u32).map(|number| Record::Generation {
            number,
            scores: vec![number as u8 * 17; 3 + place],
            checksum: number * 77_777_777,
            answers: vec![Answered { board: 0, first: 0, count: number }],
        }));
        records.insert(1, Record::Board { name: "sim-0".to_owned() });
        records.push(Record::Expelled { board: 0 });
        records.push(Record::Rollback { to: 2 });
        records.push(Record::Length { after: 2, generations: 20, rates: rates[place % 3].clone() });
        let bodies: Vec<Vec<u8>> =
            records.iter().map(|record| postcard::to_stdvec(record).expect("a record has a form")).collect();
        let whole: Vec<u8> = bodies.iter().flat_map(|body| frame(body)).collect();
        seeds.push([&[0], &MAGIC[..], &whole].concat());
        seeds.push([&[2], &MAGIC[..], &whole].concat());
        let lengths = bodies.iter().flat_map(|body| [&[body.len() as u8], &body[..]].concat());
        seeds.push(std::iter::once(1).chain(lengths).collect());
    }
    seeds
}
