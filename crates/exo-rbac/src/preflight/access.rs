//! One declared cmdlet: what the token lets expect, what the service offers, and why the two differ.

use super::Verdict;
use crate::limits::limit;
use crate::{Answer, Grants, Limit, Need, Offer, Offered, Sureness, Why};
use exo_catalog::find;
use std::fmt;

/// Whether a declared cmdlet may run, with its parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Access {
    /// What is declared.
    pub need: Need,
    /// What the token says of the cmdlet; nothing where no token could be read.
    pub predicted: Option<Answer>,
    /// Parameters of which the token says something else than of the cmdlet.
    pub parameters: Vec<(String, Answer)>,
    /// What the service offers of it; nothing where nobody has asked.
    pub offered: Option<Offered>,
    /// Why the offer is not what the token lets expect.
    pub explanation: Option<Explanation>,
    /// Microsoft lists it as unsupported for apps: a warning, no refusal.
    pub limit: Option<&'static Limit>,
}

/// Why an offer is not what a token lets expect.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Explanation {
    /// What it may be; one of them at least.
    pub causes: Vec<Cause>,
    /// Whether nothing else is possible by Microsoft's documentation.
    pub certain: bool,
}

/// What may explain an offer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// The app's service principal is in a role group of the service, which no token shows.
    RoleGroup,
    /// Other directory roles of the token open the service after all.
    OtherRoles(Vec<String>),
    /// Another application permission opens the service.
    OtherPermission(Vec<String>),
    /// None of the app's roles has it.
    NotInRoles,
    /// A role that was granted after the token was issued is not in it.
    NotInToken,
    /// The directory role of the token is not in force in this tenant.
    NotInForce,
    /// The service has it no more.
    Retired,
    /// The data on management roles are of 2022.
    OldData,
    /// It is newer than the catalogue of cmdlets.
    NewerThanCatalogue,
    /// Microsoft lists it as unsupported for apps.
    Unsupported,
}

impl Access {
    pub(super) fn of(need: &Need, token: Option<&Grants>, offer: Option<&Offer>) -> Self {
        let predicted = token.map(|token| token.cmdlet(need.service, &need.cmdlet));
        let parameter = |token: &Grants, name: &String| {
            let answer = token.parameter(need.service, &need.cmdlet, name);
            (Some(&answer) != predicted.as_ref()).then(|| (name.clone(), answer))
        };
        let parameters = token
            .map(|token| need.parameters.iter().filter_map(|name| parameter(token, name)).collect())
            .unwrap_or_default();
        let offered = offer.map(|offer| offer.of(need));
        let mut access = Self {
            need: need.clone(),
            predicted,
            parameters,
            offered,
            explanation: None,
            limit: limit(need.service, &need.cmdlet),
        };
        access.explanation = access.explained(token);
        access
    }

    /// Whether it can run.
    pub fn verdict(&self) -> Verdict {
        match (&self.offered, self.sureness()) {
            (Some(Offered::Whole), _) | (None, Some(Sureness::Yes)) => Verdict::Open,
            (Some(Offered::Nothing | Offered::Without(_)), _) | (None, Some(Sureness::No)) => Verdict::Closed,
            _ => Verdict::Unsure,
        }
    }

    /// What the token says of cmdlet and parameters together.
    pub fn answer(&self) -> Option<&Answer> {
        let parameters = self.parameters.iter().map(|(_, answer)| answer);
        self.predicted.iter().chain(parameters).reduce(|a, b| if b.sureness() > a.sureness() { b } else { a })
    }

    /// How sure the token makes it.
    pub fn sureness(&self) -> Option<Sureness> {
        self.answer().map(Answer::sureness)
    }

    /// What to do, where there is something to do.
    pub fn hint(&self) -> Option<String> {
        self.answer().filter(|_| self.verdict() == Verdict::Closed).and_then(Answer::hint)
    }

    /// The set-up step that is open, or that may be.
    pub fn step(&self) -> Option<u8> {
        match self.verdict() {
            Verdict::Open => None,
            Verdict::Closed if self.offered.is_some() => Some(5),
            _ => self.answer().and_then(Answer::step),
        }
    }

    /// Why offer and prediction differ, if they do.
    fn explained(&self, token: Option<&Grants>) -> Option<Explanation> {
        let answer = self.answer()?;
        match &self.offered {
            Some(Offered::Whole | Offered::Name) => unexpected(answer, token?),
            Some(Offered::Nothing | Offered::Without(_)) => Some(self.withheld(answer)),
            None => None,
        }
    }

    /// Why it is not offered.
    fn withheld(&self, answer: &Answer) -> Explanation {
        let mut causes = Vec::new();
        if self.limit.is_some() {
            causes.push(Cause::Unsupported);
        }
        causes.extend(match answer.why() {
            None | Some(Why::Likely { .. }) => vec![Cause::NotInForce, Cause::OldData],
            Some(Why::NoRole { .. }) => vec![Cause::NotInRoles, Cause::NotInToken],
            Some(Why::UnknownCmdlet { .. } | Why::UnknownParameter { .. } | Why::WrongService { .. }) => Vec::new(),
            Some(_) => vec![Cause::NotInRoles],
        });
        if find(&self.need.cmdlet).is_some_and(|known| known.services().contains(self.need.service)) {
            causes.push(Cause::Retired);
        }
        if causes.is_empty() {
            causes.push(Cause::NotInRoles);
        }
        Explanation { causes, certain: false }
    }
}

/// Why something is offered that the token does not explain; nothing where it does, or where nothing was said.
fn unexpected(answer: &Answer, token: &Grants) -> Option<Explanation> {
    let causes = match answer.why()? {
        Why::Unsupported { .. } => return None,
        _ if answer.sureness() <= Sureness::Possible => return None,
        Why::PermissionMissing { found, .. } => vec![Cause::OtherPermission(found.clone())],
        Why::NoRole { .. } if token.others().is_empty() => vec![Cause::RoleGroup],
        Why::NoRole { .. } => vec![Cause::RoleGroup, Cause::OtherRoles(token.others().to_vec())],
        Why::UnknownCmdlet { .. }
        | Why::UnknownParameter { .. }
        | Why::WrongService { .. }
        | Why::OtherServicesParameter { .. }
        | Why::ModuleOnly { .. } => vec![Cause::NewerThanCatalogue],
        _ => vec![Cause::RoleGroup, Cause::OldData],
    };
    // Rights come from directory roles and from role groups, and from nowhere else.
    let certain = causes == [Cause::RoleGroup];
    Some(Explanation { causes, certain })
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let service = self.need.service.title();
        match (&self.offered, self.answer()) {
            (Some(Offered::Whole), _) => write!(f, "{service} offers it"),
            (Some(Offered::Name), _) => write!(f, "{service} offers it, and does not say with which parameters"),
            (Some(Offered::Without(lacking)), _) => {
                let names: Vec<_> = lacking.iter().map(|name| format!("-{name}")).collect();
                write!(f, "{service} offers it without {}", names.join(", "))
            }
            (Some(Offered::Nothing), _) => write!(f, "{service} does not offer it to this app"),
            (None, Some(answer)) => return answer.fmt(f),
            (None, None) => return f.write_str("no token could be read, and the service was not asked"),
        }?;
        self.explanation.as_ref().map_or(Ok(()), |explanation| write!(f, "; {explanation}"))
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let causes: Vec<_> = self.causes.iter().map(ToString::to_string).collect();
        f.write_str(if self.certain { "so " } else { "perhaps " })?;
        f.write_str(&causes.join(", or "))
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RoleGroup => f.write_str("the app is in a role group, which no token shows"),
            Self::OtherRoles(roles) => write!(f, "{} open the service after all", roles.join(" and ")),
            Self::OtherPermission(found) if found.is_empty() => f.write_str("the service asks for no permission"),
            Self::OtherPermission(found) => write!(f, "{} is enough", found.join(" or ")),
            Self::NotInRoles => f.write_str("none of the app's roles has it"),
            Self::NotInToken => f.write_str("a role was granted after the token was issued"),
            Self::NotInForce => f.write_str("the token's role is not in force in this tenant"),
            Self::Retired => f.write_str("the service has it no more"),
            Self::OldData => f.write_str("the role has changed since 2022, of which the data are"),
            Self::NewerThanCatalogue => f.write_str("it is newer than the catalogue of cmdlets"),
            Self::Unsupported => f.write_str("it is unsupported for apps"),
        }
    }
}
