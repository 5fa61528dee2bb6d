//! One report over the same pages, called as a trait object of this program or as a plugin in one of the carriers.
//!
//! `carriers ROWS static|thread|child LIBRARY RUNNER` prints how many rows came and what they sum up to. The pages are
//! made beforehand, ten of them, again and again: what is measured is the way to the report and back.

use exo_model::{Column, Completeness, Invocation, Invoker, Next, Page, Pages, SeamError, Span};
use exo_plugin::{Record as _, Row};
use exo_plugin_host::{CancelToken, Carrier, Consent, Events, Host, Job, Limits, LogLevel, Plugin};
use exo_plugin_wire::{BATCH_ROWS, check_batch};
use four_columns::Mailbox;
use std::error::Error;
use std::io::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex};

/// The very source of the library.
mod four_columns;

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [rows, way, library, runner] = words.as_slice() else {
        return Err("carriers ROWS static|thread|child LIBRARY RUNNER".into());
    };
    let tenant = Tenant::new(rows.parse()?);
    let plugin = Arc::new(Plugin::open(Path::new(library))?);
    let told = Arc::new(Told::default());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match way.as_str() {
        "static" => {
            let columns = plugin.manifest().reports.first().ok_or("no report")?.columns.clone();
            runtime.block_on(alone(&tenant, &told, columns))?;
        }
        "thread" => runtime.block_on(carried(Carrier::Thread, tenant, plugin, &told))?,
        "child" => {
            let carrier = Carrier::Child { runner: runner.into(), arguments: Vec::new() };
            runtime.block_on(carried(carrier, tenant, plugin, &told))?;
        }
        other => return Err(format!("`{other}` is none of static, thread and child").into()),
    }
    let sum = told.sum.lock().map_err(|_| "a sum that broke")?;
    writeln!(std::io::stdout(), "{} rows, {} bytes, sum {:x}", sum.rows, sum.bytes, sum.words)?;
    Ok(())
}

/// The report as the host sees it where both are one program.
#[async_trait::async_trait]
trait Direct: Sync {
    async fn run(&self, pages: &mut dyn Pages, out: &mut Batches<'_>) -> Result<(), Box<dyn Error>>;
}

/// Reads and tells what the library's report reads and tells.
struct FourColumns;

#[async_trait::async_trait]
impl Direct for FourColumns {
    async fn run(&self, pages: &mut dyn Pages, out: &mut Batches<'_>) -> Result<(), Box<dyn Error>> {
        while let Next::Page(page) = pages.next().await? {
            for record in page.records() {
                let mailbox = Mailbox::decode(std::str::from_utf8(record)?).map_err(|error| error.problem)?;
                out.push(&mailbox)?;
            }
        }
        out.flush()
    }
}

/// Rows, checked by the batch as the host checks them.
struct Batches<'a> {
    data: Vec<u8>,
    spans: Vec<Span>,
    columns: Vec<Column>,
    told: &'a Told,
}

impl Batches<'_> {
    fn push(&mut self, row: &Mailbox<'_>) -> Result<(), Box<dyn Error>> {
        let start = u32::try_from(self.data.len())?;
        row.write(&mut self.data);
        self.spans.push(Span { start, end: u32::try_from(self.data.len())? });
        if self.spans.len() < BATCH_ROWS && self.data.len() < BATCH_BYTES { Ok(()) } else { self.flush() }
    }

    fn flush(&mut self) -> Result<(), Box<dyn Error>> {
        let (data, spans) = (std::mem::take(&mut self.data), std::mem::take(&mut self.spans));
        check_batch(&data, &spans, &self.columns)?;
        (self.data, self.spans) = (Vec::with_capacity(data.len()), Vec::with_capacity(spans.len()));
        self.told.rows(Page::new(data.into(), spans))?;
        Ok(())
    }
}

async fn alone(tenant: &Tenant, told: &Told, columns: Vec<Column>) -> Result<(), Box<dyn Error>> {
    let report: Box<dyn Direct> = Box::new(FourColumns);
    let mut pages = tenant.stream();
    report.run(&mut pages, &mut Batches { data: Vec::new(), spans: Vec::new(), columns, told }).await
}

async fn carried(
    carrier: Carrier,
    tenant: Tenant,
    plugin: Arc<Plugin>,
    told: &Arc<Told>,
) -> Result<(), Box<dyn Error>> {
    let job = Job {
        report: "four-columns".to_owned(),
        plugin,
        args: serde_json::Map::new(),
        invoker: Arc::new(tenant),
        consent: Consent::ReadOnly,
        events: Arc::clone(told) as _,
    };
    let end = Host::new(carrier, Limits::default()).run(job, CancelToken::new()).await;
    if end.is_complete() { Ok(()) } else { Err(format!("{end:?}").into()) }
}

/// What came.
#[derive(Default)]
struct Told {
    sum: Mutex<Sum>,
}

#[derive(Default)]
struct Sum {
    rows: usize,
    bytes: usize,
    words: u64,
}

impl Events for Told {
    fn rows(&self, batch: Page) -> Result<(), SeamError> {
        let Ok(mut sum) = self.sum.lock() else { return Ok(()) };
        sum.rows += batch.len();
        sum.bytes += batch.body().len();
        let (words, _) = batch.body().as_chunks::<8>();
        sum.words = words.iter().fold(sum.words, |sum, word| sum.wrapping_add(u64::from_le_bytes(*word)));
        Ok(())
    }

    fn progress(&self, _: u64, _: Option<u64>) {}

    fn log(&self, _: LogLevel, _: &str) {}
}

/// When the SDK sends a batch, however few its rows are: what is summed up depends on it.
const BATCH_BYTES: usize = 128 << 10;

/// Gives pages of a thousand mailboxes.
#[derive(Debug)]
struct Tenant {
    pages: Arc<[Page]>,
    count: usize,
}

struct Stream {
    pages: Arc<[Page]>,
    next: usize,
    count: usize,
}

impl Tenant {
    fn new(rows: usize) -> Self {
        let page = |number: usize| Page::from_records((number * PAGE..(number + 1) * PAGE).map(record));
        Self { pages: (0..DIFFERENT).map(page).collect(), count: rows / PAGE }
    }

    fn stream(&self) -> Stream {
        Stream { pages: Arc::clone(&self.pages), next: 0, count: self.count }
    }
}

#[async_trait::async_trait]
impl Invoker for Tenant {
    async fn invoke(&self, _: Invocation) -> Result<Box<dyn Pages>, SeamError> {
        Ok(Box::new(self.stream()))
    }
}

#[async_trait::async_trait]
impl Pages for Stream {
    async fn next(&mut self) -> Result<Next, SeamError> {
        let page = self.pages.get(self.next % DIFFERENT).filter(|_| self.next < self.count);
        self.next += 1;
        Ok(page.map_or_else(|| Next::End(Completeness::default()), |page| Next::Page(page.clone())))
    }
}

/// A mailbox of about 500 bytes, with annotations, and an escape in every eighth name.
fn record(row: usize) -> String {
    let name = if row.is_multiple_of(8) { "J\\u00f6rg Archer" } else { "Adele Vance" };
    format!(
        "{{\"Identity\":\"user{row}\",\"UserPrincipalName\":\"user{row}@contoso.onmicrosoft.com\",\
         \"DisplayName\":\"{name}\",\"RecipientTypeDetails\":\"UserMailbox\",\
         \"ExchangeGuid@data.type\":\"System.Guid\",\"ExchangeGuid@odata.type\":\"#Guid\",\
         \"ExchangeGuid\":\"{row:08x}-51d2-4f6d-9d9e-5ced4a1cc835\",\
         \"EmailAddresses@odata.type\":\"#Collection(String)\",\
         \"EmailAddresses\":[\"SMTP:user{row}@contoso.com\",\"smtp:user{row}@contoso.onmicrosoft.com\"],\
         \"ForwardingAddress\":null,\"HiddenFromAddressListsEnabled\":false,\"Priority\":{},\
         \"WhenMailboxCreated@data.type\":\"System.DateTime\",\"WhenMailboxCreated\":\"2026-03-02T08:15:{:02}.0000000Z\"}}",
        row % 7,
        row % 60,
    )
}

/// Rows in a page.
const PAGE: usize = 1000;
/// Pages that differ.
const DIFFERENT: usize = 10;
