//! Where the records of a run come from: a tenant, or a folder of fixtures.

use crate::arguments::{Global, RunArgs, SignIn};
use crate::connect::Connection;
use crate::emulated::{self, Emulated};
use crate::failure::Result;
use crate::fixtures::Fixtures;
use crate::profile::Profile;
use exo_http::SystemClock;
use exo_model::Clock as _;
use std::time::SystemTime;

/// Where the records of a run come from.
#[derive(Debug)]
pub(crate) enum Source {
    /// A tenant that is signed in to.
    Tenant {
        connection: Box<Connection>,
        /// The tenant itself, where it lives only for this run.
        #[expect(dead_code, reason = "it serves as long as it is held")]
        emulated: Option<Emulated>,
    },
    /// Files, one for each cmdlet.
    Fixtures(Fixtures),
}

impl Source {
    /// Opens what the arguments name.
    pub(crate) async fn open(args: &RunArgs, global: &Global) -> Result<Self> {
        if let Some(folder) = &args.fixtures {
            return Fixtures::open(folder).map(Self::Fixtures);
        }
        let emulated = if args.emulated { Some(emulated::start()?) } else { None };
        let profile = match &emulated {
            Some(emulated) => Profile::resolve(&SignIn::default(), Some(emulated.config()), Some("default"))?,
            None => Profile::resolve(&args.sign_in, global.config.as_deref(), global.profile.as_deref())?,
        };
        let connection = Box::new(Connection::open(profile).await?);
        Ok(Self::Tenant { connection, emulated })
    }

    /// The tenant, where there is one.
    pub(crate) fn connection(&self) -> Option<&Connection> {
        match self {
            Self::Tenant { connection, .. } => Some(connection),
            Self::Fixtures(_) => None,
        }
    }

    /// The time.
    pub(crate) fn now(&self) -> SystemTime {
        self.connection().map_or_else(|| SystemClock::new().now(), Connection::now)
    }
}
