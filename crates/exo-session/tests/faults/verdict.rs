//! Whether a stream ended as it had to.

use crate::plan::{End, Kind, Stream};
use crate::world::World;
use exo_model::{Completeness, Diagnose, ErrorKind, GapKind, SeamError};

/// What came of a stream: of each of its objects, by number.
#[derive(Debug, Default)]
pub(crate) struct Came {
    pub(crate) objects: Vec<(usize, Ending)>,
}

/// What came of one call.
#[derive(Debug, Default)]
pub(crate) struct Ending {
    pub(crate) rows: Vec<String>,
    pub(crate) error: Option<SeamError>,
    /// None if its reader left.
    pub(crate) end: Option<Completeness>,
}

/// The rows that there are, of each object.
#[derive(Debug, Default)]
pub(crate) struct Truth {
    objects: Vec<Vec<String>>,
    names: Vec<String>,
}

type Verdict = Result<(), String>;

impl Came {
    pub(crate) fn retries(&self) -> u64 {
        self.objects.iter().filter_map(|(_, ending)| ending.end.as_ref()).map(|end| end.retries).sum()
    }

    pub(crate) fn is_complete(&self) -> bool {
        self.objects.iter().all(|(_, ending)| ending.is_complete())
    }
}

impl Ending {
    fn is_complete(&self) -> bool {
        self.error.is_none() && self.end.as_ref().is_some_and(Completeness::is_complete)
    }
}

impl Truth {
    pub(crate) fn of(world: &World, stream: &Stream, addresses: &[String]) -> Self {
        match stream.kind {
            Kind::Pages { .. } | Kind::Left => Self { objects: vec![world.truth(stream, None)], names: Vec::new() },
            Kind::Each { objects, .. } => {
                let names: Vec<String> = addresses.iter().take(objects).cloned().collect();
                Self { objects: names.iter().map(|name| world.truth(stream, Some(name))).collect(), names }
            }
            Kind::Write => Self { objects: vec![Vec::new()], names: Vec::new() },
            Kind::WriteEach { objects, .. } => Self { objects: vec![Vec::new(); objects], names: Vec::new() },
        }
    }
}

fn must(holds: bool, what: impl FnOnce() -> String) -> Verdict {
    if holds { Ok(()) } else { Err(what()) }
}

/// Says what is wrong with what came of a stream.
pub(crate) fn judge(world: &World, stream: &Stream, truth: &Truth, came: &Came) -> Verdict {
    if matches!(stream.kind, Kind::Write | Kind::WriteEach { .. }) {
        // Not once more than was refused before it ran, whatever came of it.
        let (sent, calls) = (world.taken_on(stream), truth.objects.len() as u64);
        // One that did not get in, and whose refusal was lost, was not sent at all.
        let lost = stream.end == End::Unknown && sent <= calls;
        must(lost || sent == calls + stream.repeats, || format!("{sent} changes were sent for {calls} calls"))?;
    }
    match stream.kind {
        Kind::Pages { limit } => single(stream, &truth.objects[0], &came.objects[0].1, limit),
        Kind::Left => left(stream, &truth.objects[0], &came.objects[0].1),
        Kind::Write => single(stream, &[], &came.objects[0].1, None),
        Kind::Each { together: true, in_order, .. } => together(stream, truth, &came.objects[0].1, in_order),
        Kind::Each { in_order, .. } => many(stream, truth, came, in_order),
        Kind::WriteEach { .. } => many(stream, truth, came, false),
    }
}

fn single(stream: &Stream, truth: &[String], ending: &Ending, limit: Option<u64>) -> Verdict {
    let rows = |pages: usize| truth.get(..pages * usize::from(stream.page_size)).unwrap_or(truth);
    let all = |rows: &[String]| must(ending.rows == rows, || differs(&ending.rows, rows));
    match stream.end {
        End::Whole => {
            let limit = limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
            all(truth.get(..limit).unwrap_or(truth))?;
            must(ending.is_complete(), || format!("it is not complete: {:?} {:?}", ending.error, ending.end))
        }
        End::Cut { pages } => {
            all(rows(pages))?;
            let gaps = ending.end.as_ref().map(|end| end.gaps.iter().map(|gap| gap.kind).collect::<Vec<_>>());
            must(ending.error.is_none() && gaps.as_deref() == Some(&[GapKind::Truncated]), || format!("{ending:?}"))
        }
        End::Broken { pages, kind, uncertain } => {
            all(rows(pages))?;
            broken(ending, kind, uncertain)
        }
        End::Failed { .. } | End::Unknown => Err("a single call has no objects".to_owned()),
    }
}

fn broken(ending: &Ending, kind: ErrorKind, uncertain: bool) -> Verdict {
    let Some(error) = &ending.error else { return Err(format!("it did not fail: {:?}", ending.end)) };
    must(error.kind() == kind, || format!("{:?} instead of {kind:?}: {error}", error.kind()))?;
    must(is_uncertain(error) == uncertain, || {
        format!("what is known of its outcome is not told: {error}, {:?}", error.hint())
    })?;
    has_gap(ending)
}

/// Whether it says that nobody knows whether the call ran.
fn is_uncertain(error: &SeamError) -> bool {
    error.hint().is_some_and(|hint| hint.contains("look at the object before you try again"))
}

/// Whoever asks on after an error is told that something is missing.
fn has_gap(ending: &Ending) -> Verdict {
    let told = ending.end.as_ref().is_some_and(|end| end.gaps.iter().any(|gap| gap.kind == GapKind::Failed));
    must(told, || format!("its end tells nothing of its error: {:?}", ending.end))
}

fn left(stream: &Stream, truth: &[String], ending: &Ending) -> Verdict {
    let first = truth.get(..usize::from(stream.page_size)).unwrap_or(truth);
    must(ending.rows == first && ending.error.is_none(), || differs(&ending.rows, first))
}

fn many(stream: &Stream, truth: &Truth, came: &Came, in_order: bool) -> Verdict {
    let mut numbers: Vec<usize> = came.objects.iter().map(|(number, _)| *number).collect();
    must(!in_order || numbers.is_sorted(), || format!("out of order: {numbers:?}"))?;
    numbers.sort_unstable();
    must(numbers == (0..truth.objects.len()).collect::<Vec<_>>(), || format!("lost or doubled: {numbers:?}"))?;
    let mut failed = 0;
    for (number, ending) in &came.objects {
        if ending.error.is_some() {
            failed += 1;
            must(ending.rows.is_empty(), || format!("object {number} failed behind rows"))?;
            has_gap(ending)?;
        } else {
            let rows = &truth.objects[*number];
            must(ending.rows == *rows, || format!("object {number}: {}", differs(&ending.rows, rows)))?;
            must(ending.is_complete(), || format!("object {number} is not complete: {:?}", ending.end))?;
        }
    }
    if stream.end == End::Unknown {
        let said = |(_, ending): &(usize, Ending)| ending.error.as_ref().is_none_or(is_uncertain);
        return must(failed > 0 && came.objects.iter().all(said), || format!("{failed} failed: {:?}", came.objects));
    }
    let wanted = failures(stream);
    let errors = || came.objects.iter().filter_map(|(_, ending)| ending.error.as_ref()).collect::<Vec<_>>();
    must(failed == wanted, || format!("{failed} objects failed instead of {wanted}: {:?}", errors()))
}

/// All objects in one stream: those that failed are missing whole, and named.
fn together(stream: &Stream, truth: &Truth, ending: &Ending, in_order: bool) -> Verdict {
    let Some(end) = &ending.end else { return Err("it did not end".to_owned()) };
    must(ending.error.is_none(), || format!("one that failed ended all: {:?}", ending.error))?;
    let missing = |name: &String| end.gaps.iter().any(|gap| gap.what.contains(name.as_str()));
    let wanted = failures(stream);
    must(end.gaps.len() == wanted, || format!("{wanted} must have failed: {:?}", end.gaps))?;
    let pairs = truth.names.iter().zip(&truth.objects);
    let mut rows: Vec<String> =
        pairs.filter(|(name, _)| !missing(name)).flat_map(|(_, rows)| rows.iter().cloned()).collect();
    let mut got = ending.rows.clone();
    if !in_order {
        rows.sort_unstable();
        got.sort_unstable();
    }
    must(got == rows, || differs(&got, &rows))
}

fn failures(stream: &Stream) -> usize {
    if let End::Failed { objects } = stream.end { objects } else { 0 }
}

fn differs(got: &[String], wanted: &[String]) -> String {
    let place = got.iter().zip(wanted).position(|(a, b)| a != b).unwrap_or(got.len().min(wanted.len()));
    let (left, right) = (got.get(place), wanted.get(place));
    format!("{} rows instead of {}; the first that differs is {place}: {left:?}, {right:?}", got.len(), wanted.len())
}
