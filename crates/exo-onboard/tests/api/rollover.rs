//! A new certificate for an old one, by an administrator and by the app, interrupted anywhere.

use crate::directory::{Cut, Directory};
use crate::objects::{Objects, latest, seen};
use crate::world::World;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use exo_cert::{Certificate, ClientCertificate};
use exo_http::FakeClock;
use exo_model::{AppId, Clock as _, ErrorKind, SeamError, Secret, Service};
use exo_onboard::{By, Error, Kept, Prover, Retire, RolledOver, Rollover, Step, rollover};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::{Arc, LazyLock};
use std::time::SystemTime;

fn pfx(bytes: &[u8]) -> ClientCertificate {
    ClientCertificate::from_bytes(bytes, Some(&Secret::from("secret"))).unwrap()
}

static OLD: LazyLock<ClientCertificate> = LazyLock::new(|| pfx(include_bytes!("../../../../tests/data/app.pfx")));
static NEW: LazyLock<ClientCertificate> = LazyLock::new(|| pfx(include_bytes!("../../../../tests/data/other.pfx")));

fn old() -> ClientCertificate {
    OLD.clone()
}

fn new() -> ClientCertificate {
    NEW.clone()
}

fn has(app: Option<&Value>, certificate: &Certificate) -> bool {
    let keys = app.and_then(|app| app["keyCredentials"].as_array());
    keys.is_some_and(|keys| keys.iter().any(|key| key["key"] == STANDARD.encode(certificate.der())))
}

/// Lets in whoever has a certificate that the token service knows of now.
#[derive(Debug)]
struct Gate {
    directory: Arc<Directory>,
    clock: Arc<FakeClock>,
    certificate: Certificate,
    /// The token service knows of it before all of the directory does.
    prompt: bool,
}

#[async_trait::async_trait]
impl Prover for Gate {
    async fn prove(&self, _: &AppId, _: Service) -> Result<(), SeamError> {
        let now = self.clock.now();
        let known = self.directory.with(|objects| {
            let app = &objects.applications[0];
            has(if self.prompt { latest(app) } else { seen(app, now) }, &self.certificate)
        });
        let unknown = || SeamError::message(ErrorKind::Authentication, "not known").code("AADSTS700027");
        known.then_some(()).ok_or_else(unknown)
    }
}

/// At no moment without a certificate that works: the old one, or the new one where all servers know it.
fn something_works(objects: &Objects, now: SystemTime) {
    let app = &objects.applications[0];
    let works = has(latest(app), old().certificate())
        || (has(latest(app), new().certificate()) && has(seen(app, now), new().certificate()));
    assert!(works, "no certificate works");
}

/// The same where the token service knows at once.
fn something_is_there(objects: &Objects, _: SystemTime) {
    let app = latest(&objects.applications[0]);
    assert!(has(app, old().certificate()) || has(app, new().certificate()), "no certificate is there");
}

struct Roll {
    prompt: bool,
    world: World,
    change: Rollover,
    kept: Kept,
}

impl Roll {
    fn new(lag: u64, by: By) -> Self {
        let world = World::with_lag(lag);
        let (id, app_id, key_id) = world.directory.with(|objects| {
            let (id, app_id, key_id) = (objects.id(), objects.id(), objects.id());
            objects.applications.push(Objects::old(json!({
                "id": id, "appId": app_id, "displayName": "Reports", "uniqueName": null,
                "keyCredentials": [{
                    "keyId": key_id, "key": STANDARD.encode(old().certificate().der()), "usage": "Verify",
                    "customKeyIdentifier": old().certificate().thumbprint().base64(),
                }],
            })));
            (id, app_id, key_id)
        });
        world.directory.guard(something_works);
        let retire = Retire::Only(vec![old().certificate().thumbprint()]);
        let kept = Kept::of(&app_id.parse().unwrap());
        let kept = if matches!(by, By::Administrator) {
            kept
        } else {
            // As the set-up kept it.
            let mut text = serde_json::to_value(kept).unwrap();
            text["application"] = id.into();
            text["keys"] = json!({ old().certificate().thumbprint().to_string(): key_id });
            serde_json::from_value(text).unwrap()
        };
        Self { prompt: false, world, change: Rollover::new(new().certificate().clone(), retire).by(by), kept }
    }

    async fn run(&self) -> Option<Result<RolledOver, Error>> {
        let kept = self.world.watcher.kept().unwrap_or_else(|| self.kept.clone());
        let graph = self.world.graph();
        let gate = Gate {
            directory: Arc::clone(&self.world.directory),
            clock: Arc::clone(&self.world.clock),
            certificate: new().certificate().clone(),
            prompt: self.prompt,
        };
        tokio::select! {
            biased;
            () = self.world.directory.killed() => None,
            outcome = rollover(&graph, &self.change, kept, &self.world.watcher, &gate) => Some(outcome),
        }
    }

    fn keys(&self) -> Vec<Value> {
        let app = self.world.directory.with(|objects| latest(&objects.applications[0]).unwrap().clone());
        app["keyCredentials"].as_array().unwrap().iter().map(|key| key["key"].clone()).collect()
    }
}

fn only_the_new_one() -> Vec<Value> {
    vec![STANDARD.encode(new().certificate().der()).into()]
}

#[tokio::test]
async fn an_administrator_puts_the_new_one_beside_the_old_one_and_then_takes_that_away() {
    let roll = Roll::new(20, By::Administrator);
    let done = roll.run().await.unwrap().unwrap();
    assert_eq!((done.made, done.left), (vec![Step::Certificate, Step::Retire], vec![]));
    assert_eq!(roll.keys(), only_the_new_one());
    roll.world.clock.advance(std::time::Duration::from_mins(20));
    let again = roll.run().await.unwrap().unwrap();
    assert_eq!(again, RolledOver::default());
}

#[tokio::test]
async fn what_is_there_is_sent_back_by_its_id_alone() {
    let roll = Roll::new(0, By::Administrator);
    roll.run().await.unwrap().unwrap();
    let bodies = roll.world.directory.bodies();
    let bodies = bodies.iter().filter(|(call, _)| call.starts_with("PATCH"));
    let sent: Vec<Value> = bodies.map(|(_, body)| serde_json::from_str(body).unwrap()).collect();
    let keys = |body: &Value| body["keyCredentials"].as_array().unwrap().clone();
    let (beside, after) = (keys(&sent[0]), keys(&sent[1]));
    assert_eq!((beside.len(), after.len()), (2, 1));
    assert!(beside[0]["key"].is_null() && beside[0]["keyId"].is_string());
    assert_eq!(beside[0]["customKeyIdentifier"], old().certificate().thumbprint().base64());
    assert!(after[0]["key"].is_null());
}

#[tokio::test]
async fn servers_that_know_different_things_leave_no_moment_without_a_certificate() {
    for cut in Cut::ALL {
        for at in 0..12 {
            let mut roll = Roll::new(100, By::Administrator);
            Arc::get_mut(&mut roll.world.directory).unwrap().flapping = true;
            roll.prompt = true;
            roll.world.directory.guard(something_is_there);
            roll.world.directory.cut(at, cut);
            let mut outcome = roll.run().await;
            while outcome.is_none() {
                outcome = roll.run().await;
            }
            outcome.unwrap().unwrap_or_else(|error| panic!("{cut:?} at call {at}: {error:?}"));
            assert_eq!(roll.keys(), only_the_new_one(), "{cut:?} at call {at}");
        }
    }
}

#[tokio::test]
async fn the_app_does_the_same_without_a_permission() {
    let roll = Roll::new(20, By::app(old(), new()));
    roll.world.directory.blind();
    let done = roll.run().await.unwrap().unwrap();
    assert_eq!((done.made, done.left), (vec![Step::Certificate, Step::Retire], vec![]));
    assert_eq!(roll.keys(), only_the_new_one());
    let writes = roll.world.directory.writes();
    assert!(writes.iter().all(|call| call.ends_with("/addKey") || call.ends_with("/removeKey")), "{writes:?}");
    // The next change knows the id of what is the current one by then.
    let kept = roll.world.watcher.kept().unwrap();
    assert!(kept.key_id(new().certificate().thumbprint()).is_some());
    assert!(kept.key_id(old().certificate().thumbprint()).is_none());
}

#[tokio::test]
async fn interrupted_at_every_call_a_certificate_works_and_the_end_is_the_same() {
    type Make = fn() -> By;
    let makers: [(Make, bool); 3] =
        [(|| By::Administrator, false), (|| By::app(old(), new()), false), (|| By::app(old(), new()), true)];
    for (by, blind) in makers {
        let mut interrupted = 0;
        for lag in [0, 45] {
            let whole = Roll::new(lag, by());
            whole.run().await.unwrap().unwrap();
            for cut in Cut::ALL {
                for at in 0..whole.world.directory.calls().len() {
                    let roll = Roll::new(lag, by());
                    if blind {
                        roll.world.directory.blind();
                    }
                    roll.world.directory.cut(at, cut);
                    let mut outcome = roll.run().await;
                    while outcome.is_none() {
                        interrupted += 1;
                        outcome = roll.run().await;
                    }
                    let what = format!("blind {blind}, lag {lag}, {cut:?} at call {at}");
                    let done = outcome.unwrap().unwrap_or_else(|error| panic!("{what}: {error:?}"));
                    assert_eq!((roll.keys(), done.left), (only_the_new_one(), vec![]), "{what}");
                }
            }
        }
        assert!(interrupted > 10, "{interrupted}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn interrupted_again_and_again_a_certificate_works(
        lag in 0_u64..120,
        who in 0_usize..3,
        cuts in proptest::collection::vec((0_usize..20, 0_usize..4), 1..6),
        pause in 0_u64..300,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let roll = Roll::new(lag, if who == 0 { By::Administrator } else { By::app(old(), new()) });
            if who == 2 {
                roll.world.directory.blind();
            }
            for (after, cut) in cuts {
                roll.world.directory.cut(after, Cut::ALL[cut]);
            }
            loop {
                if let Some(outcome) = roll.run().await {
                    outcome.unwrap();
                    break;
                }
                roll.world.clock.advance(std::time::Duration::from_secs(pause));
            }
            assert_eq!(roll.keys(), only_the_new_one());
        });
    }
}

#[tokio::test]
async fn a_certificate_that_never_works_leaves_the_old_one() {
    #[derive(Debug)]
    struct Shut;
    #[async_trait::async_trait]
    impl Prover for Shut {
        async fn prove(&self, _: &AppId, _: Service) -> Result<(), SeamError> {
            Err(SeamError::message(ErrorKind::Authentication, "no").code("AADSTS700027"))
        }
    }
    let roll = Roll::new(0, By::Administrator);
    let graph = roll.world.graph();
    let outcome = rollover(&graph, &roll.change, roll.kept.clone(), &roll.world.watcher, &Shut).await;
    assert!(matches!(outcome, Err(Error::SignIn { .. })), "{outcome:?}");
    assert_eq!(roll.keys().len(), 2);
}

#[tokio::test]
async fn the_app_adds_no_second_certificate_where_it_is_kept_out_for_another_reason() {
    #[derive(Debug)]
    struct Blocked;
    #[async_trait::async_trait]
    impl Prover for Blocked {
        async fn prove(&self, _: &AppId, _: Service) -> Result<(), SeamError> {
            Err(SeamError::message(ErrorKind::Authentication, "blocked by a policy").code("AADSTS53003"))
        }
    }
    let roll = Roll::new(0, By::app(old(), new()));
    roll.world.directory.blind();
    // A look, which is refused, and addKey, whose answer is lost with the program.
    roll.world.directory.cut(1, Cut::KilledAfter);
    assert!(roll.run().await.is_none());
    let (graph, kept) = (roll.world.graph(), roll.world.watcher.kept().unwrap());
    let outcome = rollover(&graph, &roll.change, kept, &roll.world.watcher, &Blocked).await;
    assert!(matches!(outcome, Err(Error::SignIn { .. })), "{outcome:?}");
    assert_eq!(roll.keys().len(), 2);
}

#[tokio::test]
async fn what_the_app_cannot_find_is_left_and_told() {
    let roll = Roll::new(0, By::app(old(), new()));
    roll.world.directory.blind();
    let mut text = serde_json::to_value(&roll.kept).unwrap();
    text.as_object_mut().unwrap().remove("keys");
    let roll = Roll { kept: serde_json::from_value(text).unwrap(), ..roll };
    let done = roll.run().await.unwrap().unwrap();
    assert_eq!(done.left, [old().certificate().thumbprint()]);
    assert_eq!(roll.keys().len(), 2);
}
