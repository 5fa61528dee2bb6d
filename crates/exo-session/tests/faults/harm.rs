//! What can be done to a stream, and what must come of it.

use crate::dice::Dice;
use crate::plan::{End, Kind, Stream, app_id};
use exo_emulator::Fault;
use exo_model::ErrorKind;
use std::time::Duration;

/// A fault, and what it does.
pub(crate) struct Harm {
    pub(crate) fault: Fault,
    pub(crate) end: End,
    /// It costs a token, which is renewed once for each request.
    pub(crate) renews: bool,
    /// The request is sent once more.
    pub(crate) repeats: bool,
    /// It takes the answers of all with it that travel together.
    pub(crate) takes_all: bool,
}

const HTML: &str = "<html><head><title>Service Unavailable</title></head><body>nginx</body></html>";
const DATE: &str = "Fri, 20 Nov 2026 10:11:12 GMT";
/// Names of passing troubles, as the service spells them.
const PASSING: [&str; 5] = [
    "Microsoft.Exchange.Data.Storage.StorageTransientException",
    "Microsoft.Exchange.Data.Directory.ADTransientException",
    "Microsoft.Exchange.Configuration.Tasks.ServerBusyException",
    "Microsoft.Exchange.Data.Directory.DCOverloadedException",
    "Microsoft.Exchange.Data.Directory.SuitabilityDirectoryException",
];

fn on(stream: &Stream) -> Fault {
    Fault::on_cmdlet(stream.cmdlet).app(app_id(stream.number))
}

/// The same without effect on the end.
fn harmless(fault: Fault) -> Harm {
    Harm { fault, end: End::Whole, renews: false, repeats: true, takes_all: false }
}

/// A way of saying when to come back.
fn retry_after(dice: &mut Dice) -> Option<&'static str> {
    dice.pick(&[None, Some("0"), Some("1"), Some("3"), Some("0.5"), Some("1.25"), Some(DATE), Some("soon")])
}

/// What a read survives.
pub(crate) fn passing(dice: &mut Dice, stream: &Stream) -> Harm {
    let on = || on(stream);
    let status = dice.pick(&[408, 500, 502, 503, 504]);
    let fault = match dice.between(0, 15) {
        0..=2 => on().throttle(retry_after(dice)),
        3 => on().throttle_text(),
        4 => on().throttle_text_under(dice.pick(&[200, 400, 401, 403, 404, 500, 502, 503, 504])),
        5 => on().status(status),
        6 => on().answer(status, "application/json", ""),
        7 => on().answer(status, "text/html", HTML),
        8 => on().html(),
        9 => on().server_error(dice.pick(&[400, 404, 500]), dice.pick(&PASSING)),
        10 => on().status(503).retry_after(dice.pick(&["1", "2.5", DATE])),
        11 => return Harm { takes_all: true, ..harmless(on().reset()) },
        12 => {
            let bytes = usize::try_from(dice.between(0, 700)).unwrap_or(0);
            return Harm { takes_all: true, ..harmless(on().truncate(bytes)) };
        }
        13 => on().wrong_label().status(status),
        14 => return Harm { renews: true, ..harmless(renewing(stream)) },
        _ => return calm(dice, stream),
    };
    harmless(fault)
}

/// What asks for another token: of some streams the old one is revoked, of others it lacks what the service now demands.
fn renewing(stream: &Stream) -> Fault {
    // A challenge meets all that are on their way, so that nobody can say how many changes are asked for again.
    let many = matches!(stream.kind, Kind::WriteEach { .. });
    let revoked = many || stream.number.is_multiple_of(2);
    if revoked { on(stream).revoke_token() } else { on(stream).claims_challenge(DEMANDED) }
}

/// As Microsoft's page on claims challenges shows them, decoded.
const DEMANDED: &str = r#"{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}"#;

/// What befalls a stream's token, before it comes or for good.
pub(crate) fn of_the_token(dice: &mut Dice, stream: &mut Stream) {
    let on = || Fault::on_token().app(app_id(stream.number));
    let fault = match dice.between(0, 8) {
        0 => on().throttle(retry_after(dice)),
        1 => on().status(dice.pick(&[500, 502, 503, 504])),
        2 => on().reset(),
        3 => on().truncate(usize::try_from(dice.between(0, 300)).unwrap_or(0)),
        4 => on().html(),
        5 => on().answer(503, "text/html", HTML),
        6 => on().delay(Duration::from_millis(dice.between(1, 40))),
        7 => on().skew(dice.pick(&[-100_000, 100_000])),
        // No such app; it is not asked for again.
        _ if matches!(stream.kind, Kind::Pages { .. }) => {
            stream.end = End::Broken { pages: 0, kind: ErrorKind::Authentication, uncertain: false };
            on().aadsts(700_016).always()
        }
        _ => on().aadsts(90_033),
    };
    stream.faults.push(fault);
}

/// What no client should even notice.
fn calm(dice: &mut Dice, stream: &Stream) -> Harm {
    let on = || on(stream);
    let fault = match dice.between(0, 3) {
        0 => on().delay(Duration::from_millis(dice.between(1, 40))),
        1 => on().slow(usize::try_from(dice.between(200, 4_000)).unwrap_or(200), Duration::from_millis(1)),
        2 => on().wrong_label(),
        _ => on().skew(dice.pick(&[-100_000, -60, 60, 100_000])),
    };
    Harm { repeats: false, ..harmless(fault) }
}

/// A refusal that no repetition would change, each with the kind of error that it is.
const REFUSALS: [(u16, ErrorKind); 5] = [
    (400, ErrorKind::Refused),
    (403, ErrorKind::Authorization),
    (404, ErrorKind::Refused),
    (405, ErrorKind::Refused),
    (501, ErrorKind::Unavailable),
];

/// A refusal of one call among many.
pub(crate) fn refusal(dice: &mut Dice, stream: &Stream) -> Fault {
    let on = || on(stream);
    match dice.between(0, 3) {
        0 => on().nul_403(),
        1 => on().garbage(),
        2 => on().answer(200, "text/html", HTML),
        _ => on().status(dice.pick(&REFUSALS).0),
    }
}

/// What ends a read on its `page`, of which the last is none that is `linked`.
pub(crate) fn lasting(dice: &mut Dice, stream: &Stream, page: usize, linked: bool) -> Harm {
    let on = || on(stream);
    let broken = |fault, pages, kind| {
        let end = End::Broken { pages, kind, uncertain: false };
        Harm { end, repeats: false, ..harmless(fault) }
    };
    let here = |fault, kind| broken(fault, page - 1, kind);
    match dice.between(0, if linked { 18 } else { 12 }) {
        0..=2 => {
            let (status, kind) = dice.pick(&REFUSALS);
            here(on().status(status), kind)
        }
        3 => here(on().nul_403(), ErrorKind::Authorization),
        4 => here(on().garbage(), ErrorKind::Answer),
        5 => here(on().answer(200, "text/html", HTML), ErrorKind::Answer),
        6 => here(on().answer(200, "application/json", r#"{"value":[{"Alias":"a"},{"Al"#), ErrorKind::Answer),
        7 => here(on().times(9).status(dice.pick(&[408, 500, 502, 503, 504])), ErrorKind::Unavailable),
        8 => here(on().times(9).reset(), ErrorKind::Unavailable),
        9 => here(on().times(2).status(401), ErrorKind::Authentication),
        10 => {
            let other = r#"{"@odata.context":"https://outlook.office365.com/adminapi/beta/fabrikam.onmicrosoft.com/$metadata#x","value":[{"Alias":"spy"}]}"#;
            here(on().answer(200, "application/json", other), ErrorKind::Answer)
        }
        11 => here(on().redirect("https://login.localhost/common"), ErrorKind::Answer),
        12 if page == 1 => here(on().status(403), ErrorKind::Authorization),
        12 if dice.one_in(2) => here(on().answer(200, "application/json", ""), ErrorKind::Answer),
        // A run whose first page was not given away yet begins anew, once.
        12 => here(on().times(2).expired_page(), ErrorKind::Unavailable),
        13 | 14 => broken(on().foreign_link("evil.example"), page, ErrorKind::Answer),
        15 => broken(on().other_tenant_link("fabrikam.onmicrosoft.com"), page, ErrorKind::Answer),
        // A first page has no link of its own: that it comes again is seen by its rows, if they are many.
        16 if page > 1 || stream.page_size >= 10 => broken(on().times(2).repeated_link(), page, ErrorKind::Answer),
        _ => Harm { end: End::Cut { pages: page }, repeats: false, ..harmless(on().warning_without_link()) },
    }
}

/// What befalls a change before it is made, so that it is asked for again.
pub(crate) fn before_it_ran(dice: &mut Dice, stream: &Stream) -> Harm {
    let on = || on(stream);
    match dice.between(0, 4) {
        0 | 1 => harmless(on().throttle(retry_after(dice))),
        2 => harmless(on().throttle_text()),
        3 => Harm { renews: true, ..harmless(renewing(stream)) },
        _ => calm(dice, stream),
    }
}

/// What ends a change: refused, or of unknown outcome.
pub(crate) fn of_a_write(dice: &mut Dice, stream: &Stream) -> Harm {
    let on = || on(stream);
    let broken = |fault, kind, uncertain| {
        let end = End::Broken { pages: 0, kind, uncertain };
        Harm { end, repeats: false, ..harmless(fault) }
    };
    match dice.between(0, 7) {
        0 => {
            let (status, kind) = dice.pick(&REFUSALS[..4]);
            broken(on().status(status), kind, false)
        }
        1 => broken(on().status(dice.pick(&[408, 500, 502, 503, 504])), ErrorKind::Unavailable, true),
        2 => broken(on().html(), ErrorKind::Unavailable, true),
        3 => broken(on().reset(), ErrorKind::Unavailable, true),
        4 => broken(on().truncate(usize::try_from(dice.between(0, 40)).unwrap_or(0)), ErrorKind::Unavailable, true),
        5 => broken(on().garbage(), ErrorKind::Answer, true),
        6 => broken(on().answer(dice.pick(&[500, 503]), "application/json", ""), ErrorKind::Unavailable, true),
        _ => broken(on().server_error(500, dice.pick(&PASSING)), ErrorKind::Unavailable, true),
    }
}

/// The same of one among many, where the others travel on.
pub(crate) fn of_one_write(dice: &mut Dice, stream: &Stream) -> Fault {
    let on = || on(stream);
    match dice.between(0, 2) {
        0 => on().status(dice.pick(&[400, 403, 404, 408, 500, 502, 503, 504])),
        1 => on().garbage(),
        _ => on().server_error(500, dice.pick(&PASSING)),
    }
}

/// What takes the answer away.
pub(crate) fn lost_answer(dice: &mut Dice, stream: &Stream) -> Fault {
    let bytes = usize::try_from(dice.between(0, 40)).unwrap_or(0);
    if dice.one_in(2) { on(stream).reset() } else { on(stream).truncate(bytes) }
}
