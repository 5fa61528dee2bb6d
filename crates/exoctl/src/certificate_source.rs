//! Where the sign-in certificate comes from: exactly one place.

use crate::failure::{Failure, Result};
use crate::password::PasswordSource;
use crate::{environment, shell, stores};
use exo_cert::{ClientCertificate, Selector, ThumbprintError};
use exo_model::{Diagnose, ErrorKind, Secret, SecretBytes};
use std::fmt;
use std::path::{Path, PathBuf};

/// The certificate of a profile: where it is, which one, and what opens it.
#[derive(Debug, Clone)]
pub(crate) struct CertificateSource {
    /// The place.
    pub(crate) place: Place,
    /// Which certificate of the place.
    pub(crate) thumbprint: Option<String>,
    /// Where the password is.
    pub(crate) password: PasswordSource,
    /// The folder of the own store, in place of the usual one.
    pub(crate) store: Option<PathBuf>,
    /// Use it outside its validity.
    pub(crate) allow_expired: bool,
    /// Take a file that others can read.
    pub(crate) allow_open_key_file: bool,
    /// Refuse a CNG key.
    pub(crate) require_csp: bool,
}

/// A place that holds a certificate with its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// A file.
    File(PathBuf),
    /// Standard input.
    Input,
    /// An environment variable.
    Variable(String),
    /// What a command prints.
    Command(String),
    /// The stores, in their order; the thumbprint says which certificate.
    Stores,
}

/// What flags, variables or the profile say of the certificate, each for itself.
#[derive(Debug, Clone, Default)]
pub(crate) struct Named {
    pub(crate) file: Option<PathBuf>,
    pub(crate) variable: Option<String>,
    pub(crate) command: Option<String>,
    pub(crate) thumbprint: Option<String>,
}

impl Place {
    /// A file, or standard input.
    pub(crate) fn of_path(path: PathBuf) -> Self {
        if path.as_os_str() == "-" { Self::Input } else { Self::File(path) }
    }

    /// The place and the thumbprint, from the levels of settings in their order of precedence.
    ///
    /// A thumbprint that is a level's only source is hidden by a file, variable or command of a higher level.
    pub(crate) fn choose(levels: [Named; 3]) -> Result<Option<(Self, Option<String>)>> {
        let [flags, variables, profile] = levels.map(Named::filled);
        let spellings: [fn(&str) -> String; 3] = [|key| format!("--{key}"), environment_name, |key| format!("`{key}`")];
        let mut place = None;
        let mut thumbprint = None;
        for (level, spelling) in [flags, variables, profile].into_iter().zip(spellings) {
            let its_thumbprint = level.thumbprint.clone();
            let its_place = level.only(spelling)?;
            let hidden = place.is_some() && its_place.is_none();
            if thumbprint.is_none() && !hidden {
                thumbprint = its_thumbprint;
            }
            place = place.or(its_place);
        }
        let place = place.or_else(|| thumbprint.is_some().then_some(Self::Stores));
        Ok(place.map(|place| (place, thumbprint)))
    }

    /// What is there, as it is.
    pub(crate) fn read(&self, allow_open: bool) -> Result<SecretBytes> {
        match self {
            Self::File(path) if environment::is_content(path) => {
                Err(unusable(format!("the certificate's file cannot be read{}", environment::NO_NAME)))
            }
            Self::File(path) => key_file(path, allow_open),
            Self::Input => shell::bounded("certificate on standard input", std::io::stdin().lock()).map_err(unusable),
            Self::Variable(name) => match environment::variable(name) {
                Some(text) => Ok(SecretBytes::new(text.into_bytes())),
                None => Err(unusable(format!("{} for the certificate is not set", environment::shown(name)))),
            },
            Self::Command(line) => shell::output("certificate", line).map_err(unusable),
            Self::Stores => Err(Failure::new(ErrorKind::Fault, "a store is asked, and not read")),
        }
    }

    /// Opens what is there; asks the person for a password where one is needed and none was named.
    pub(crate) fn open<T>(
        &self,
        password: &PasswordSource,
        open: impl Fn(Option<&Secret>) -> std::result::Result<T, exo_cert::Error>,
    ) -> Result<T> {
        if let (Self::Input, PasswordSource::Descriptor(0)) = (self, password) {
            return Err(Failure::usage("certificate and password cannot both come from standard input")
                .hinted("give the password by another descriptor, or by --certificate-password-file"));
        }
        let given = password.read()?;
        match open(given.as_ref()) {
            Err(error) if given.is_none() && needs_password(&error) => {
                match PasswordSource::prompt(&format!("Password of {self}: ")) {
                    Some(password) => Ok(open(Some(&password))?),
                    None => Err(Failure::from(error)
                        .hinted("name the password's place: --certificate-password-file, -env, -command or -fd")),
                }
            }
            other => Ok(other?),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Input => f.write_str("the certificate on standard input"),
            Self::Variable(name) => write!(f, "the certificate in {}", environment::shown(name)),
            Self::Command(_) => f.write_str("the certificate that the command printed"),
            Self::Stores => f.write_str("the certificate in a store"),
        }
    }
}

impl CertificateSource {
    /// Opens and checks the certificate.
    pub(crate) async fn open(&self) -> Result<ClientCertificate> {
        let certificate = match (&self.place, &self.thumbprint) {
            (Place::Stores, Some(thumbprint)) => stores::find(self.store.as_deref(), thumbprint).await?,
            (place, thumbprint) => {
                let wanted = wanted(thumbprint.as_deref())?;
                let bytes = place.read(self.allow_open_key_file)?;
                place.open(&self.password, |password| {
                    ClientCertificate::from_bytes_selecting(bytes.expose(), password, &wanted)
                })?
            }
        };
        if self.require_csp {
            certificate.require_csp()?;
        }
        Ok(certificate)
    }
}

impl Named {
    /// What the variables say.
    pub(crate) fn in_environment() -> Self {
        let text = |key: &str| environment::variable(&environment_name(key));
        Self {
            file: text(FILE).map(PathBuf::from),
            variable: text(VARIABLE),
            command: text(COMMAND),
            thumbprint: text(THUMBPRINT),
        }
    }

    /// Without what is set to nothing, which is not set.
    fn filled(self) -> Self {
        let filled = |text: &String| !text.trim().is_empty();
        Self {
            file: self.file.filter(|path| !path.as_os_str().is_empty()),
            variable: self.variable.filter(filled),
            command: self.command.filter(filled),
            thumbprint: self.thumbprint.filter(filled),
        }
    }

    /// The one place beside the stores; two are a mistake.
    fn only(self, spelling: fn(&str) -> String) -> Result<Option<Place>> {
        let named = [
            self.file.map(|path| (FILE, Place::of_path(path))),
            self.variable.map(|name| (VARIABLE, Place::Variable(name))),
            self.command.map(|line| (COMMAND, Place::Command(line))),
        ];
        let mut named = named.into_iter().flatten();
        match (named.next(), named.next()) {
            (Some((first, _)), Some((second, _))) => {
                let text = format!("the certificate is given twice, by {} and {}", spelling(first), spelling(second));
                Err(Failure::usage(text).hinted("keep one of them"))
            }
            (one, _) => Ok(one.map(|(_, place)| place)),
        }
    }
}

/// Whether a password would help, or another one.
pub(crate) fn needs_password(error: &exo_cert::Error) -> bool {
    matches!(error, exo_cert::Error::Pfx(exo_cert::PfxError::PasswordMissing | exo_cert::PfxError::WrongPassword))
}

/// The certificate with a thumbprint of either kind, as people paste it; without one, the only certificate.
pub(crate) fn wanted(thumbprint: Option<&str>) -> Result<Selector> {
    thumbprint.map_or(Ok(Selector::Only), stores::selector)
}

/// What stands where a thumbprint should is the profile's fault.
#[expect(clippy::needless_pass_by_value, reason = "it is given to `map_err`")]
pub(crate) fn no_thumbprint(error: ThumbprintError) -> Failure {
    let failure = Failure::new(ErrorKind::Profile, error.to_string());
    match error.hint() {
        Some(hint) => failure.hinted(hint),
        None => failure,
    }
}

fn key_file(path: &Path, allow_open: bool) -> Result<SecretBytes> {
    let read = exo_cert::read_key_file(path, allow_open).or_else(|error| {
        // A file without a key may be read by everybody; what is wrong with it is the missing key.
        let public = exo_cert::read_key_file(path, true)?;
        let lacks_key = ClientCertificate::from_bytes(public.expose(), None);
        if matches!(lacks_key, Err(exo_cert::Error::NoPrivateKey { .. })) { Ok(public) } else { Err(error) }
    });
    Ok(read?)
}

fn unusable(text: String) -> Failure {
    Failure::new(ErrorKind::Profile, text)
        .hinted("the certificate comes by --certificate-file, -env, -command, or by --certificate-thumbprint alone")
}

/// `certificate-file` is `EXOCTL_CERTIFICATE_FILE`.
pub(crate) fn environment_name(key: &str) -> String {
    format!("EXOCTL_{}", key.replace('-', "_").to_uppercase())
}

const FILE: &str = "certificate-file";
const VARIABLE: &str = "certificate-env";
const COMMAND: &str = "certificate-command";
const THUMBPRINT: &str = "certificate-thumbprint";

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str) -> Named {
        Named { file: Some(name.into()), ..Named::default() }
    }

    fn thumbprint(text: &str) -> Named {
        Named { thumbprint: Some(text.into()), ..Named::default() }
    }

    fn chosen(levels: [Named; 3]) -> (Place, Option<String>) {
        Place::choose(levels).unwrap().unwrap()
    }

    #[test]
    fn the_highest_level_wins() {
        let (place, _) = chosen([Named::default(), file("-"), file("c")]);
        assert_eq!(place, Place::Input);
        let variable = Named { variable: Some("X".into()), ..Named::default() };
        assert_eq!(chosen([variable, file("b"), file("c")]).0, Place::Variable("X".into()));
        assert!(Place::choose([Named::default(), file(""), Named::default()]).unwrap().is_none());
    }

    #[test]
    fn a_thumbprint_alone_is_looked_up_in_the_stores() {
        assert_eq!(chosen([Named::default(), Named::default(), thumbprint("A")]), (Place::Stores, Some("A".into())));
        assert_eq!(chosen([thumbprint("A"), Named::default(), file("c")]), (Place::File("c".into()), Some("A".into())));
    }

    #[test]
    fn a_file_hides_the_store_of_a_lower_level() {
        assert_eq!(chosen([file("a"), Named::default(), thumbprint("A")]), (Place::File("a".into()), None));
        let both = Named { thumbprint: Some("A".into()), ..file("c") };
        assert_eq!(chosen([file("a"), Named::default(), both]), (Place::File("a".into()), Some("A".into())));
    }

    #[test]
    fn two_places_of_one_level_are_named() {
        let two = Named { command: Some("x".into()), ..file("a") };
        for (at, names) in [
            (0, "--certificate-file and --certificate-command"),
            (1, "EXOCTL_CERTIFICATE_FILE and EXOCTL_CERTIFICATE_COMMAND"),
            (2, "`certificate-file` and `certificate-command`"),
        ] {
            let mut levels = [Named::default(), Named::default(), Named::default()];
            levels[at] = two.clone();
            let failure = Place::choose(levels).unwrap_err();
            assert_eq!(failure.kind(), ErrorKind::Usage);
            assert!(failure.text().contains(names), "{}", failure.text());
        }
    }
}
