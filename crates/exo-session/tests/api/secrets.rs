//! Secret parameters: encrypted with the key that the service tells, for one call and for many.

use crate::values::parameters;
use crate::world::{World, get};
use aws_lc_rs::rsa::{KeySize, Pkcs1PrivateDecryptingKey, PrivateDecryptingKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use exo_http::ScriptedTransport;
use exo_model::{Diagnose, ErrorKind, Invocation, Secret, SecretParameter, Service};
use exo_session::{BatchCount, Error};
use serde_json::{Value, json};

/// A pair of keys, the public one as the service writes it.
pub(crate) fn pair() -> (PrivateDecryptingKey, String) {
    use aws_lc_rs::encoding::AsDer;
    let private = PrivateDecryptingKey::generate(KeySize::Rsa2048).unwrap();
    let info = private.public_key().as_der().unwrap();
    let info = info.as_ref();
    let (modulus, exponent) = (STANDARD.encode(&info[33..289]), STANDARD.encode(&info[info.len() - 3..]));
    let xml = format!("<RSAKeyValue><Modulus>{modulus}</Modulus><Exponent>{exponent}</Exponent></RSAKeyValue>");
    (private, xml)
}

fn decrypted(private: &PrivateDecryptingKey, text: &Value) -> String {
    let private = Pkcs1PrivateDecryptingKey::new(private.clone()).unwrap();
    let mut plain = vec![0; private.min_output_size()];
    let cipher = STANDARD.decode(text.as_str().unwrap()).unwrap();
    String::from_utf8(private.decrypt(&cipher, &mut plain).unwrap().to_vec()).unwrap()
}

#[tokio::test]
async fn secrets_travel_encrypted_and_are_shown_nowhere() {
    let (private, xml) = pair();
    let script = ScriptedTransport::new().reply(200, &[], "").reply(200, &[], "");
    let world = World::new(Service::Exchange, script, |builder| builder.public_key(xml.parse().unwrap()));
    let call = get("New-Mailbox").with("Name", "ana").with_secret("Password", Secret::from("MARKED"));
    assert!(!format!("{call:?} {:?}", world.session).contains("MARKED"));
    world.run(call).await.end();
    let login = SecretParameter::credential("ana", "MARKED".into());
    world.run(get("New-MigrationEndpoint").with_secret("Credentials", login)).await.end();
    let requests = world.requests();
    assert!(!requests.iter().any(|request| String::from_utf8_lossy(request.body()).contains("MARKED")));
    assert_eq!(decrypted(&private, &parameters(&requests[0])["Password"]), "MARKED");
    let login = decrypted(&private, &parameters(&requests[1])["Credentials"]);
    assert_eq!(login, r#"{"UserName":"ana","Password":"MARKED"}"#);
}

#[tokio::test]
async fn the_key_comes_with_the_list_of_what_is_offered() {
    let (private, xml) = pair();
    let file = |script: &str| {
        json!({"value": [{"fileName": "a.psm1", "fileContent": script, "exportedCmdlets": "New-Mailbox"}]}).to_string()
    };
    let script = ScriptedTransport::new().reply(200, &[], file(&format!("$key = '{xml}'")));
    let world = World::exchange(script.reply(200, &[], "").reply(200, &[], ""));
    let call = || get("New-Mailbox").with("Name", "ana").with_secret("Password", Secret::from("MARKED"));
    for _ in 0..2 {
        world.run(call()).await.end();
    }
    let requests = world.requests();
    assert_eq!((requests[0].method().as_str(), requests[1].method().as_str()), ("GET", "POST"));
    for request in &requests[1..] {
        assert_eq!(decrypted(&private, &parameters(request)["Password"]), "MARKED");
    }
    let world = World::exchange(ScriptedTransport::new().reply(200, &[], file("no key here")));
    let error = world.run(call()).await.error();
    assert!(error.to_string().contains("public key is not known"), "{error}");
}

/// A call with a secret parameter, whose values are marked, by a session that knows the key.
pub(crate) async fn marked_call() {
    let key = pair().1.parse().unwrap();
    let script = ScriptedTransport::new().reply(200, &[], "");
    let world = World::new(Service::Exchange, script, |builder| builder.public_key(key));
    let secret = Secret::from("m4rked");
    world.run(get("New-Mailbox").with("Name", "m4rked").with_secret("Password", secret)).await.end();
}

fn files(script: &str) -> String {
    json!({"value": [{"fileName": "a.psm1", "fileContent": script, "exportedCmdlets": "New-Mailbox"}]}).to_string()
}

fn new_mailbox(name: usize) -> Invocation {
    get("New-Mailbox").with("Name", format!("user{name}")).with_secret("Password", Secret::from("MARKED"))
}

#[tokio::test]
async fn many_calls_ask_for_the_key_once() {
    let (private, xml) = pair();
    let script = ScriptedTransport::new().reply(200, &[], files(&format!("$key = '{xml}'")));
    let world = World::exchange((0..3).fold(script, |script, _| script.reply(200, &[], "")));
    let mut each = world.session.each((0..3).map(new_mailbox)).in_batches(BatchCount::One).in_order();
    for index in 0..3 {
        let object = each.next().await.unwrap();
        assert_eq!(object.index, index);
        assert!(object.read().await.unwrap().1.is_complete());
    }
    assert!(each.next().await.is_none());
    let requests = world.requests();
    assert!(requests[0].uri().path().ends_with("/EXOModuleFile"));
    for request in &requests[1..] {
        assert_eq!(decrypted(&private, &parameters(request)["Password"]), "MARKED");
    }
}

#[tokio::test]
async fn many_calls_without_a_key_fail_by_one_question() {
    let world = World::exchange(ScriptedTransport::new().reply(403, &[], ""));
    let mut each = world.session.each((0..400).map(new_mailbox));
    let mut failed = 0;
    while let Some(object) = each.next().await {
        let error = object.read().await.unwrap_err();
        assert!(matches!(error.downcast_ref(), Some(Error::Shared { what, .. }) if what.contains("key")), "{error:?}");
        assert_eq!(error.kind(), ErrorKind::Authorization);
        failed += 1;
    }
    assert_eq!((failed, world.requests().len()), (400, 1));
    // A list without a key is told for each, and not asked for again.
    let world = World::exchange(ScriptedTransport::new().reply(200, &[], files("no key here")));
    let mut each = world.session.each((0..2).map(new_mailbox));
    while let Some(object) = each.next().await {
        assert!(object.read().await.unwrap_err().to_string().contains("public key is not known"));
    }
    assert_eq!(world.requests().len(), 1);
}
