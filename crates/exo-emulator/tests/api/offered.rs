//! What a caller may run: the generated module, its key, the banner, the description of the service.

use aws_lc_rs::rsa::{Pkcs1PublicEncryptingKey, PublicEncryptingKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use exo_emulator::{Emulator, Fault, Service};
use serde_json::json;

use crate::caller::{Caller, tenant};
use crate::client::*;

fn module(caller: &Caller<'_>) -> serde_json::Value {
    let reply = caller.get(&format!("/AdminApi/v1.0/{TENANT}/EXOModuleFile?Version=3.4.0"));
    assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
    reply.json()["value"].as_array().unwrap().last().unwrap().clone()
}

fn exported(caller: &Caller<'_>) -> Vec<String> {
    let module = module(caller);
    module["exportedCmdlets"].as_str().unwrap().split(',').map(ToOwned::to_owned).collect()
}

#[test]
fn roles_and_service_decide_what_is_offered() {
    let reader = app().permission(Service::Exchange).permission(Service::Compliance).role(GLOBAL_READER);
    let emulator = start(exo_emulator::Tenant::contoso().app(reader));
    let offered = exported(&Caller::exchange(&emulator));
    assert!(offered.contains(&"Get-Mailbox".to_owned()));
    for refused in ["Set-Mailbox", "Get-RecipientPermission", "Get-ProtectionAlert"] {
        assert!(!offered.contains(&refused.to_owned()), "{refused}");
        let status = Caller::exchange(&emulator).call(refused, json!({"Identity": "x"})).status;
        assert_eq!(status, 403, "{refused}");
    }
    let offered = exported(&Caller::compliance(&emulator));
    assert!(offered.contains(&"Get-Label".to_owned()) && offered.contains(&"Get-ProtectionAlert".to_owned()));
    assert!(offered.iter().all(|name| name.starts_with("Get-")), "{offered:?}");
    let administrator = start(tenant());
    assert!(exported(&Caller::exchange(&administrator)).contains(&"Set-Mailbox".to_owned()));
    assert_eq!(administrator.received("EXOModuleFile"), 1);
}

#[test]
fn a_list_of_names_makes_a_smaller_script() {
    let emulator = start(tenant());
    let caller = Caller::exchange(&emulator).with("CommandName", "get-mailbox, Get-Nonsense,Set-Mailbox");
    let module = module(&caller);
    assert_eq!(module["exportedCmdlets"], "Get-Mailbox,Set-Mailbox");
    let script = module["fileContent"].as_str().unwrap();
    assert_eq!(script.matches("\r\nfunction ").count(), 2);
    assert!(script.contains("function Get-Mailbox\r\n") && script.contains("[switch] ${Archive}"));
    assert!(script.contains("[securestring] ${Password}"));
}

#[test]
fn without_a_role_the_module_is_refused_in_words() {
    let emulator = start(exo_emulator::Tenant::contoso().app(app().permission(Service::Exchange)));
    let reply = Caller::exchange(&emulator).get(&format!("/AdminApi/v1.0/{TENANT}/EXOModuleFile"));
    assert_eq!(reply.status, 403);
    let text = String::from_utf8(reply.body).unwrap();
    assert!(text.contains(&format!("The role assigned to application {APP} isn't supported in this scenario")));
}

/// Encrypts as the module does, with the key that is in the script.
fn sealed(script: &str, text: &str) -> String {
    let between = |start: &str, end: &str| {
        let rest = script.split_once(start).unwrap().1;
        STANDARD.decode(rest.split_once(end).unwrap().0).unwrap()
    };
    let (modulus, exponent) = (between("<Modulus>", "</Modulus>"), between("<Exponent>", "</Exponent>"));
    let integer = |bytes: &[u8]| {
        let lead: &[u8] = if bytes[0] >= 0x80 { &[0] } else { &[] };
        tagged(0x02, &[lead, bytes].concat())
    };
    let pkcs1 = tagged(0x30, &[integer(&modulus), integer(&exponent)].concat());
    let rsa = [0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0];
    let key = tagged(0x30, &[rsa.to_vec(), tagged(0x03, &[vec![0], pkcs1].concat())].concat());
    let key = Pkcs1PublicEncryptingKey::new(PublicEncryptingKey::from_der(&key).unwrap()).unwrap();
    let mut room = vec![0; key.ciphertext_size()];
    STANDARD.encode(key.encrypt(text.as_bytes(), &mut room).unwrap())
}

fn tagged(tag: u8, bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap().to_be_bytes();
    let head = if bytes.len() < 128 { vec![tag, length[1]] } else { vec![tag, 0x82, length[0], length[1]] };
    [head, bytes.to_vec()].concat()
}

#[test]
fn a_secure_string_is_read_with_this_key_and_the_one_before() {
    let emulator = start(tenant());
    let caller = Caller::exchange(&emulator);
    let who = caller.rows("Get-Mailbox", json!({}))[3]["PrimarySmtpAddress"].as_str().unwrap().to_owned();
    let script = || module(&caller)["fileContent"].as_str().unwrap().to_owned();
    let set = |sealed: &str| caller.call("Set-Mailbox", json!({"Identity": who, "Password": sealed}));
    let first = script();
    assert_eq!(set(&sealed(&first, "Gr\u{fc}n-7 & co")).status, 200);
    assert_eq!(emulator.password_of(&who).as_deref(), Some("Gr\u{fc}n-7 & co"));
    emulator.rotate_secure_string_key().unwrap();
    assert_eq!(set(&sealed(&first, "second")).status, 200);
    let second = script();
    assert_ne!(first, second);
    emulator.rotate_secure_string_key().unwrap();
    let too_old = set(&sealed(&first, "third"));
    assert_eq!(too_old.status, 400);
    assert_eq!(emulator.password_of(&who).as_deref(), Some("second"));
    let plain = set("Grün-7 & co");
    assert_eq!(plain.status, 400);
    assert!(!String::from_utf8_lossy(&plain.body).contains("-7"));
}

#[test]
fn the_service_describes_itself() {
    let emulator = start(tenant());
    let caller = Caller::exchange(&emulator);
    let metadata = caller.get(&format!("/adminapi/beta/{TENANT}/$metadata"));
    assert!(metadata.header("content-type").starts_with("application/xml"));
    let text = String::from_utf8(metadata.body).unwrap();
    assert!(text.contains("Action Name=\"InvokeCommand\"") && text.contains("EntityType Name=\"Mailbox\""));
    let document = caller.get(&format!("/adminapi/beta/{TENANT}")).json();
    assert_eq!(document["value"][0]["name"], "Mailbox");
    let banner = caller.get(&format!("/adminapi/beta/{TENANT}/EXOBanner('AutogenSession')?Version=3.4.0"));
    assert!(banner.json()["value"].as_str().unwrap().contains("emulated"));
    assert_eq!(caller.post(&format!("/adminapi/v1.0/{TENANT}/EXOModuleFile"), "").unwrap().status, 405);
}

#[test]
fn the_front_door_of_compliance_redirects_them_all() {
    let emulator = start(tenant());
    let caller = Caller { host: "ps.compliance.localhost", ..Caller::compliance(&emulator) };
    for (method, rest) in [
        ("GET", format!("v1.0/{TENANT}/EXOModuleFile?Version=3.4.0")),
        ("GET", format!("beta/{TENANT}/EXOBanner('AutogenSession')?Version=3.4.0")),
        ("GET", format!("beta/{TENANT}/$metadata")),
        ("POST", format!("beta/{TENANT}/$batch")),
        ("GET", format!("beta/{TENANT}/InvokeCommand")),
    ] {
        let path = format!("/adminapi/{rest}");
        let reply = if method == "GET" { caller.get(&path) } else { caller.post(&path, "{}").unwrap() };
        let wanted = format!("https://eur02b.admin.compliance.localhost:446{path}");
        assert_eq!((reply.status, reply.header("location")), (302, wanted.as_str()));
    }
}

#[test]
fn faults_strike_the_module_as_well() {
    let emulator: Emulator = start(tenant().fault(Fault::on_cmdlet("EXOModuleFile").status(503)));
    emulator.fault("EXOBanner throttle=3".parse().unwrap());
    let caller = Caller::exchange(&emulator);
    let path = format!("/adminapi/v1.0/{TENANT}/EXOModuleFile");
    assert_eq!((caller.get(&path).status, caller.get(&path).status), (503, 200));
    assert_eq!(caller.get(&format!("/adminapi/beta/{TENANT}/EXOBanner('x')")).header("retry-after"), "3");
}

#[test]
fn a_region_moves_and_the_old_one_redirects() {
    let emulator = start(tenant());
    let old = Caller::compliance(&emulator);
    assert_eq!(old.call("Get-ProtectionAlert", json!({})).status, 200);
    emulator.move_region("nam11b");
    let moved = old.call("Get-ProtectionAlert", json!({}));
    assert_eq!(moved.status, 302);
    assert!(moved.header("location").starts_with("https://nam11b.admin.compliance.localhost:446/adminapi/beta/"));
    let new = Caller { host: "nam11b.ps.compliance.localhost", ..old };
    assert_eq!(new.call("Get-ProtectionAlert", json!({})).status, 200);
}
