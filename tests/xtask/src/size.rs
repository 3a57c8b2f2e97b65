//! `cargo xtask size`: what a board's memory holds.

use crate::boards::{self, Board};
use crate::cross::Via;
use crate::image::{Image, Size};
use anyhow::{Result, anyhow, bail};
use eggroll_firmware::Error;
use eggroll_firmware::estimator::guided::Guided;
use eggroll_firmware::estimator::node::Node;
use eggroll_firmware::model::{Description, LayerSet};
use eggroll_firmware::task::SampleStore;
use eggroll_firmware::train::{Estimator, Learner, Plan, Run, TaskKind};
use eggroll_firmware::update::Optimizer;

/// Samples of the digits that train, beside those held out.
const SAMPLES: u32 = 1293;
/// The default estimator of a run on data.
const GUIDED: Guided = Guided {
    node: Node { slots: 4, members: 2, amplitude: 8, clip: 127, skip: Some(1), antithetic: false },
    member_slots: 1,
    residual_weight: 0,
    guide_scale: 256,
    train: LayerSet::ALL,
};

/// Build the boards' firmware, and say what it takes and what is left
///
/// From the linked images: flash, RAM of statics, room for the stack and a bound on what it takes, the arena,
/// and the largest n of a model 64-n-10 that trains on the digits with a guide and 4 slots of 2 members, with
/// and without an update of its own. Boards whose package has features that change what they do are there
/// once more with each: `pico` with `fpga`. The applications follow. The bound adds up the frames of the
/// deepest chain of calls and all interrupt handlers; it assumes that no function is on the stack twice. The
/// exit code is 1 if a bound is above the room.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Which boards [default: all]
    pub(crate) boards: Vec<String>,
    /// Which ways of cross-compiling may be used
    #[arg(long, value_enum, default_value_t = Via::Auto)]
    pub(crate) via: Via,
    /// Also print the deepest chain of calls of each board, and the bytes of each frame
    #[arg(long)]
    pub(crate) chain: bool,
}

/// Builds the boards and prints the table.
pub(crate) fn run(args: &Args) -> Result<()> {
    let boards = boards::chosen(&args.boards)?;
    println!(
        "| board | flash | statics | stack | bound on it | frame buffers | arena | samples in | n, own update | n, without |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    let mut notes = Vec::new();
    let boards: Vec<Board> = boards.into_iter().flat_map(Board::variants).collect();
    for board in &boards {
        board.build(args.via)?;
        notes.push(row(board)?);
    }
    println!("\nbytes; n: the largest 64-n-10 on {SAMPLES} digits, a guide, 4 slots of 2 members");
    notes.iter().for_each(|(note, _)| println!("{note}"));
    if args.chain {
        boards.iter().try_for_each(print_chain)?;
    }
    print_slots()?;
    if args.boards.is_empty() {
        notes.extend(print_applications(args.via)?);
    }
    if let Some((note, _)) = notes.iter().find(|(_, fits)| !fits) {
        bail!("the bound is above the room for the stack: {note}");
    }
    Ok(())
}

/// Builds the applications and prints their table. Returns what [`row`] does.
fn print_applications(via: Via) -> Result<Vec<(String, bool)>> {
    println!("\n| application | flash | statics | stack | bound on it |\n|---|---|---|---|---|");
    let mut notes = Vec::new();
    for application in boards::applications()? {
        application.build(via)?;
        let image = Image::read(&application.image())?;
        let (size, bound) = (image.size()?, image.stack()?);
        let Size { flash, statics, stack, .. } = size;
        println!("| `{}` | {flash} | {statics} | {stack} | {} |", application.name, bound.bytes);
        notes.push((application.label(), bound.bytes <= stack));
    }
    Ok(notes)
}

/// Prints what a board that updates itself keeps of a slot of some models until the end of a generation.
fn print_slots() -> Result<()> {
    println!("\nWhat a board that updates itself keeps of a run, in bytes:\n");
    println!("| model | weights | residuals | guide | a slot | the same without a guide, 8 members |");
    println!("|---|---|---|---|---|---|");
    for sizes in [&[64, 32, 10][..], &[64, 64, 10], &[64, 64, 64, 10], &[784, 64, 10]] {
        let plan = |estimator| {
            let model = Description::mlp(sizes, false)?;
            Plan::new(Run { estimator, ..of(model) }, true)
        };
        let node = Node { slots: 4, members: 8, amplitude: 4, clip: 7, skip: Some(1), antithetic: false };
        let plans =
            plan(Estimator::Guided(GUIDED)).and_then(|guided| Ok((guided, plan(Estimator::Node(node))?)));
        let (guided, plain) = plans.map_err(|error| anyhow!("{error}"))?;
        let name = sizes.iter().map(u32::to_string).collect::<Vec<_>>().join("-");
        let weights = guided.program().parameters();
        println!(
            "| {name} | {weights} | {} | {} | {} | {} |",
            2 * weights,
            guided.guide_bytes(),
            guided.bytes_a_slot(),
            plain.bytes_a_slot()
        );
    }
    Ok(())
}

/// Prints the frames along the deepest chain of calls of a board that is built.
fn print_chain(board: &Board) -> Result<()> {
    let image = Image::read(&board.image())?;
    println!("\n{}, bytes of each frame along the deepest chain of calls:", board.label());
    for (address, frame) in image.stack()?.chain {
        println!("{frame:>6} {}", image.function(address)?);
    }
    Ok(())
}

/// Prints a board's row. Returns what else there is to say, and whether its stack has room.
fn row(board: &Board) -> Result<(String, bool)> {
    let image = Image::read(&board.image())?;
    let (size, bound) = (image.size()?, image.stack()?);
    let Size { flash, statics, stack, frame, samples, .. } = size;
    let arena = arena(&size);
    let [with, without] = [true, false].map(|updates| largest(arena, samples, updates));
    let place = if samples > 0 { format!("flash, {samples}") } else { "the arena".to_owned() };
    println!(
        "| `{}` | {flash} | {statics} | {stack} | {} | {} | {arena} | {place} | {with} | {without} |",
        board.label(),
        bound.bytes,
        2 * frame,
    );
    let note = format!(
        "{}: {} bytes of the bound are interrupt handlers; {} calls through registers; {} functions in circles",
        board.label(),
        bound.handlers,
        bound.indirect,
        bound.circular
    );
    Ok((note, bound.bytes <= stack))
}

/// Bytes for a run, as the board itself divides its memory.
fn arena(size: &Size) -> u64 {
    let buffers = 2 * size.frame.next_multiple_of(8);
    size.arena.saturating_sub(buffers) & !7
}

/// Room for samples, for its size alone.
struct Room(usize);

impl SampleStore for Room {
    fn capacity(&self) -> usize {
        self.0
    }

    fn bytes(&self) -> &[u8] {
        &[]
    }

    fn erase(&mut self, _: usize) -> Result<(), Error> {
        Err(Error::Store)
    }

    fn write(&mut self, _: usize, _: &[u8]) -> Result<(), Error> {
        Err(Error::Store)
    }
}

/// The most hidden neurons of a model that a board with so much memory trains; 0 if none.
fn largest(arena: u64, samples: u64, updates: bool) -> u32 {
    let fits = |hidden: u32| {
        let learner = Learner::with_store(vec![0; (arena / 8) as usize], Room(samples as usize));
        let run = Description::mlp(&[64, hidden, 10], false).map(of);
        run.and_then(|run| { learner }.configure(run, updates)).is_ok()
    };
    let (mut fit, mut over) = (0u32, 65_536);
    while over - fit > 1 {
        let middle = fit.midpoint(over);
        if fits(middle) { fit = middle } else { over = middle }
    }
    fit
}

fn of(model: Description) -> Run {
    let estimator = Estimator::Guided(GUIDED);
    let task = TaskKind::Samples { count: SAMPLES };
    Run { seed: 1, model, task, estimator, optimizer: Optimizer::Residual, saturation: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_that_fits_by_a_byte() {
        let samples = u64::from(SAMPLES) * 65;
        let least = |hidden, updates| {
            let run = of(Description::mlp(&[64, hidden, 10], false).unwrap());
            Learner::with_store(vec![0; 1 << 16], Room(samples as usize)).configure(run, updates).unwrap()
        };
        for updates in [true, false] {
            let needs = least(32, updates);
            assert_eq!(largest(needs, samples, updates), 32);
            assert!(largest(needs - 8, samples, updates) < 32);
            assert_eq!(largest(needs, samples - 1, updates), 0, "no room for the samples");
        }
        assert!(least(32, true) > least(32, false));
    }
}
