//! Who may not take part, or says what cannot be understood, is refused or bounded, and the run goes on.

use super::server::Server;
use super::wire::{Stranger, agent};
use super::{Lab, Process, RUN, alone};
use crate::common::{command, folder, host};
use async_nats::{ConnectOptions, Event};
use bytes::Bytes;
use serde_json::json;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[test]
fn an_agent_that_never_answers_delays_nothing_for_ever() {
    let Some(lab) = Lab::open() else { return };
    let one = alone(&lab.folder);
    let silent = |client| async move { agent(client, "silent", |_| None).await };
    let _silent = Stranger::start(&lab.server.url(), silent);
    let _a = lab.agent("a", 1);
    let mut run = lab.coordinator("run", "");
    assert_eq!(lab.ended("run", &mut run)["weights_sha256"], one);
}

#[test]
fn messages_that_nobody_can_read_are_passed_over() {
    let Some(lab) = Lab::open() else { return };
    let one = alone(&lab.folder);
    let _a = lab.agent("a", 2);
    let noise = |client: async_nats::Client| async move {
        let sizes = [0usize, 1, 7, 1000, 100_000, 1, 30, 900_000];
        for round in 0.. {
            let size = sizes[round % sizes.len()];
            let garbage = Bytes::from((0..size).map(|at| (at * 31 + round) as u8).collect::<Vec<_>>());
            for subject in [
                "egg.hello.noise",
                "egg.need.noise",
                "egg.hello.a.b",
                "egg.hello.",
                "egg.ping",
                "egg.to.a.work",
                "egg.to.a.journal",
                "egg.to.a.invitation",
                "egg.to.a.blob",
                "egg.to.a.over",
            ] {
                let _ = client.publish(subject, garbage.clone()).await;
            }
            let run = "0000000000000000";
            let _ = client.publish(format!("egg.score.{run}.a"), garbage.clone()).await;
            let _ = client.flush().await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let _noise = Stranger::start(&lab.server.url(), noise);
    let mut run = lab.coordinator("run", "");
    assert_eq!(lab.ended("run", &mut run)["weights_sha256"], one);
    let err = lab.text("run.err");
    assert_eq!(err.matches("cannot be read").count(), 1, "told once: {err}");
    assert!(lab.text("a.err").lines().count() < 10, "{}", lab.text("a.err"));
}

#[test]
fn a_server_that_cannot_have_a_lab_says_so() {
    let folder = folder();
    let small = "max_payload: 64KB";
    let Some(server) = Server::start(&folder, small) else { return };
    host(&folder, &format!("{RUN} --boards {} --run run", server.url())).refused(&["max_payload", "262144"]);
    drop(server);
    // The last setting of a name counts.
    let Some(server) = Server::start(&folder, "jetstream: disabled") else { return };
    host(&folder, &format!("{RUN} --boards {} --run run", server.url())).refused(&["JetStream", "-js"]);
    assert!(!folder.join("run").exists());
}

#[test]
fn a_key_is_a_user() {
    let folder = folder();
    // A key of this test alone.
    let users =
        "authorization { users: [{ nkey: UB6JIDHMCS4ODBCPQXOYE4BIHSRCRT4QY6DMK6PFLF7NHBUL7DCVOTBB }] }";
    let Some(server) = Server::start(&folder, users) else { return };
    let one = alone(&folder);
    let seed = "SUAK6Q22RUTASIBTARSSQNSAPPP2EZOGDVVTJG4OQQQLKGLWQK7OSSFC3U";
    std::fs::write(folder.join("user.nk"), format!("{seed}\n")).unwrap();
    std::fs::write(folder.join("other.nk"), "no seed").unwrap();
    let text = format!("{RUN} --boards {} --run run --patience 120", server.url());
    host(&folder, &format!("{text} --nats-nkey other.nk")).refused(&["nats://127.0.0.1", "--nats-nkey"]);
    let agent = format!("agent --join {} --boards sim:1 --name a --nats-nkey user.nk", server.url());
    let _a = Process::start(&mut command(&folder, agent.split_whitespace()), &folder, "a");
    let summary = host(&folder, &format!("{text} --nats-nkey user.nk")).ok().json();
    assert_eq!(summary["weights_sha256"], one);
}

#[test]
fn wrong_credentials_are_refused() {
    let folder = folder();
    let users =
        "authorization { users: [{ user: coordinator, password: zebra9 }, { user: a, password: good }] }";
    let Some(server) = Server::start(&folder, users) else { return };
    let one = alone(&folder);
    for url in [server.url(), server.url_of("coordinator:wrong"), server.url_of("token")] {
        let said = host(&folder, &format!("{RUN} --boards {url} --run run"))
            .refused(&["authorization", "--nats-creds"]);
        assert!(!said.contains("wrong"), "{said}");
        let ended = host(&folder, &format!("agent --join {url} --boards sim:1 --name a"));
        assert_eq!(ended.status.code(), Some(1), "{}", ended.err);
        assert!(ended.err.contains("authorization") && !ended.err.contains("wrong"), "{}", ended.err);
    }
    assert!(!folder.join("run").exists());
    // What is wrong with an address is told without its password.
    let odd =
        host(&folder, "--boards nats://me:zebra9@127.0.0.1:0").refused_with(2, &["nats://me@127.0.0.1:0"]);
    assert!(!odd.contains("zebra9"), "{odd}");
    for (flag, file, words) in [
        ("--nats-creds", "missing.creds", "missing.creds"),
        ("--nats-nkey", "missing.nk", "missing.nk"),
        ("--nats-ca", "missing.pem", "missing.pem"),
    ] {
        let text = format!("{RUN} --boards {} --run run {flag} {file}", server.url());
        host(&folder, &text).refused(&[words]);
    }
    let text = format!("agent --join {} --boards sim:1 --name a", server.url_of("a:good"));
    let _a = Process::start(&mut command(&folder, text.split_whitespace()), &folder, "a");
    let text = format!("{RUN} --boards {} --run run --patience 120", server.url_of("coordinator:zebra9"));
    assert_eq!(host(&folder, &text).ok().json()["weights_sha256"], one);
    // A password is in no file of the run.
    for (file, bytes) in crate::common::files(&folder.join("run")) {
        assert!(!bytes.windows(6).any(|part| part == b"zebra9"), "{}", file.display());
    }
}

/// Makes a certificate for 127.0.0.1 that signs itself; `false` where there is no openssl.
fn certificate(folder: &Path) -> bool {
    let mut command = Command::new("openssl");
    command.args([
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "30",
    ]);
    command.args(["-subj", "/CN=lab", "-addext", "subjectAltName=IP:127.0.0.1"]);
    command.args(["-addext", "basicConstraints=critical,CA:FALSE"]);
    command.arg("-keyout").arg(folder.join("key.pem")).arg("-out").arg(folder.join("cert.pem"));
    command.output().is_ok_and(|output| output.status.success())
}

#[test]
fn tls_is_used_and_demanded() {
    let folder = folder();
    if !certificate(&folder) {
        println!("skipped: there is no openssl to make a certificate with");
        return;
    }
    let tls = format!(
        "tls {{ cert_file: \"{0}/cert.pem\", key_file: \"{0}/key.pem\", timeout: 5 }}",
        folder.display()
    );
    let Some(server) = Server::start(&folder, &tls) else { return };
    let one = alone(&folder);
    // The server's certificate is nobody's that this machine knows.
    let unknown = host(&folder, &format!("{RUN} --boards {} --run run", server.url()));
    unknown.refused(&["--nats-ca"]);
    assert!(!folder.join("run").exists());
    let url = server.url().replace("nats://", "tls://");
    let text = format!("agent --join {url} --boards sim:1 --name a --nats-ca cert.pem");
    let _a = Process::start(&mut command(&folder, text.split_whitespace()), &folder, "a");
    let text = format!("{RUN} --boards {url} --run run --patience 120 --nats-ca cert.pem");
    assert_eq!(host(&folder, &text).ok().json()["weights_sha256"], one);
    // A server without TLS is not talked to where TLS is demanded.
    let plain = crate::common::folder();
    let Some(server) = Server::start(&plain, "") else { return };
    let url = server.url().replace("nats://", "tls://");
    host(&plain, &format!("{RUN} --boards {url} --run run")).refused(&["tls://127.0.0.1"]);
}

#[test]
fn an_account_keeps_agents_in_their_place() {
    let folder = folder();
    let conf = include_str!("../../../../lab/lab.conf");
    // Of the file that users copy, all but the port is used.
    let accounts = &conf[conf.find("accounts").unwrap()..];
    let accounts = accounts
        .replace("$LAB_COORDINATOR", "one")
        .replace("$LAB_DESK_1", "two")
        .replace("$LAB_DESK_2", "three");
    let Some(server) = Server::start(&folder, &accounts) else { return };
    let one = alone(&folder);
    let text = format!("agent --join {} --boards sim:1 --name desk-1 --delay 3", server.url_of("desk-1:two"));
    let _agent = Process::start(&mut command(&folder, text.split_whitespace()), &folder, "desk-1");
    let text = format!("{RUN} --boards {} --run run --patience 120", server.url_of("coordinator:one"));
    let mut run = Process::start(&mut command(&folder, text.split_whitespace()), &folder, "run");
    let journal = folder.join("run/journal");
    while !std::fs::metadata(&journal).is_ok_and(|journal| journal.len() > super::SOME) {
        assert!(!run.is_over(), "{}", std::fs::read_to_string(folder.join("run.err")).unwrap());
        std::thread::sleep(Duration::from_millis(20));
    }
    let status = host(&folder, &format!("status {} --json", server.url_of("coordinator:one"))).ok().json();
    let name = status["runs"][0]["run"].as_str().unwrap().to_owned();
    let violations = forbidden(&server, &name);
    assert!(run.ends().success(), "{}", std::fs::read_to_string(folder.join("run.err")).unwrap());
    let out = std::fs::read_to_string(folder.join("run.out")).unwrap();
    let summary: serde_json::Value = serde_json::from_str(out.trim()).unwrap();
    assert_eq!(summary["weights_sha256"], one);
    assert_eq!(summary["boards_lost"], json!(0), "no agent disturbed another: {summary}");
    for subject in [
        "egg.journal.",
        "egg.lead",
        "$JS.API.STREAM.MSG.GET.EGG_J_",
        "$JS.API.CONSUMER.CREATE.EGG_J_",
        "$JS.API.STREAM.LIST",
        "$O.EGG.C.",
        "egg.score.",
        "egg.hello.desk-1",
        "egg.to.desk-1",
        "$JS.ACK.",
        "egg.work.",
    ] {
        assert!(
            violations.iter().any(|line| line.to_lowercase().contains(&subject.to_lowercase())),
            "{subject}: {violations:#?}"
        );
    }
    // A name that is not the user's.
    let text = format!("agent --join {} --boards sim:1 --name other", server.url_of("desk-2:three"));
    let mut other = Process::start(&mut command(&folder, text.split_whitespace()), &folder, "other");
    let since = std::time::Instant::now();
    while !std::fs::read_to_string(folder.join("other.err")).unwrap().contains("permissions must allow it") {
        assert!(since.elapsed() < super::STUCK && !other.is_over());
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Tries, as the agent desk-2, what no agent may do. Returns the server's complaints.
fn forbidden(server: &Server, run: &str) -> Vec<String> {
    let complaints = Arc::new(Mutex::new(Vec::new()));
    let (heard, address, run) = (Arc::clone(&complaints), server.address(), run.to_owned());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async move {
        let options = ConnectOptions::with_user_and_password("desk-2".to_owned(), "three".to_owned());
        let options = options.event_callback(move |event| {
            if let Event::ServerError(error) = event {
                heard.lock().unwrap().push(error.to_string());
            }
            async {}
        });
        let client = options.connect(address).await.unwrap();
        for subject in [
            format!("egg.journal.{run}.record"),
            "egg.lead".to_owned(),
            format!("$JS.API.STREAM.MSG.GET.EGG_J_{run}"),
            format!("$JS.API.CONSUMER.CREATE.EGG_J_{run}"),
            "$JS.API.STREAM.LIST".to_owned(),
            "$O.EGG.C.x".to_owned(),
            format!("egg.score.{run}.desk-1"),
            "egg.hello.desk-1".to_owned(),
            format!("$JS.ACK.EGG_W_{run}.desk-1.1.1.1.1.1"),
            format!("egg.work.{run}.desk-1.1"),
        ] {
            client.publish(subject, Bytes::from_static(b"x")).await.unwrap();
        }
        let _to_another = client.subscribe("egg.to.desk-1.>").await.unwrap();
        client.flush().await.unwrap();
        tokio::time::sleep(Duration::from_secs(1)).await;
    });
    Arc::try_unwrap(complaints)
        .map_or_else(|shared| shared.lock().unwrap().clone(), |own| own.into_inner().unwrap())
}
