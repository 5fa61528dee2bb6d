//! The app changes its own certificates: it needs no permission, and so it may be unable to look at itself.

use crate::call::Call;
use crate::event;
use crate::patience::{Pauses, again};
use crate::proof::proof;
use crate::prover::{Prover, prove_all};
use crate::read::{list, text};
use crate::rollover::{RolledOver, Rollover};
use crate::work::Work;
use crate::{Error, Event, Kept, ObjectId, Retire, Step, calls, key};
use exo_cert::{ClientCertificate, Thumbprint};
use serde_json::Value;

/// A change of certificates by the app.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OwnKeys<'a> {
    pub(crate) work: Work<'a>,
    pub(crate) change: &'a Rollover,
    pub(crate) current: &'a ClientCertificate,
    pub(crate) next: &'a ClientCertificate,
    pub(crate) prover: &'a dyn Prover,
}

impl OwnKeys<'_> {
    /// Adds, proves, removes.
    pub(crate) async fn roll(self, mut kept: Kept) -> Result<RolledOver, Error> {
        let application = self.registration(&mut kept).await?;
        let mut made = Vec::new();
        if self.added(&application, &mut kept).await? {
            made.push(Step::Certificate);
        }
        prove_all(self.work, self.prover, &kept, &self.change.services).await?;
        let left = self.retired(&application, &mut kept, &mut made).await?;
        Ok(RolledOver { made, left })
    }

    /// The id of the registration, which the proof must name.
    async fn registration(&self, kept: &mut Kept) -> Result<ObjectId, Error> {
        if let Some(known) = kept.application() {
            return Ok(known.clone());
        }
        let unknown = || Error::Gone { app_id: kept.app_id().map_or_else(String::new, |id| id.to_string()) };
        let app_id = kept.app_id().ok_or_else(unknown)?;
        let found = self.work.graph.look(&calls::application_by_app_id(app_id.as_str())).await?;
        let id = found.as_ref().and_then(|found| text(found, "id")?.parse::<ObjectId>().ok());
        let id = id.ok_or_else(unknown)?;
        *kept = kept.clone().registered(id.clone());
        Ok(id)
    }

    /// Adds the new certificate where it lacks; whether that was so.
    async fn added(&self, application: &ObjectId, kept: &mut Kept) -> Result<bool, Error> {
        let step = Step::Certificate;
        self.work.observer.event(&Event::Begun { step: &step });
        let new = self.change.new.thumbprint();
        let mut pauses = Pauses::default();
        let mut asked = false;
        while !self.is_attached(application, kept).await? {
            kept.add_key(new);
            kept.written(self.work.graph.clock().now());
            self.work.keep(kept)?;
            asked = true;
            let proof = self.proof(self.current, application).await?;
            match self.work.graph.send(&calls::add_key(application.as_str(), &self.change.new, &proof)).await {
                Ok(answer) => {
                    // Without its id it works all the same, and the next change cannot remove it.
                    if let Some(id) = text(&answer, "keyId").and_then(|id| id.parse().ok()) {
                        kept.found_key(new, id);
                        self.work.keep(kept)?;
                    }
                    break;
                }
                Err(error) => self.wait(&mut pauses, &step, error).await?,
            }
        }
        self.work.observer.event(&if asked { Event::Made { step: &step } } else { Event::Found { step: &step } });
        Ok(asked)
    }

    /// Whether the app has the new certificate: known, seen, or, where it may not look, shown by signing in.
    async fn is_attached(&self, application: &ObjectId, kept: &mut Kept) -> Result<bool, Error> {
        let new = self.change.new.thumbprint();
        if kept.key_id(new).is_some() {
            return Ok(true);
        }
        if let Some(seen) = self.seen(application).await? {
            let id = key::of(&seen, &self.change.new).and_then(|entry| text(entry, "keyId")?.parse().ok());
            if let Some(id) = id {
                kept.found_key(new, id);
                self.work.keep(kept)?;
                return Ok(true);
            }
            // What was added a moment ago may not be seen yet.
            if !kept.is_adding(new) {
                return Ok(false);
            }
        }
        let Some(service) = self.change.services.first() else { return Ok(false) };
        if kept.is_adding(new) {
            return match prove_all(self.work, self.prover, kept, std::slice::from_ref(service)).await {
                Ok(()) => Ok(true),
                // The token service does not know it after all that time.
                Err(Error::SignIn { source, .. }) if source.service_code() == Some(UNKNOWN_KEY) => Ok(false),
                Err(error) => Err(error),
            };
        }
        let Some(app_id) = kept.app_id() else { return Ok(false) };
        Ok(self.prover.prove(&app_id, *service).await.is_ok())
    }

    /// The registration, where the app may look at it.
    async fn seen(&self, application: &ObjectId) -> Result<Option<Value>, Error> {
        match self.work.graph.look(&calls::application(application.as_str())).await {
            Err(Error::Refused { error, .. }) if error.status == 403 => Ok(None),
            outcome => outcome,
        }
    }

    /// Removes what goes, and gives what could not be found.
    async fn retired(
        &self,
        application: &ObjectId,
        kept: &mut Kept,
        made: &mut Vec<Step>,
    ) -> Result<Vec<Thumbprint>, Error> {
        let step = Step::Retire;
        self.work.observer.event(&Event::Begun { step: &step });
        let seen = self.seen(application).await?;
        let (ids, left) = self.going(seen.as_ref(), kept);
        for (thumbprint, id) in &ids {
            self.remove(application, id).await?;
            if let Some(thumbprint) = thumbprint.filter(|thumbprint| *thumbprint != self.change.new.thumbprint()) {
                kept.forget_key(thumbprint);
            }
            kept.written(self.work.graph.clock().now());
            self.work.keep(kept)?;
        }
        if ids.is_empty() {
            self.work.observer.event(&Event::Found { step: &step });
        } else {
            self.work.observer.event(&Event::Made { step: &step });
            made.push(step);
        }
        Ok(left)
    }

    /// The ids of what goes, as seen or as kept; and what should go and has no known id.
    fn going(&self, seen: Option<&Value>, kept: &Kept) -> (Vec<(Option<Thumbprint>, String)>, Vec<Thumbprint>) {
        let new = self.change.new.thumbprint();
        if let Some(seen) = seen {
            let keys = list(seen, "keyCredentials");
            let stays = self.change.retire.left(keys, new);
            let goes = keys.iter().filter(|entry| !stays.contains(entry));
            let ids = goes.filter_map(|entry| Some((key::thumbprint(entry), text(entry, "keyId")?.to_owned())));
            return (ids.collect(), Vec::new());
        }
        let known = kept.keys();
        let wanted: Vec<Thumbprint> = match &self.change.retire {
            Retire::Only(these) => these.clone(),
            retire => known.iter().copied().filter(|known| retire.retires(Some(*known))).collect(),
        };
        let wanted = wanted.into_iter().filter(|thumbprint| *thumbprint != new);
        let (with, without): (Vec<_>, Vec<_>) = wanted.partition(|thumbprint| kept.key_id(*thumbprint).is_some());
        let id = |thumbprint: Thumbprint| Some((Some(thumbprint), kept.key_id(thumbprint)?.to_string()));
        (with.into_iter().filter_map(id).collect(), without)
    }

    async fn remove(&self, application: &ObjectId, key_id: &str) -> Result<(), Error> {
        let mut pauses = Pauses::default();
        loop {
            // The new one signs: it works, and the other one is about to be gone.
            let proof = self.proof(self.next, application).await?;
            let call: Call = calls::remove_key(application.as_str(), key_id, &proof);
            match self.work.graph.send(&call).await {
                Ok(_) => return Ok(()),
                Err(Error::Refused { error, .. }) if error.is_without_key() => return Ok(()),
                Err(error) => self.wait(&mut pauses, &Step::Retire, error).await?,
            }
        }
    }

    async fn proof(&self, certificate: &ClientCertificate, application: &ObjectId) -> Result<String, Error> {
        let now = self.work.graph.clock().now();
        proof(certificate, application, now).await.map_err(|source| Error::Proof { source })
    }

    async fn wait(&self, pauses: &mut Pauses, step: &Step, error: Error) -> Result<(), Error> {
        let Some(wait) = again(&error, true) else { return Err(error) };
        if self.work.pause(pauses, step, event::cause(&error), wait).await { Ok(()) } else { Err(error) }
    }
}

/// What the token service says of a certificate that it does not know.
const UNKNOWN_KEY: &str = "AADSTS700027";
