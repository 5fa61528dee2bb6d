//! `InvokeCommand`: one call in, one page or an error out.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::Endpoint;
use super::path::Asked;
use crate::answer::Answer;
use crate::bearer;
use crate::cmdlet_error::{CmdletError, code};
use crate::cmdlets::{self, Call};
use crate::envelope::{self, Wanted};
use crate::faults::{Action, Fault};
use crate::form::Form;
use crate::hosts::Door;
use crate::mix::mix_text;
use crate::paging::{self, Binding, Place};
use crate::parameters::Parameters;
use crate::received::Received;
use crate::regions::{self, Location};
use crate::requested_claims::RequestedClaims;
use crate::roles::{self, Access, RefusedParameter, Rights};
use crate::select::Select;
use crate::spoil;
use crate::tenant::ForbiddenBody;

#[derive(Deserialize)]
struct Body {
    #[serde(rename = "CmdletInput")]
    input: Read,
}

#[derive(Deserialize)]
struct Read {
    #[serde(rename = "CmdletName")]
    name: String,
    #[serde(rename = "Parameters")]
    parameters: Option<Map<String, Value>>,
}

/// A cmdlet and its parameters, as they stand in the body.
pub(super) struct Input {
    pub(super) name: String,
    pub(super) parameters: Map<String, Value>,
}

impl Endpoint<'_> {
    pub(super) async fn invoke(&self, note: &mut Received) -> Answer {
        if self.request.method != "POST" {
            return Answer::empty(405).with("allow", "POST");
        }
        match self.input() {
            Ok(input) => self.call(&input, note).await,
            Err(error) => error_answer(&error),
        }
    }

    /// Runs a cmdlet, or fails as a limit or a fault says.
    pub(super) async fn call(&self, input: &Input, note: &mut Received) -> Answer {
        let place = self.place(input);
        let declared = cmdlets::find(self.service, &input.name).map(|cmdlet| cmdlet.parameters);
        note.called(&input.name, &input.parameters, declared);
        self.served(&input.name, place.map(|place| place.page), note, |fault| self.run(input, place, fault)).await
    }

    /// The body of a request; only the documented endpoints do without parameters.
    pub(super) fn input(&self) -> Result<Input, CmdletError> {
        let read = serde_json::from_slice::<Body>(&self.request.body);
        let Read { name, parameters } = read.map_err(|error| CmdletError::malformed(&error.to_string()))?.input;
        let may_be_absent = matches!(self.path.asked, Asked::Documented(_));
        let parameters = parameters.or_else(|| may_be_absent.then(Map::new));
        let parameters = parameters.ok_or_else(|| CmdletError::malformed("The input has no `Parameters`."))?;
        Ok(Input { name, parameters })
    }

    /// The last segment of the links to pages.
    fn action(&self) -> &str {
        match &self.path.asked {
            Asked::Documented(name) => name,
            _ => "InvokeCommand",
        }
    }

    /// The answer that a fault puts in place of the cmdlet's.
    pub(super) fn strike(&self, fault: &Fault) -> Option<Answer> {
        let error = |status, exception: &str, text: &str| error_answer(&CmdletError::new(status, exception, text));
        Some(match &fault.action {
            Action::Throttle(retry_after) => {
                let answer = error(429, "Microsoft.Exchange.Data.ApplicationLogic.OverBudgetException", "Throttled.");
                match retry_after {
                    Some(value) => answer.with("retry-after", value.as_str()),
                    None => answer,
                }
            }
            Action::Status(401) => bearer::revoked(self.service, self.world.tenant.cloud),
            Action::Status(status) => error(*status, "System.Exception", code(*status)),
            Action::ServerError { code, exception } => {
                error(*code, exception, "The emulator was told to fail this call.")
            }
            Action::ExpiredPage => error_answer(&CmdletError::expired_page()),
            Action::RevokeToken => {
                self.world.tokens.revoke(&self.caller.token);
                bearer::revoked(self.service, self.world.tenant.cloud)
            }
            Action::Challenge(claims) => {
                let challenge = RequestedClaims::read(claims);
                let is_met = challenge.is_some_and(|wanted| self.caller.issued.requested.answers(&wanted));
                return (!is_met).then(|| bearer::challenged(self.world.tenant.cloud, claims));
            }
            Action::RedirectTo(label) => {
                let name = self.request.host().to_ascii_lowercase();
                let (door, _) = Door::find(&name, self.world.tenant.cloud)?;
                let location = regions::elsewhere(self.request, door, label, Location::Public);
                Answer::empty(302).with("location", location)
            }
            Action::Aadsts(_) => return None,
            action => return spoil::plain(action),
        })
    }

    fn run(&self, input: &Input, place: Option<Place>, fault: Option<&Fault>) -> Answer {
        match self.page(input, place, fault) {
            Ok(answer) | Err(Failure::Refused(answer)) => answer,
            Err(Failure::Error(error)) => error_answer(&error),
        }
    }

    fn page(&self, input: &Input, place: Option<Place>, fault: Option<&Fault>) -> Result<Answer, Failure> {
        let request = self.request;
        let rights = self.rights();
        let cmdlet = self.allowed(&rights, &input.name)?;
        if request.header("x-responseformat").is_some_and(|form| form.eq_ignore_ascii_case("clixml")) {
            let text = "This emulator speaks JSON only; ask for X-ResponseFormat: json.";
            return Err(CmdletError::malformed(text).into());
        }
        let place = place.ok_or_else(CmdletError::expired_page)?;
        let life = i64::try_from(self.world.tenant.page_link_lifetime.as_millis()).unwrap_or(i64::MAX);
        if place != Place::START && self.world.clock.now_millis() - place.given >= life {
            return Err(CmdletError::expired_page().into());
        }
        let parameters = Parameters::read(&input.parameters, cmdlet.parameters)?;
        if let Some(name) = parameters.given().find(|name| !rights.may_pass(cmdlet.name, name)) {
            return Err(match self.world.tenant.unsettled.roles.refused_parameter {
                RefusedParameter::Forbidden => {
                    Failure::Refused(self.forbidden(&format!("{name} is not available to the caller")))
                }
                RefusedParameter::Unknown => CmdletError::ambiguous().into(),
            });
        }
        let filters = if roles::is_reading(cmdlet.name) { None } else { rights.filters(cmdlet.name) };
        let (world, service) = (self.world, self.service);
        let output = (cmdlet.run)(&Call { world, service, parameters: &parameters, filters })?;
        let query = Form::parse(&request.query);
        let back_end = self.back_end();
        let wanted = Wanted {
            select: &Select::parse(query.get("$select")),
            asked: request.page_size(),
            result_size: parameters.result_size(),
            default_size: self.world.tenant.unsettled.page_size,
            place,
            link: fault.and_then(|fault| match &fault.action {
                Action::Link(link) => Some(link),
                _ => None,
            }),
        };
        let seal = |next: Place| {
            let unanchored = "AM0PR02MB0000".to_owned();
            let back_end = back_end.clone().unwrap_or(unanchored);
            self.binding(input, &back_end).seal(next)
        };
        Ok(envelope::answer(self.world, request, (&self.base(), self.action()), output, (&wanted, &seal)))
    }

    /// What the caller may do here, now.
    pub(super) fn rights(&self) -> Rights<'_> {
        Rights::of(self.world, &self.caller.issued, self.service)
    }

    /// The cmdlet, if there is such a one and the caller may run it here.
    fn allowed(&self, rights: &Rights<'_>, name: &str) -> Result<&'static cmdlets::Cmdlet, Failure> {
        match (rights.access(name), cmdlets::find(self.service, name)) {
            (Access::Granted, Some(cmdlet)) => Ok(cmdlet),
            (Access::NoRole, _) => {
                let app = self.world.app(self.caller.issued.app);
                let text = CmdletError::no_role(app.as_ref().map_or("", |app| app.id.as_str())).text;
                Err(Failure::Refused(self.forbidden(&text)))
            }
            (Access::NotThisCmdlet, _) | (Access::Granted, None) => {
                Err(Failure::Refused(self.forbidden(&format!("User is not allowed to call {name}"))))
            }
        }
    }

    fn forbidden(&self, text: &str) -> Answer {
        let answer = match self.world.tenant.forbidden_body {
            ForbiddenBody::NulGzip => spoil::nul_403(),
            ForbiddenBody::Empty => Answer::empty(403),
            ForbiddenBody::Json => {
                let exception = "Microsoft.Exchange.Admin.OData.Core.ODataServiceException";
                error_answer(&CmdletError::new(403, exception, text))
            }
        };
        let reason = "The app has no role that allows this operation.";
        answer.with("x-ms-diagnostics", format!("2000006;reason=\"{reason}\";error_category=\"invalid_client\""))
    }

    /// Where the run of pages stands; none if the link does not lead there.
    fn place(&self, input: &Input) -> Option<Place> {
        let query = Form::parse(&self.request.query);
        match query.get("$skiptoken") {
            None => Some(Place::START),
            Some(token) => {
                let back_end = self.back_end()?;
                self.binding(input, &back_end).open(token)
            }
        }
    }

    fn back_end(&self) -> Option<String> {
        paging::back_end(self.request.header("x-anchormailbox"), &self.world.tenant.domain)
    }

    fn binding<'b>(&self, input: &Input, back_end: &'b str) -> Binding<'b> {
        let parameters = Value::Object(input.parameters.clone()).to_string();
        let body = mix_text(1, &input.name.to_ascii_lowercase()) ^ mix_text(2, &parameters);
        Binding { secret: self.world.secret, body, back_end }
    }
}

enum Failure {
    Refused(Answer),
    Error(CmdletError),
}

impl From<CmdletError> for Failure {
    fn from(error: CmdletError) -> Self {
        Self::Error(error)
    }
}

pub(super) fn error_answer(error: &CmdletError) -> Answer {
    Answer::empty(error.status).typed(envelope::CONTENT_TYPE, error.body())
}
