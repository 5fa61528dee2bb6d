//! What one run must remember for the next.

use crate::ObjectId;
use exo_cert::Thumbprint;
use exo_model::AppId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What a run must remember, so that one that was interrupted goes on and nothing is made twice.
///
/// The caller keeps it where the next run finds it; it holds no secret.
/// The marker is random and becomes the app's `uniqueName`, so that nobody else can have made an app that this set-up
/// would take for its own, and give rights to.
///
/// ```
/// use exo_onboard::Kept;
/// let kept = Kept::new();
/// let text = serde_json::to_string(&kept)?;
/// assert_eq!(serde_json::from_str::<Kept>(&text)?, kept);
/// assert!(kept.app_id().is_none());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    marker: ObjectId,
    /// The app was asked for; whether it came into being is not known until it is found.
    #[serde(default)]
    begun: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    app_id: Option<ObjectId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    application: Option<ObjectId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    service_principal: Option<ObjectId>,
    /// The ids of the app's certificates, by thumbprint: the app itself cannot look them up.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    keys: BTreeMap<String, ObjectId>,
    /// The thumbprint of a certificate that the app was asked to be given; whether it was is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    adding: Option<String>,
    /// Seconds since 1970 of the last change, which may still be on its way to all of the directory's servers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    written: Option<u64>,
}

impl Kept {
    /// What is remembered before the first run: a marker that nobody else has.
    pub fn new() -> Self {
        let marker = ObjectId::random();
        Self {
            marker,
            begun: false,
            app_id: None,
            application: None,
            service_principal: None,
            keys: BTreeMap::new(),
            adding: None,
            written: None,
        }
    }

    /// What is known of an app that exists, by its application id.
    pub fn of(app_id: &AppId) -> Self {
        let mut kept = Self::new();
        kept.app_id = app_id.as_str().parse().ok();
        kept
    }

    /// The same, where the id of the registration is known, too: an app that renews its own certificate cannot look it up.
    #[must_use]
    pub fn registered(mut self, application: ObjectId) -> Self {
        self.application = Some(application);
        self
    }

    /// The same, with the marker that it would be without chance; for plans and tests.
    #[must_use]
    pub fn marked(mut self, marker: ObjectId) -> Self {
        self.marker = marker;
        self
    }

    /// The app's application (client) id, once it is known.
    pub fn app_id(&self) -> Option<AppId> {
        self.app_id.as_ref()?.as_str().parse().ok()
    }

    /// The id of the registration, once it is known.
    pub fn application(&self) -> Option<&ObjectId> {
        self.application.as_ref()
    }

    /// The id of the service principal, once it is known.
    pub fn service_principal(&self) -> Option<&ObjectId> {
        self.service_principal.as_ref()
    }

    /// The app's `uniqueName`.
    pub fn unique_name(&self) -> String {
        format!("exoctl-{}", self.marker)
    }

    pub(crate) fn is_begun(&self) -> bool {
        self.begun
    }

    pub(crate) fn begin(&mut self) {
        self.begun = true;
    }

    pub(crate) fn found_application(&mut self, app_id: ObjectId, application: ObjectId) {
        (self.app_id, self.application) = (Some(app_id), Some(application));
    }

    pub(crate) fn found_service_principal(&mut self, id: ObjectId) {
        self.service_principal = Some(id);
    }

    /// The id of one of the app's certificates, if it is known.
    pub fn key_id(&self, thumbprint: Thumbprint) -> Option<&ObjectId> {
        self.keys.get(&thumbprint.to_string())
    }

    pub(crate) fn found_key(&mut self, thumbprint: Thumbprint, id: ObjectId) {
        self.keys.insert(thumbprint.to_string(), id);
        self.adding = None;
    }

    pub(crate) fn forget_key(&mut self, thumbprint: Thumbprint) {
        self.keys.remove(&thumbprint.to_string());
    }

    /// The certificates whose ids are known.
    pub(crate) fn keys(&self) -> Vec<Thumbprint> {
        self.keys.keys().filter_map(|thumbprint| thumbprint.parse().ok()).collect()
    }

    pub(crate) fn add_key(&mut self, thumbprint: Thumbprint) {
        self.adding = Some(thumbprint.to_string());
    }

    pub(crate) fn is_adding(&self, thumbprint: Thumbprint) -> bool {
        self.adding.as_ref() == Some(&thumbprint.to_string())
    }

    pub(crate) fn written(&mut self, now: SystemTime) {
        self.written = Some(now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs());
    }

    /// Whether something was changed less than this long ago.
    pub(crate) fn changed_within(&self, span: Duration, now: SystemTime) -> bool {
        self.written.is_some_and(|at| now < UNIX_EPOCH + Duration::from_secs(at).saturating_add(span))
    }
}

impl Default for Kept {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_markers_are_alike() {
        assert_ne!(Kept::new().unique_name(), Kept::new().unique_name());
    }

    #[test]
    fn what_was_kept_by_another_version_is_read() {
        let kept: Kept = serde_json::from_str(r#"{"marker":"F2EF992C-3AFB-46B9-B7CF-A126EE74C451","more":1}"#).unwrap();
        assert_eq!(kept.unique_name(), "exoctl-f2ef992c-3afb-46b9-b7cf-a126ee74c451");
        assert!(serde_json::from_str::<Kept>(r#"{"marker":"x'y"}"#).is_err());
    }

    #[test]
    fn a_change_is_recent_for_a_while() {
        let at = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
        let mut kept = Kept::new();
        let minute = Duration::from_mins(1);
        assert!(!kept.changed_within(minute, at(100)));
        kept.written(at(100));
        assert!(kept.changed_within(minute, at(159)) && !kept.changed_within(minute, at(160)));
    }
}
