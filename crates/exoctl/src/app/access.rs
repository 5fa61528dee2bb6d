//! Microsoft Graph as whoever may change something sees it: an administrator, or the app itself.

use super::setup::Setup;
use crate::administrator::{self, Administrator};
use crate::arguments::AdministratorFlags;
use crate::failure::Result;
use exo_onboard::{Graph, Privilege};
use std::sync::Arc;

/// What the administrator's token must allow; a person who signs in is asked for no more.
pub(super) const TO_SET_UP: &[Privilege] = &[Privilege::ReadApps, Privilege::WriteApps, Privilege::Consent];
/// What more it must allow where directory roles are assigned.
pub(super) const TO_ASSIGN: &[Privilege] = &[Privilege::ReadRoles, Privilege::AssignRoles];
/// What it must allow to look at everything.
pub(super) const TO_LOOK: &[Privilege] = &[Privilege::ReadApps, Privilege::ReadRoles];

/// As an administrator sees it, if one is named; a person signs in here, before anything is made.
pub(super) async fn of_an_administrator(
    flags: &AdministratorFlags,
    setup: &Setup,
    privileges: &[Privilege],
) -> Result<Option<Graph>> {
    let Some(administrator) = Administrator::of(flags)? else { return Ok(None) };
    let (transport, clock) = setup.outside()?;
    let permissions = Privilege::least(privileges.iter().copied());
    let tokens = administrator.tokens(&setup.site, (Arc::clone(&transport), Arc::clone(&clock)), &permissions)?;
    administrator::signed_in(&*tokens, &setup.site).await?;
    Ok(Some(Graph::new(transport, clock, tokens, &setup.site.endpoints).patience(setup.site.max_wait)))
}
