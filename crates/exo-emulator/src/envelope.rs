//! The reply of a cmdlet: one page of its rows, with warnings and the link to the next.

use std::io::Write as _;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::answer::Answer;
use crate::cmdlets::{Output, Table};
use crate::faults::Link;
use crate::paging::Place;
use crate::request::Request;
use crate::rows::{Row, push_text};
use crate::select::Select;
use crate::tenant::EmptySuccess;
use crate::world::World;

pub(crate) const CONTENT_TYPE: &str =
    "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8";
const MORE: &str = "There are more results available than are currently displayed. To view them, increase the value \
                    for the ResultSize parameter.";
/// Bits of an offset that count the rows of one unit.
const ROW_BITS: u32 = 8;

/// What the caller wants of a result.
pub(crate) struct Wanted<'a> {
    pub(crate) select: &'a Select,
    /// The page size of `Prefer`.
    pub(crate) asked: Option<u32>,
    pub(crate) result_size: Option<u64>,
    /// The page size where neither says one.
    pub(crate) default_size: u32,
    pub(crate) place: Place,
    /// What is wrong with the link.
    pub(crate) link: Option<&'a Link>,
}

impl Wanted<'_> {
    fn page_size(&self) -> u64 {
        let by_result = self.result_size.map_or(u64::from(self.default_size), |size| size.clamp(1, 1000));
        self.asked.map_or(by_result, u64::from)
    }

    /// The place that the link of this page leads to.
    pub(crate) fn following(&self, offset: u64, given: i64) -> Place {
        match self.link {
            // The very link that led here, where one did.
            Some(Link::Repeated) => self.place,
            _ => Place { offset, page: self.place.page + 1, given },
        }
    }

    /// How many rows of the run came before this page.
    fn before(&self) -> u64 {
        u64::from(self.place.page - 1).saturating_mul(self.page_size())
    }
}

/// Makes a page and packs it.
pub(crate) fn answer(
    world: &World,
    request: &Request,
    (base, action): (&str, &str),
    output: Output<'_>,
    (wanted, seal): (&Wanted<'_>, &dyn Fn(Place) -> String),
) -> Answer {
    let mut reply = Reply { link: None, warnings: Vec::new(), confirmation: None };
    let mut rows = Vec::new();
    match output {
        Output::Rows(table) => {
            let page = page(table.as_ref(), wanted, world.tenant.strict_result_size, &mut rows);
            if page.more {
                reply.warnings.push(MORE.to_owned());
            }
            let given = world.clock.now_millis();
            reply.link = page.next.map(|offset| {
                let token = escaped(&seal(wanted.following(offset, given)));
                let select = wanted.select.as_query();
                format!("{}/{action}?{select}%24skiptoken={token}", bent(base, wanted.link))
            });
        }
        Output::Listed(table, warnings) => {
            // Such a cmdlet gives what it has at once and never a link.
            let whole = Wanted { asked: Some(u32::MAX), result_size: None, place: Place::START, ..*wanted };
            page(table.as_ref(), &whole, false, &mut rows);
            reply.warnings.extend(warnings);
        }
        Output::Warned(warning) => reply.warnings.push(warning),
        Output::Done => match world.empty_success() {
            EmptySuccess::Nothing => return Answer::empty(200),
            EmptySuccess::NoContent => return Answer::empty(204),
            EmptySuccess::List | EmptySuccess::InTurn => {}
        },
        Output::Confirm(text) => reply.confirmation = Some(text),
    }
    let body = reply.print(base, &rows);
    let applied = wanted.asked.map_or_else(
        || "odata.include-annotations=\"*\"".to_owned(),
        |size| format!("odata.include-annotations=\"*\",odata.maxpagesize={size}"),
    );
    let answer = Answer::empty(200)
        .with("odata-version", "4.0")
        .with("preference-applied", applied)
        .with("cache-control", "no-cache");
    packed(answer, request, body)
}

/// A token as it stands in a link.
pub(crate) fn escaped(token: &str) -> String {
    token.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D")
}

/// The address that a link begins with, or that of another host or tenant.
pub(crate) fn bent(base: &str, link: Option<&Link>) -> String {
    let parts: Vec<&str> = base.split('/').collect();
    let (place, other) = match link {
        Some(Link::Foreign(host)) => (2, host),
        Some(Link::OtherTenant(tenant)) => (5, tenant),
        _ => return base.to_owned(),
    };
    let parts = parts.iter().enumerate().map(|(at, part)| if at == place { other } else { *part });
    parts.collect::<Vec<_>>().join("/")
}

pub(crate) fn packed(answer: Answer, request: &Request, body: Vec<u8>) -> Answer {
    if !request.takes_gzip() || body.len() < 256 {
        return answer.typed(CONTENT_TYPE, body);
    }
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 8), Compression::fast());
    let written = encoder.write_all(&body).and_then(|()| encoder.finish());
    match written {
        Ok(small) => answer.typed(CONTENT_TYPE, small).with("content-encoding", "gzip"),
        Err(_) => answer.typed(CONTENT_TYPE, Bytes::from(body)),
    }
}

pub(crate) struct Page {
    pub(crate) next: Option<u64>,
    more: bool,
}

/// Writes the rows of one page, and looks whether another follows.
pub(crate) fn page(table: &dyn Table, wanted: &Wanted<'_>, strict: bool, out: &mut Vec<u8>) -> Page {
    let mut left = wanted.page_size();
    let expected = if wanted.select.is_all() { 6 << 10 } else { 512 };
    out.reserve(usize::try_from(left.min(table.units())).unwrap_or(0) * expected);
    let mut ends = false;
    if strict && let Some(size) = wanted.result_size {
        let rest = size.saturating_sub(wanted.before());
        ends = rest <= left;
        left = left.min(rest);
    }
    let mut unit = wanted.place.offset >> ROW_BITS;
    let mut row = wanted.place.offset & ((1 << ROW_BITS) - 1);
    while unit < table.units() {
        let rows = table.rows(unit);
        while row < rows {
            if left == 0 {
                let linked = wanted.link != Some(&Link::Missing) && !ends;
                return Page { next: linked.then_some(unit << ROW_BITS | row), more: true };
            }
            if !out.is_empty() {
                out.push(b',');
            }
            let mut line = Row::begin(out, wanted.select);
            table.write(unit, row, &mut line);
            line.end();
            left -= 1;
            row += 1;
        }
        unit += 1;
        row = 0;
    }
    Page { next: None, more: false }
}

struct Reply {
    link: Option<String>,
    warnings: Vec<String>,
    confirmation: Option<String>,
}

impl Reply {
    fn print(&self, base: &str, rows: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(rows.len() + 1024);
        out.extend_from_slice(b"{\"@odata.context\":");
        push_text(&mut out, &format!("{base}/$metadata#Collection(Exchange.GenericHashTable)"));
        if let Some(link) = &self.link {
            out.extend_from_slice(b",\"@odata.nextLink\":");
            push_text(&mut out, link);
        }
        out.extend_from_slice(b",\"adminapi.warnings@odata.type\":\"#Collection(String)\",\"@adminapi.warnings\":[");
        for (place, warning) in self.warnings.iter().enumerate() {
            if place > 0 {
                out.push(b',');
            }
            push_text(&mut out, warning);
        }
        out.push(b']');
        if let Some(text) = &self.confirmation {
            out.extend_from_slice(b",\"@adminapi.confirmationmessage\":");
            push_text(&mut out, text);
        }
        out.extend_from_slice(b",\"value\":[");
        out.extend_from_slice(rows);
        out.extend_from_slice(b"]}");
        out
    }
}
