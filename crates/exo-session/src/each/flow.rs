//! Which call is begun, waits, travels and is given away when.

use super::{BatchCount, Object, WINDOW};
use crate::Error;
use crate::budget::{Place, Waits};
use crate::exchange::{Exchange, Rider, Verdict};
use crate::offer;
use crate::own_paging::{Chain, Way};
use crate::pages::Run;
use crate::request::BATCH;
use exo_catalog::Access;
use exo_http::RequestId;
use exo_model::{Completeness, Gap, GapKind, Invocation, Next, Pages, SeamError};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};
use http::HeaderValue;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::{Semaphore, SemaphorePermit};

/// The calls in all their states.
pub(super) struct Flow {
    exchange: Arc<Exchange>,
    pub(super) batches: Option<BatchCount>,
    pub(super) writes_too: bool,
    pub(super) ordered: bool,
    source: Option<Box<dyn Iterator<Item = Invocation> + Send>>,
    /// The id that all calls share.
    id: Option<HeaderValue>,
    /// Room for calls that are begun and not given away.
    pub(super) room: Arc<Semaphore>,
    reserved: bool,
    /// Invocations taken from the source, and objects given away.
    taken: usize,
    given: usize,
    /// Calls that are to travel again.
    again: VecDeque<Item>,
    /// Waits for places, batches, and single calls that are under way.
    under_way: FuturesUnordered<BoxFuture<'static, Event>>,
    /// Calls that have a place, and leave together.
    platform: Vec<(Item, Place)>,
    /// Calls whose secrets need the service's key, which is asked for; or why it cannot be had.
    unkeyed: Vec<(usize, Invocation)>,
    keyless: Option<Arc<Error>>,
    /// Objects to give away.
    ready: BTreeMap<usize, Object>,
}

/// A call that travels in batches.
struct Item {
    index: usize,
    invocation: Invocation,
    rider: Rider,
}

/// What happens next.
enum Event {
    /// The service's key was asked for.
    Keyed(Result<(), Error>),
    /// Calls have got their place, or must not wait any longer.
    Boarded(Vec<Item>, Result<Place, Error>),
    Landed(Vec<(Item, Verdict)>),
    Ready(Object),
}

impl Flow {
    pub(super) fn new(exchange: Arc<Exchange>, source: Box<dyn Iterator<Item = Invocation> + Send>) -> Self {
        Self {
            exchange,
            batches: None,
            writes_too: false,
            ordered: false,
            source: Some(source),
            id: HeaderValue::try_from(RequestId::random().to_string()).ok(),
            room: Arc::new(Semaphore::new(WINDOW)),
            reserved: false,
            taken: 0,
            given: 0,
            again: VecDeque::new(),
            under_way: FuturesUnordered::new(),
            platform: Vec::new(),
            unkeyed: Vec::new(),
            keyless: None,
            ready: BTreeMap::new(),
        }
    }

    /// Gives all objects away, then ends.
    ///
    /// It runs as a task of its own: a place in the budget is never held by a call that waits for its reader.
    pub(super) async fn drive(mut self, objects: UnboundedSender<Object>) {
        loop {
            self.begin();
            while let Some(object) = self.first_ready() {
                self.given += 1;
                if objects.send(object).is_err() {
                    return;
                }
            }
            if self.platform.len() >= BATCH {
                self.depart();
            }
            // Whoever can get a place at once shall travel with the others.
            match self.under_way.next().now_or_never() {
                Some(Some(event)) => self.heed(event),
                _ if !self.platform.is_empty() => self.depart(),
                _ if !self.wait().await => return,
                _ => {}
            }
        }
    }

    /// Waits until something happens, or there is room for another call; says no at the end.
    async fn wait(&mut self) -> bool {
        let room = Arc::clone(&self.room);
        tokio::select! {
            biased;
            Some(event) = self.under_way.next(), if !self.under_way.is_empty() => self.heed(event),
            Ok(permit) = room.acquire(), if self.source.is_some() => {
                permit.forget();
                self.reserved = true;
            }
            else => return false,
        }
        true
    }

    /// Whether there is room for another call, which is then taken.
    fn reserve(&mut self) -> bool {
        std::mem::take(&mut self.reserved) || self.room.try_acquire().map(SemaphorePermit::forget).is_ok()
    }

    fn first_ready(&mut self) -> Option<Object> {
        let first = self.ready.first_entry()?;
        (!self.ordered || *first.key() == self.given).then(|| first.remove())
    }

    /// Begins calls as far as the window lets them.
    fn begin(&mut self) {
        while !self.again.is_empty() {
            let many = self.group().min(self.again.len());
            let group = self.again.drain(..many).collect();
            self.board(group);
        }
        let mut group = Vec::new();
        while self.source.is_some() && self.reserve() {
            let Some(invocation) = self.source.as_mut().and_then(Iterator::next) else {
                // An iterator is not asked again after its end.
                self.source = None;
                break;
            };
            let index = self.taken;
            self.taken += 1;
            group.extend(self.start(index, invocation));
            if group.len() >= self.group() {
                self.board(std::mem::take(&mut group));
            }
        }
        if !group.is_empty() {
            self.board(group);
        }
    }

    /// How many calls share one place.
    fn group(&self) -> usize {
        let one = self.batches == Some(BatchCount::One) && !self.exchange.budget.counts_each();
        if one { BATCH } else { 1 }
    }

    /// Sends a call on its way; gives it back if it is to travel in a batch.
    fn start(&mut self, index: usize, invocation: Invocation) -> Option<Item> {
        if !self.exchange.caller.public_key.is_missing_for(&invocation) {
            return self.launch(index, invocation);
        }
        if self.unkeyed.is_empty() && self.keyless.is_none() {
            let exchange = Arc::clone(&self.exchange);
            self.under_way.push(async move { Event::Keyed(offer::kept(&exchange).await.map(drop)) }.boxed());
        }
        self.unkeyed.push((index, invocation));
        if self.keyless.is_some() {
            self.keyed();
        }
        None
    }

    /// Lets the calls go on that waited for the service's key, or ends them.
    fn keyed(&mut self) {
        for (index, invocation) in std::mem::take(&mut self.unkeyed) {
            let Some(source) = self.keyless.clone() else {
                let item = self.launch(index, invocation);
                self.again.extend(item);
                continue;
            };
            let (cmdlet, what) =
                (invocation.cmdlet.clone(), "the question for the service's key, which its secrets need,");
            self.broken(index, invocation, Error::Shared { cmdlet, what, source }, 0);
        }
    }

    /// Sends a call on its way that has all that it needs.
    fn launch(&mut self, index: usize, invocation: Invocation) -> Option<Item> {
        if let Some(way) = Way::of(&invocation) {
            match Chain::new(Arc::clone(&self.exchange), invocation.clone(), way) {
                Ok(chain) => self.give(index, invocation, Box::new(chain)),
                Err(error) => self.broken(index, invocation, error, 0),
            }
            return None;
        }
        let mut call = match self.exchange.call(&invocation) {
            Ok(call) => call,
            Err(error) => {
                self.broken(index, invocation, error, 0);
                return None;
            }
        };
        if let Some(id) = &self.id {
            call.identified(id);
        }
        let together = self.batches.is_some() && call.may_travel() && (self.writes_too || call.access == Access::Read);
        if together && call.limit != Some(0) {
            let rider = Rider::new(call, &self.exchange.scope);
            return Some(Item { index, invocation, rider });
        }
        let run = Run::new(Arc::clone(&self.exchange), call);
        self.run(index, invocation, run);
        None
    }

    /// Lets calls wait for a place.
    fn board(&mut self, mut items: Vec<Item>) {
        let exchange = Arc::clone(&self.exchange);
        self.under_way.push(
            async move {
                let due = items.iter().map(|item| item.rider.due).max().unwrap_or_default();
                let place = match items.first_mut() {
                    Some(first) => enter(&exchange, &mut first.rider.spent.waits, due).await,
                    None => return Event::Landed(Vec::new()),
                };
                for item in &mut items {
                    item.rider.due = Duration::ZERO;
                }
                Event::Boarded(items, place)
            }
            .boxed(),
        );
    }

    /// Calls leave together.
    fn depart(&mut self) {
        let (items, places) = std::mem::take(&mut self.platform).into_iter().unzip();
        self.travel(items, places);
    }

    fn travel(&mut self, items: Vec<Item>, places: Vec<Place>) {
        let exchange = Arc::clone(&self.exchange);
        self.under_way.push(
            async move {
                let (mut names, mut riders) = (Vec::new(), Vec::new());
                for item in items {
                    names.push((item.index, item.invocation));
                    riders.push(item.rider);
                }
                let verdicts = exchange.carry(&mut riders, places).await;
                let items = names.into_iter().zip(riders);
                let items = items.map(|((index, invocation), rider)| Item { index, invocation, rider });
                Event::Landed(items.zip(verdicts).collect())
            }
            .boxed(),
        );
    }

    fn heed(&mut self, event: Event) {
        match event {
            Event::Keyed(answer) => {
                self.keyless = answer.err().map(Arc::new);
                self.keyed();
            }
            Event::Boarded(items, Ok(place)) if self.group() > 1 => self.travel(items, vec![place]),
            Event::Boarded(items, Ok(place)) => {
                let mut items = items.into_iter();
                self.platform.extend(items.next().map(|first| (first, place)));
                // Each needs a place of its own now.
                self.again.extend(items);
            }
            Event::Boarded(items, Err(error)) => {
                let mut items = items.into_iter();
                if let Some(first) = items.next() {
                    self.broken(first.index, first.invocation, error, first.rider.spent.retries);
                }
                // The others may have waited less.
                self.again.extend(items);
            }
            Event::Landed(landed) => landed.into_iter().for_each(|(item, verdict)| self.landed(item, verdict)),
            Event::Ready(object) => {
                self.ready.insert(object.index, object);
            }
        }
    }

    fn landed(&mut self, item: Item, verdict: Verdict) {
        let Item { index, invocation, rider } = item;
        let (exchange, retries) = (Arc::clone(&self.exchange), rider.spent.retries);
        match verdict {
            Verdict::Done(answered) => {
                self.run(index, invocation, Run::begun(exchange, rider.call, retries, answered));
            }
            Verdict::Alone => self.run(index, invocation, Run::new(exchange, rider.call)),
            Verdict::Failed(error) => self.broken(index, invocation, error, retries),
            Verdict::Again => self.again.push_back(Item { index, invocation, rider }),
        }
    }

    /// Fetches what must be there before the first page is given away.
    fn run(&mut self, index: usize, invocation: Invocation, mut run: Run) {
        let ready = async move {
            run.begin().await;
            Event::Ready(Object { index, invocation, pages: Box::new(run) })
        };
        self.under_way.push(ready.boxed());
    }

    fn broken(&mut self, index: usize, invocation: Invocation, error: Error, retries: u64) {
        self.give(index, invocation, Box::new(Broken::new(error, retries)));
    }

    fn give(&mut self, index: usize, invocation: Invocation, pages: Box<dyn Pages>) {
        self.ready.insert(index, Object { index, invocation, pages });
    }
}

/// Waits as long as it is due, then for a place.
async fn enter(exchange: &Exchange, waits: &mut Waits, due: Duration) -> Result<Place, Error> {
    let clock = &*exchange.seams.clock;
    if !due.is_zero() {
        exchange.budget.pause(clock, waits, due).await?;
    }
    exchange.budget.enter(clock, waits).await
}

/// The stream of a call that failed before its first page.
struct Broken {
    error: Option<Error>,
    end: Completeness,
}

impl Broken {
    fn new(error: Error, retries: u64) -> Self {
        let mut end = Completeness::default();
        end.retries = retries;
        // Whoever asks on after the error must not be told that all came.
        end.gaps.push(Gap::new(GapKind::Failed, error.to_string()));
        Self { error: Some(error), end }
    }
}

#[async_trait::async_trait]
impl Pages for Broken {
    async fn next(&mut self) -> Result<Next, SeamError> {
        self.error.take().map_or_else(|| Ok(Next::End(self.end.clone())), |error| Err(error.into_seam()))
    }
}
