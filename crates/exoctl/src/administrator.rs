//! Who sets an app up: an administrator who signs in by device code, or whose token is handed over.

use crate::arguments::AdministratorFlags;
use crate::failure::{Failure, Result};
use crate::site::Site;
use crate::{environment, shell, terminal, times};
use exo_http::Transport;
use exo_model::{AppId, Clock, ErrorKind, Secret, SecretBytes, TokenProvider, TokenRequest};
use exo_token::{Cached, Claims, DeviceCode, GivenToken, UserCode};
use std::path::PathBuf;
use std::sync::Arc;

/// A way to the administrator's token for Microsoft Graph, checked as far as that goes without asking anybody.
#[derive(Debug, Clone)]
pub(crate) enum Administrator {
    /// Signs in to this app by device code.
    Person(AppId),
    /// Has signed in elsewhere.
    Given(GraphTokenPlace),
}

/// Where a token for Microsoft Graph is; never an argument, which all processes can see.
#[derive(Debug, Clone)]
pub(crate) enum GraphTokenPlace {
    /// An environment variable.
    Variable(String),
    /// A file; `-` is standard input.
    File(PathBuf),
    /// What a command prints.
    Command(String),
    /// A file descriptor.
    Descriptor(u32),
}

impl Administrator {
    /// The one way that the flags name, if they name any.
    pub(crate) fn of(flags: &AdministratorFlags) -> Result<Option<Self>> {
        let filled = |text: &String| !text.trim().is_empty();
        let places = [
            flags.graph_token_env.clone().map(GraphTokenPlace::Variable),
            flags.graph_token_file.clone().map(GraphTokenPlace::File),
            flags.graph_token_command.clone().map(GraphTokenPlace::Command),
            flags.graph_token_fd.map(GraphTokenPlace::Descriptor),
        ];
        let mut places = places.into_iter().flatten();
        // A token says more than a variable with a client id that is there by itself.
        if let Some(place) = places.next() {
            return match places.next() {
                None => Ok(Some(Self::Given(place))),
                Some(_) => Err(Failure::usage("the token for Microsoft Graph is given in more than one way; keep one")),
            };
        }
        let Some(id) = flags.admin_client_id.as_ref().filter(|id| filled(id)) else { return Ok(None) };
        let id = id.parse().map_err(|error| {
            Failure::usage(format!("--admin-client-id: {error}"))
                .hinted("give the application (client) id of the app that the administrator signs in to")
        })?;
        Ok(Some(Self::Person(id)))
    }

    /// What gives the token; these permissions are asked for, and looked for in a token that is there.
    pub(crate) fn tokens(
        &self,
        site: &Site,
        outside: (Arc<dyn Transport>, Arc<dyn Clock>),
        permissions: &[&'static str],
    ) -> Result<Arc<dyn TokenProvider>> {
        let (transport, clock) = outside;
        match self {
            Self::Person(client_id) => {
                let shown = Arc::clone(&clock);
                let prompt = move |code: &UserCode| show(code, &*shown);
                let person =
                    DeviceCode::new(transport, Arc::clone(&clock), site.tenant.clone(), client_id.clone(), prompt)
                        .login(site.endpoints.login.clone())
                        .longest_wait(site.max_wait)
                        .permissions(permissions.iter().copied());
                Ok(Arc::new(Cached::new(person, clock)))
            }
            Self::Given(place) => {
                let given = GivenToken::of_administrator(&place.read()?, clock)?;
                for claims in given.claims() {
                    explain(claims, permissions);
                }
                Ok(Arc::new(given))
            }
        }
    }
}

/// Fails at once where the token is for another resource or nobody signs in; a person signs in now.
pub(crate) async fn signed_in(tokens: &dyn TokenProvider, site: &Site) -> Result<()> {
    tokens.token(&TokenRequest::new(site.endpoints.graph_scope.clone())).await?;
    Ok(())
}

/// Nobody is there to do it.
pub(crate) fn nobody() -> Failure {
    Failure::usage("nobody is named who may set the app up in the directory").hinted(
        "hand an administrator's token for Microsoft Graph over, such as --graph-token-command 'az account get-access-token --resource-type ms-graph --query accessToken --output tsv', \
         or sign in by device code to an app of yours with --admin-client-id; --plan and --portal need neither",
    )
}

impl GraphTokenPlace {
    /// The token that is there.
    fn read(&self) -> Result<Secret> {
        let bytes = self.bytes()?;
        let text = std::str::from_utf8(bytes.expose())
            .map_err(|_| unusable("what is given as token for Microsoft Graph is no text".into()))?;
        match text.trim() {
            "" => Err(unusable("there is no token for Microsoft Graph where one should be".into())),
            // What `az` prints without `--output tsv` is a text of JSON.
            token => Ok(Secret::from(token.trim_matches('"'))),
        }
    }

    fn bytes(&self) -> Result<SecretBytes> {
        match self {
            Self::File(path) if path.as_os_str() == "-" => {
                shell::bounded(&format!("{WHAT} on standard input"), std::io::stdin().lock()).map_err(unusable)
            }
            Self::File(path) if environment::is_content(path) => {
                Err(unusable(format!("the file of the {WHAT} cannot be read{}", environment::NO_NAME)))
            }
            Self::File(path) => {
                let unreadable = |error| unusable(format!("{WHAT} file `{}` cannot be read: {error}", path.display()));
                shell::bounded(WHAT, std::fs::File::open(path).map_err(unreadable)?).map_err(unusable)
            }
            Self::Command(line) => shell::output(WHAT, line).map_err(unusable),
            Self::Descriptor(number) => {
                let unreadable =
                    |error| unusable(format!("file descriptor {number} of the {WHAT} cannot be read: {error}"));
                let file = std::fs::File::open(format!("/dev/fd/{number}")).map_err(unreadable)?;
                shell::bounded(WHAT, file).map_err(unusable)
            }
            Self::Variable(name) => environment::variable(name)
                .map(|text| SecretBytes::new(text.into_bytes()))
                .ok_or_else(|| unusable(format!("{} of the {WHAT} is not set", environment::shown(name)))),
        }
    }
}

const WHAT: &str = "Microsoft Graph token";

fn unusable(text: String) -> Failure {
    Failure::new(ErrorKind::Profile, text)
        .hinted("the token comes by --graph-token-env, -file, -command or -fd, and by one of them")
}

/// Shows the code; also where nothing else is to be said, since nothing goes on without it.
fn show(code: &UserCode, clock: &dyn Clock) {
    let left = code.expires_at.duration_since(clock.now()).unwrap_or_default();
    terminal::say(&format!(
        "sign in as an administrator: open {} and enter the code {} ({} left)",
        code.address,
        code.code,
        times::span(left)
    ));
}

/// Says what a token seems to lack; Microsoft Graph decides, and may know a larger permission that does.
fn explain(claims: &Claims, permissions: &[&'static str]) {
    let granted = |name: &str| {
        let delegated = claims.scp.as_deref().unwrap_or_default().split(' ');
        delegated.chain(claims.roles.iter().map(String::as_str)).any(|permission| permission == name)
    };
    // Whoever may write may read.
    let covered = |name: &str| granted(name) || granted(&name.replace(".Read.", ".ReadWrite."));
    let lacking: Vec<&str> = permissions.iter().copied().filter(|name| !covered(name)).collect();
    if !lacking.is_empty() {
        terminal::say(&format!(
            "warning: the token does not name {}; Microsoft Graph may refuse some steps",
            lacking.join(", ")
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags() -> AdministratorFlags {
        AdministratorFlags::default()
    }

    #[test]
    fn one_way_is_taken_and_two_tokens_are_refused() {
        assert!(Administrator::of(&flags()).unwrap().is_none());
        let variable = AdministratorFlags { graph_token_env: Some("X".into()), ..flags() };
        let id = Some("6ad4d1c8-3c0f-4a6e-9d53-2f1f6f0c8e11".to_owned());
        let both = AdministratorFlags { admin_client_id: id.clone(), ..variable.clone() };
        assert!(matches!(Administrator::of(&both).unwrap(), Some(Administrator::Given(GraphTokenPlace::Variable(_)))));
        let person = AdministratorFlags { admin_client_id: id, ..flags() };
        assert!(matches!(Administrator::of(&person).unwrap(), Some(Administrator::Person(_))));
        let two = AdministratorFlags { graph_token_fd: Some(0), ..variable };
        assert_eq!(Administrator::of(&two).unwrap_err().kind(), ErrorKind::Usage);
        let wrong = AdministratorFlags { admin_client_id: Some("me".into()), ..flags() };
        assert_eq!(Administrator::of(&wrong).unwrap_err().kind(), ErrorKind::Usage);
    }

    #[cfg(unix)]
    #[test]
    fn a_token_is_read_with_or_without_quotes() {
        for line in ["printf 'a.b.c\\n'", "printf '\"a.b.c\"'"] {
            assert_eq!(GraphTokenPlace::Command(line.into()).read().unwrap().expose(), "a.b.c");
        }
        let none = GraphTokenPlace::Command("true".into()).read().unwrap_err();
        assert_eq!(none.kind(), ErrorKind::Profile);
        assert!(GraphTokenPlace::File("eyJhbGciOi".into()).read().unwrap_err().text().contains("is no name"));
    }
}
