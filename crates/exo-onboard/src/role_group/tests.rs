//! An Exchange in memory, asked to make an app a member once and again.

use super::*;
use exo_model::{Completeness, Next, Page, Pages};
use serde_json::json;
use std::sync::Mutex;

#[derive(Debug, Default)]
struct Exchange {
    principals: Mutex<Vec<Value>>,
    members: Mutex<Vec<Value>>,
    calls: Mutex<Vec<String>>,
    /// Lists show nothing, as they do for a while after a change.
    late: bool,
}

struct Records(Option<Page>);

#[async_trait::async_trait]
impl Pages for Records {
    async fn next(&mut self) -> Result<Next, SeamError> {
        Ok(self.0.take().map_or_else(|| Next::End(Completeness::default()), Next::Page))
    }
}

#[async_trait::async_trait]
impl Invoker for Exchange {
    async fn invoke(&self, call: Invocation) -> Result<Box<dyn Pages>, SeamError> {
        let text = |name: &str| call.parameter(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        self.calls.lock().unwrap().push(format!("{} {}", call.cmdlet, call.service));
        let exists = |code: &str| Err(SeamError::message(ErrorKind::Refused, "it exists").code(code));
        let records = match call.cmdlet.as_str() {
            "Get-ServicePrincipal" if !self.late => self.principals.lock().unwrap().clone(),
            "Get-RoleGroup" => vec![json!({ "Name": "Reports" }), json!({ "Name": "Other" })],
            "Get-RoleGroupMember" if text("Identity") == "Other" => vec![],
            "Get-RoleGroupMember" if !self.late => self.members.lock().unwrap().clone(),
            "New-ServicePrincipal" => {
                let mut principals = self.principals.lock().unwrap();
                if principals.iter().any(|known| known["AppId"] == text("AppId")) {
                    return exists("Microsoft.Exchange.ADObjectAlreadyExistsException");
                }
                let new = json!({ "AppId": text("AppId"), "ObjectId": text("ObjectId"),
                    "Guid": "99999999-8888-4777-8666-555555555555", "ServiceId": NOBODY, "DisplayName": text("DisplayName") });
                principals.push(new.clone());
                vec![new]
            }
            "Add-RoleGroupMember" => {
                assert_eq!(text("Identity"), "Reports");
                let mut members = self.members.lock().unwrap();
                let guid = "99999999-8888-4777-8666-555555555555";
                if members.iter().any(|member| member["Guid"] == guid) {
                    return exists("MemberAlreadyExistsException");
                }
                members.push(json!({ "Name": "Reports app", "Guid": guid }));
                vec![]
            }
            _ => vec![],
        };
        Ok(Box::new(Records(Some(Page::from_records(records.iter().map(ToString::to_string))))))
    }
}

fn principal() -> Principal {
    let app_id = "36ee4c6c-0812-40a2-b820-b22ebd02bce3".parse().unwrap();
    Principal::new(app_id, "11111111-2222-4333-8444-555555555555".parse().unwrap(), "Reports app")
}

#[tokio::test]
async fn an_app_is_registered_and_added_once() {
    let exchange = Exchange::default();
    let first = join(&exchange, Service::Compliance, &principal(), "Reports").await.unwrap();
    assert_eq!(first, Joined { registered: true, joined: true });
    let calls = exchange.calls.lock().unwrap().clone();
    assert_eq!(
        calls,
        ["Get-ServicePrincipal scc", "New-ServicePrincipal scc", "Get-RoleGroupMember scc", "Add-RoleGroupMember scc",]
    );
    let second = join(&exchange, Service::Compliance, &principal(), "Reports").await.unwrap();
    assert_eq!(second, Joined { registered: false, joined: false });
    assert_eq!(exchange.calls.lock().unwrap().len(), 6);
}

#[tokio::test]
async fn the_groups_of_an_app_are_found() {
    let exchange = Exchange::default();
    let groups = async || memberships(&exchange, Service::Exchange, &principal()).await.unwrap();
    assert!(groups().await.is_empty());
    join(&exchange, Service::Exchange, &principal(), "Reports").await.unwrap();
    assert_eq!(groups().await, ["Reports"]);
}

#[tokio::test]
async fn what_a_list_does_not_show_yet_is_not_a_failure() {
    let exchange = Exchange { late: true, ..Exchange::default() };
    for _ in 0..2 {
        join(&exchange, Service::Exchange, &principal(), "Reports").await.unwrap();
    }
    assert_eq!((exchange.principals.lock().unwrap().len(), exchange.members.lock().unwrap().len()), (1, 1));
}

#[tokio::test]
async fn somebody_of_the_same_name_is_not_the_app() {
    let exchange = Exchange::default();
    exchange.members.lock().unwrap().push(json!({ "Name": "Reports app", "Guid": NOBODY }));
    assert!(join(&exchange, Service::Exchange, &principal(), "Reports").await.unwrap().joined);
}

#[derive(Debug)]
struct Closed;

#[async_trait::async_trait]
impl Invoker for Closed {
    async fn invoke(&self, _: Invocation) -> Result<Box<dyn Pages>, SeamError> {
        Err(SeamError::message(ErrorKind::Authorization, "no role"))
    }
}

#[tokio::test]
async fn a_refusal_names_the_cmdlet() {
    let error = join(&Closed, Service::Exchange, &principal(), "Reports").await.unwrap_err();
    assert_eq!((error.to_string().as_str(), error.kind()), ("`Get-ServicePrincipal` failed", ErrorKind::Authorization));
}
