use super::*;
use crate::evaluate::ReferenceEvaluator;
use crate::fleet::link::Timing;
use crate::run::{Identity, Schedule};
use crate::update::{Replica, Sync};
use eggroll_firmware::estimator::node::Node;
use eggroll_firmware::model::Description;
use eggroll_firmware::runtime::{Board, Server};
use eggroll_firmware::train::{Estimator, Run, TaskKind};
use eggroll_firmware::update::Optimizer;
use eggroll_firmware::wire::{self, Answer, Features, Received, Receiver, Reply};
use embedded_io_adapters::std::FromStd;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

const FRAME: usize = 1024;

fn setup() -> Arc<Setup> {
    let node = Node { slots: 2, members: 2, amplitude: 4, clip: 7, skip: None, antithetic: false };
    let run = Run {
        seed: 1,
        model: Description::mlp(&[2, 2], false).unwrap(),
        task: TaskKind::Samples { count: 3 },
        estimator: Estimator::Node(node),
        optimizer: Optimizer::Residual,
        saturation: false,
    };
    let (samples, text) = (vec![5, 250, 0, 90, 7, 1, 200, 100, 1], Arc::from([]));
    let identity = Identity::new(&run, Schedule::Q(0), 1, &samples, &text, None);
    Arc::new(Setup {
        run,
        samples,
        text,
        start: None,
        identity,
        sync: Sync::default(),
        own: None,
        holds_text: false,
    })
}

/// A board that claims to hold the samples of every run, as one with a defective check of its flash would.
fn claims_samples() -> Link {
    let (host, board) = tokio::io::duplex(1 << 16);
    tokio::spawn(serve(board));
    let (reader, writer) = tokio::io::split(host);
    let (reader, writer) = (Box::new(reader), Box::new(writer));
    let timing = Timing { reply: Duration::from_secs(10), attempts: 30 };
    Link { name: "claims".to_owned(), reader, writer, timing }
}

async fn serve(mut stream: DuplexStream) {
    let [request, reply] = [(); 2].map(|()| &mut *Box::leak(vec![0; FRAME].into_boxed_slice()));
    let board = Board { name: "claims", core: "none", features: Features::default() };
    let mut server = Server::new(board, vec![0; 4096].into_boxed_slice(), request, reply);
    let (mut replies, mut chunk) = (Receiver::new(vec![0; FRAME]), [0; FRAME]);
    while let Ok(read @ 1..) = stream.read(&mut chunk).await {
        let mut written = Vec::new();
        server.receive(&chunk[..read], &mut FromStd::new(&mut written)).unwrap();
        let mut rest = &written[..];
        while !rest.is_empty() {
            let Received::Frame(frame) = replies.push(&mut rest) else { continue };
            let mut reply: Reply<'_> = wire::decode(frame).unwrap();
            if let Answer::Configured { samples, .. } = &mut reply.answer {
                *samples = true;
            }
            let mut room = [0; FRAME];
            let frame = wire::encode(&reply, &mut room).unwrap();
            if stream.write_all(frame).await.is_err() {
                return;
            }
        }
    }
}

#[tokio::test]
async fn samples_are_uploaded_to_a_board_that_claims_to_hold_them_and_holds_others() {
    let setup = setup();
    let traffic = Arc::new(Traffic::default());
    let board =
        BoardEvaluator::connect(claims_samples(), Arc::clone(&traffic), Arc::default()).await.unwrap();
    board.configure(Arc::clone(&setup)).await.unwrap();
    let generation = Replica::new(&setup).unwrap().next_generation();
    let scores = board.evaluate(&generation, 0..2).await.unwrap();
    let mut reference = ReferenceEvaluator::new(&setup).unwrap();
    let right = reference.scores(generation.number, &generation.weights, &generation.feed, 0..2).unwrap();
    assert_eq!(scores, right);
    assert_eq!(traffic.resyncs.load(Ordering::Relaxed), 1, "the first refusal was enough");
}

#[tokio::test]
async fn such_a_board_trains_alone_as_well() {
    let setup = setup();
    let board = BoardEvaluator::connect(claims_samples(), Arc::default(), Arc::default()).await.unwrap();
    board.configure(Arc::clone(&setup)).await.unwrap();
    assert!(board.trains_alone());
    let generation = Replica::new(&setup).unwrap().next_generation();
    let pace = Pace::Constant(1 << 12);
    // The first call finds that the samples differ, and uploads them.
    assert_eq!(board.train(&generation, 3, pace).await, Ok(Vec::new()));
    let reports = board.train(&generation, 3, pace).await.unwrap();
    assert_eq!(reports.iter().map(|report| report.count).sum::<u32>(), 3);
}
