//! Reports that ask for whatever they are told to, and look at the answer only where they are told to.
#![forbid(unsafe_code)]

use exo_plugin::Service;
use exo_plugin::prelude::*;
use exo_plugin::serde_json::Value;

#[derive(Args)]
struct Question {
    /// The cmdlet
    cmdlet: String,
    /// Where: `exo` or `scc`; nowhere if left out
    service: Option<String>,
    /// Its parameters, as a JSON object
    parameters: Option<Value>,
    /// Whether to fail with what came back
    look: bool,
}

#[derive(Row)]
struct Answered {
    #[column(key)]
    kind: String,
}

#[derive(Record)]
struct Counted {
    #[record(default)]
    item_count: u64,
}

/// Asks, and goes on as if nothing had happened unless it is to look.
async fn ask(cx: &Cx, asked: Question, out: &mut Rows<Answered>) -> Result<()> {
    let mut call = cx.cmdlet(&asked.cmdlet);
    if let Some(service) = asked.service {
        call = call.service(if service == "scc" { Service::Compliance } else { Service::Exchange });
    }
    if let Some(Value::Object(parameters)) = asked.parameters {
        for (name, value) in parameters {
            call = call.param(&name, value);
        }
    }
    let answered = call.rows::<Counted>().await;
    let kind = match &answered {
        Ok(records) => format!("{} items", records.iter().map(|record| record.item_count).sum::<u64>()),
        Err(error) => format!("{:?}", error.kind()),
    };
    out.push(Answered { kind })?;
    if asked.look { answered.map(drop) } else { Ok(()) }
}

/// Asks, and says that it only reads
#[report(
    reads("Get-Mailbox": Counted, params("Identity", "Conjured")),
    reads("Get-MobileDeviceStatistics": Counted, params("Identity", "NotificationEmailAddresses")),
    reads("Get-RoleGroup": Counted),
    reads("Get-RoleGroup": Counted, service = "scc"),
    reads("Set-Mailbox": Counted, params("Identity")),
)]
struct Reading;

#[async_trait(?Send)]
impl Report for Reading {
    type Args = Question;
    type Row = Answered;

    async fn run(&self, cx: &Cx, args: Question, out: &mut Rows<Answered>) -> Result<()> {
        ask(cx, args, out).await
    }
}

/// Asks, and declares little
#[report(reads("Get-Mailbox": Counted, params("Identity")))]
struct Plain;

#[async_trait(?Send)]
impl Report for Plain {
    type Args = Question;
    type Row = Answered;

    async fn run(&self, cx: &Cx, args: Question, out: &mut Rows<Answered>) -> Result<()> {
        ask(cx, args, out).await
    }
}

/// Asks, and says that it writes
#[report(access = "write", reads("Set-Mailbox": Counted, params("Identity")))]
struct Writing;

#[async_trait(?Send)]
impl Report for Writing {
    type Args = Question;
    type Row = Answered;

    async fn run(&self, cx: &Cx, args: Question, out: &mut Rows<Answered>) -> Result<()> {
        ask(cx, args, out).await
    }
}

/// Asks, and declares a parameter that takes a secret
#[report(access = "write", reads("Set-Mailbox": Counted, params("Identity", "Password")))]
struct Secretive;

#[async_trait(?Send)]
impl Report for Secretive {
    type Args = Question;
    type Row = Answered;

    async fn run(&self, cx: &Cx, args: Question, out: &mut Rows<Answered>) -> Result<()> {
        ask(cx, args, out).await
    }
}

export!(Reading, Plain, Writing, Secretive);
