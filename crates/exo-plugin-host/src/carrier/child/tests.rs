//! What the host makes of children that do not keep to the protocol.

use super::super::frames::{Kind, Outgoing, write_frame};
use super::*;
use crate::run::Setup;
use crate::{Events, Limits};
use exo_model::{Column, ColumnType, Invocation, Invoker, Page, Pages, SeamError};
use std::io::Write as _;
use std::sync::mpsc as sync;

/// A service that nobody reaches.
#[derive(Debug)]
struct Nobody;

#[async_trait::async_trait]
impl Invoker for Nobody {
    async fn invoke(&self, _: Invocation) -> Result<Box<dyn Pages>, SeamError> {
        std::future::pending().await
    }
}

/// A sink that takes rows when it is told to.
struct Gate(std::sync::Mutex<sync::Receiver<()>>);

impl Events for Gate {
    fn rows(&self, _: Page) -> Result<(), SeamError> {
        let over = |_| SeamError::message(exo_model::ErrorKind::Output, "the test is over");
        self.0.lock().unwrap().recv().map_err(over)
    }
    fn progress(&self, _: u64, _: Option<u64>) {}
    fn log(&self, _: LogLevel, _: &str) {}
}

/// What a reader ends with when the child sends this, and the violations; the sink takes nothing meanwhile.
fn heard(send: impl FnOnce(&mut std::os::unix::net::UnixStream) + Send + 'static) -> (Heard, Vec<String>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let (gate, closed) = sync::channel();
    let report = serde_json::json!({
        "name": "x", "kind": "inventory", "columns": [Column::new("name", ColumnType::String)],
        "needs": [{"service": "exo", "cmdlets": [{"name": "Get-Mailbox"}]}],
    });
    let setup = Setup {
        report: serde_json::from_value(report).unwrap(),
        invoker: Arc::new(Nobody),
        events: Arc::new(Gate(closed.into())),
        consent: crate::Consent::ReadOnly,
    };
    let run = Arc::new(Run::new(setup, &Limits::default(), runtime.handle().clone()));
    let (ours, mut theirs) = std::os::unix::net::UnixStream::pair().unwrap();
    ours.set_nonblocking(true).unwrap();
    let child = std::thread::spawn(move || {
        send(&mut theirs);
        drop(theirs);
    });
    let heard = runtime.block_on(async {
        let (sink, _drained) = Sink::start(Arc::clone(&run)).unwrap();
        let (reader, _writer) = UnixStream::from_std(ours).unwrap().into_split();
        Reader { run: Arc::clone(&run), sink, isolation: Isolation::Auto }.read(reader).await
    });
    let stopped = run.stop.is_cancelled();
    let mut violations = run.close().violations;
    drop(gate);
    child.join().unwrap();
    if stopped {
        violations.push("and the run was stopped".to_owned());
    }
    (heard, violations)
}

#[test]
fn bytes_that_are_no_frames_are_a_violation() {
    for junk in [&b"Segmentation fault (core dumped)\n"[..], &[0; 64], &[255; 64]] {
        let (heard, violations) = heard(move |to| to.write_all(junk).unwrap());
        assert!(matches!(heard, Heard::Broken), "{heard:?}");
        assert!(violations[0].starts_with("spoke past the protocol: "), "{violations:?}");
    }
}

#[test]
fn a_frame_that_only_a_host_sends_is_a_violation() {
    for kind in [Kind::Manifest, Kind::Run, Kind::Page, Kind::End, Kind::Fail, Kind::Cancel, Kind::Emitted] {
        let (heard, violations) = heard(move |to| write_frame(to, Outgoing::new(kind, 1, 0)).unwrap());
        assert!(matches!(heard, Heard::Broken), "{heard:?}");
        assert_eq!(violations, ["sent a frame that only a host sends"]);
    }
}

#[test]
fn a_child_that_breaks_off_in_a_frame_is_gone() {
    let (heard, violations) = heard(|to| to.write_all(&[40, 0, 0, 0, 3, 1]).unwrap());
    assert!(matches!(heard, Heard::Closed) && violations.is_empty(), "{heard:?} {violations:?}");
}

#[test]
fn rows_without_waiting_for_the_answers_are_bounded() {
    let (heard, violations) = heard(|to| {
        // It may be stopped before it has sent all.
        let mut sent = (0..1000).map(|n| write_frame(to, Outgoing::new(Kind::Emit, n, 0)));
        drop(sent.find(Result::is_err));
    });
    assert!(matches!(heard, Heard::Broken), "{heard:?}");
    assert_eq!(violations, ["sent rows and did not wait for them to be taken"]);
}

#[test]
fn notes_that_nobody_takes_are_bounded_and_no_fault() {
    let (heard, violations) = heard(|to| {
        write_frame(to, Outgoing::new(Kind::Emit, 1, 0)).unwrap();
        for _ in 0..5000 {
            let line = Outgoing::new(Kind::Note, 0, NoteKind::LOG.0).data(br#"{"message":"again"}"#);
            write_frame(to, line).unwrap();
        }
        write_frame(to, Outgoing::new(Kind::Returned, 3, 0)).unwrap();
    });
    let Heard::Returned(returned) = heard else { panic!("{heard:?}") };
    assert_eq!((returned.leaked_pages, violations.len()), (3, 0));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    /// Frames of every kind in any order, with any content; then the child is gone.
    #[test]
    fn whatever_a_child_says_comes_to_an_end(
        said in proptest::collection::vec((1_u8..45, 0_u64..4, 0_u32..6, 0_usize..SAID.len(), 0_u32..40), 0..40),
        confined in proptest::prelude::any::<bool>(),
    ) {
        let (heard, violations) = heard(move |to| {
            let mut send = |kind: u8, req: u64, status: u32, spans: &[(u32, u32)], data: &[u8]| {
                let length = u32::try_from(17 + spans.len() * 8 + data.len()).unwrap();
                let mut frame = [&length.to_le_bytes()[..], &[kind], &req.to_le_bytes(), &status.to_le_bytes()].concat();
                frame.extend(u32::try_from(spans.len()).unwrap().to_le_bytes());
                frame.extend(spans.iter().flat_map(|(start, end)| [start.to_le_bytes(), end.to_le_bytes()].concat()));
                frame.extend(data);
                // It may be stopped before it has sent all.
                to.write_all(&frame).is_ok()
            };
            if confined && !send(Kind::Confined as u8, 0, 0, &[], SAID[0]) {
                return;
            }
            for (kind, req, status, data, end) in said {
                if !send(kind, req, status, &[(0, end), (end, 5)], SAID[data]) {
                    return;
                }
            }
        });
        proptest::prop_assert!(violations.len() <= 101);
        if let Heard::Broken = heard {
            proptest::prop_assert!(!violations.is_empty(), "a broken protocol is told");
        }
    }
}

const SAID: &[&[u8]] = &[
    br#"{"process":true,"layers":[],"missing":[]}"#,
    br#"{"cmdlet":"Get-Mailbox"}"#,
    br#"{"cmdlet":"Get-User"}"#,
    br#"["a"]"#,
    br#"{"level":"info","message":"x"}"#,
    b"{}",
    b"\xff\xfe",
    b"",
];

#[test]
fn refused_calls_without_a_look_at_the_answers_are_bounded() {
    let (_, violations) = heard(|to| {
        for req in 0..20_000 {
            write_frame(to, Outgoing::new(Kind::Submit, req, 0).data(br#"{"cmdlet":"Get-User"}"#)).unwrap();
        }
    });
    // A hundred violations are kept, and these are refusals.
    assert_eq!(violations.len(), 101);
    assert_eq!(violations[100], "and the run was stopped");
}
