//! Manifests that are refused, and why.

use super::*;
use proptest::prelude::*;
use serde_json::{Value, json};

fn good() -> Value {
    json!({
        "format": 1, "name": "my-reports", "version": "1.0.0", "about": "x", "abi": {"major": 0, "needs": 0}, "sdk": "s",
        "a-key-of-tomorrow": [1, 2],
        "reports": [{
            "name": "sizes", "about": "x", "kind": "inventory",
            "needs": [{"service": "exo", "cmdlets": [
                {"name": "Get-Mailbox", "parameters": ["ResultSize"], "properties": ["Guid", "Name"]},
                {"name": "Get-MailboxStatistics", "parameters": ["Identity"]},
            ]}],
            "params": [{"name": "over", "type": "byte-size", "default": "40 GB", "help": "x"}],
            "columns": [{"name": "user", "type": "string", "key": true}, {"name": "size", "type": "byte-size", "optional": true}],
        }],
    })
}

fn read(manifest: &Value) -> Result<PluginManifest, Error> {
    PluginManifest::from_json(manifest.to_string().as_bytes())
}

/// The good manifest with one value replaced.
fn with(pointer: &str, value: Value) -> Result<PluginManifest, Error> {
    let mut manifest = good();
    *manifest.pointer_mut(pointer).unwrap() = value;
    read(&manifest)
}

#[test]
fn a_manifest_comes_back_as_it_went() {
    let manifest = read(&good()).unwrap();
    let mut framed = manifest.to_framed().unwrap();
    assert_eq!(PluginManifest::framed_length(&framed).unwrap(), framed.len());
    // Files whose symbols have no size give more than the manifest.
    framed.extend_from_slice(b"whatever follows");
    assert_eq!(PluginManifest::parse(&framed).unwrap(), manifest);
    let report = manifest.report("sizes").unwrap();
    assert_eq!((report.access, report.parallel, report.cmdlets().count()), (Access::Read, 8, 2));
}

#[test]
fn frames_that_are_none() {
    let framed = read(&good()).unwrap().to_framed().unwrap();
    for end in 0..framed.len() {
        assert!(matches!(PluginManifest::parse(&framed[..end]), Err(Error::Truncated { .. })), "{end}");
    }
    let broken = |at: usize, byte: u8| {
        let mut framed = framed.clone();
        framed[at] = byte;
        PluginManifest::parse(&framed)
    };
    assert!(matches!(broken(0, b'M'), Err(Error::NotAManifest)));
    assert!(matches!(broken(4, 2), Err(Error::Format { found: 2, known: 1 })));
    assert!(matches!(broken(11, 0xFF), Err(Error::TooLarge { .. })));
    assert!(matches!(broken(13, b'x'), Err(Error::Json { .. })));
}

#[test]
fn names_are_names() {
    for pointer in ["/name", "/reports/0/name", "/reports/0/params/0/name", "/reports/0/columns/0/name"] {
        for bad in ["", "A", "../x", "a b", "a\u{0}", "-a"] {
            assert!(matches!(with(pointer, json!(bad)), Err(Error::Name { .. })), "{pointer} {bad}");
        }
    }
    assert!(matches!(with("/version", json!("one")), Err(Error::Name { .. })));
    let property = with("/reports/0/needs/0/cmdlets/0/properties/0", json!("a,b"));
    assert!(matches!(property, Err(Error::Name { .. })), "{property:?}");
}

#[test]
fn nothing_is_declared_twice() {
    let twice = |pointer: &str| {
        let mut manifest = good();
        let list = manifest.pointer_mut(pointer).and_then(Value::as_array_mut).unwrap();
        list.push(list[0].clone());
        read(&manifest)
    };
    let lists = [
        "/reports",
        "/reports/0/columns",
        "/reports/0/params",
        "/reports/0/needs",
        "/reports/0/needs/0/cmdlets",
        "/reports/0/needs/0/cmdlets/0/parameters",
        "/reports/0/needs/0/cmdlets/0/properties",
    ];
    for list in lists {
        assert!(matches!(twice(list), Err(Error::Duplicate { .. })), "{list}");
    }
    let other_case = with("/reports/0/needs/0/cmdlets/1/name", json!("GET-MAILBOX"));
    assert!(matches!(other_case, Err(Error::Duplicate { .. })), "{other_case:?}");
}

#[test]
fn what_every_report_has() {
    assert!(matches!(with("/reports", json!([])), Err(Error::Nothing { what: "report", .. })));
    assert!(matches!(with("/reports/0/columns", json!([])), Err(Error::Nothing { what: "column", .. })));
    assert!(matches!(with("/reports/0/needs", json!([])), Err(Error::Nothing { what: "cmdlet", .. })));
    assert!(matches!(with("/reports/0/kind", json!("check")), Err(Error::NotFindings { .. })));
    assert!(matches!(with("/reports/0/kind", json!("novel")), Err(Error::Json { .. })));
    assert!(matches!(with("/reports/0/params/0/default", json!("plenty")), Err(Error::Default { .. })));
}

#[test]
fn cmdlets_are_known_and_parameters_are_harmless() {
    let cmdlet = |name: &str| with("/reports/0/needs/0/cmdlets/1/name", json!(name));
    assert!(matches!(cmdlet("Get-Unheard"), Err(Error::UnknownCmdlet { .. })));
    assert!(matches!(cmdlet("Get-EXOMailbox"), Err(Error::UnknownCmdlet { .. })));
    assert!(matches!(cmdlet("rm -rf"), Err(Error::Json { .. })));
    let service = with("/reports/0/needs/0/service", json!("scc"));
    assert!(matches!(service, Err(Error::UnknownCmdlet { .. })), "{service:?}");
    let parameter = with("/reports/0/needs/0/cmdlets/0/parameters/0", json!("OutVariable"));
    assert!(matches!(parameter, Err(Error::CommonParameter { .. })), "{parameter:?}");
}

#[test]
fn numbers_have_limits() {
    let parallel = |number: u32| {
        let mut manifest = good();
        manifest["reports"][0]["parallel"] = number.into();
        read(&manifest)
    };
    assert!(parallel(1).is_ok() && parallel(32).is_ok());
    assert!(matches!(parallel(0), Err(Error::Parallel { .. })) && matches!(parallel(33), Err(Error::Parallel { .. })));
    let columns: Vec<_> = (0..300).map(|at| json!({"name": format!("c{at}"), "type": "string"})).collect();
    assert!(matches!(with("/reports/0/columns", json!(columns)), Err(Error::TooLarge { .. })));
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        drop(PluginManifest::parse(&bytes));
        let framed = [&MAGIC[..], &FORMAT.to_le_bytes(), &u32::try_from(bytes.len()).unwrap().to_le_bytes(), &bytes].concat();
        prop_assert!(PluginManifest::parse(&framed).is_err());
    }

    /// Damage to any byte gives an error or another good manifest, never a panic.
    #[test]
    fn damage_is_survived(at in 0_usize..900, byte in any::<u8>()) {
        let mut framed = read(&good()).unwrap().to_framed().unwrap();
        let at = at % framed.len();
        framed[at] = byte;
        drop(PluginManifest::parse(&framed));
    }
}
