//! Folders of a mailbox: `Get-MailboxFolderStatistics`, and who may do what in them.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Call, Output, Short};
use crate::cmdlet_error::CmdletError;
use crate::guid::Guid;
use crate::parameters::{Declared, Type};
use crate::population::{Kind, Mailbox};
use crate::rows::{Row, Zone, size_text};

pub(super) const STATISTICS: Declared = &[
    ("Identity", Type::Text),
    ("Archive", Type::Switch),
    ("FolderScope", Type::Names(SCOPES)),
    ("IncludeAnalysis", Type::Switch),
    ("IncludeOldestAndNewestItems", Type::Switch),
    ("IncludeSoftDeletedRecipients", Type::Switch),
    ("ResultSize", Type::ResultSize),
    ("SkipCount", Type::Number),
];

pub(super) const READ: Declared = &[("Identity", Type::Text), ("User", Type::Text), ("ResultSize", Type::ResultSize)];

pub(super) const WRITE: Declared = &[
    ("Identity", Type::Text),
    ("AccessRights", Type::Names(RIGHTS)),
    ("Confirm", Type::Switch),
    ("SendNotificationToUser", Type::Switch),
    ("SharingPermissionFlags", Type::Names(&["None", "Delegate", "CanViewPrivateItems"])),
    ("User", Type::Text),
    ("WhatIf", Type::Switch),
];

pub(super) const REMOVE: Declared = &[
    ("Identity", Type::Text),
    ("Confirm", Type::Switch),
    ("Force", Type::Switch),
    ("ResetDelegateUserCollection", Type::Switch),
    ("SendNotificationToUser", Type::Switch),
    ("User", Type::Text),
    ("WhatIf", Type::Switch),
];

const SCOPES: &[&str] = &["All", "Calendar", "Contacts", "DeletedItems", "Inbox", "SentItems", "Tasks", "User"];
const RIGHTS: &[&str] = &[
    "None",
    "Owner",
    "PublishingEditor",
    "Editor",
    "PublishingAuthor",
    "Author",
    "NonEditingAuthor",
    "Reviewer",
    "Contributor",
    "AvailabilityOnly",
    "LimitedDetails",
    "CreateItems",
    "CreateSubfolders",
    "DeleteAllItems",
    "DeleteOwnedItems",
    "EditAllItems",
    "EditOwnedItems",
    "FolderContact",
    "FolderOwner",
    "FolderVisible",
    "ReadItems",
];
/// Topics of the facts about folders.
const FOLDERS: u64 = 140;
const SHARED_WITH: u64 = 92;

/// A folder: its path without the first separator, and what kind it is of.
#[derive(Clone, Debug)]
struct Folder {
    path: String,
    kind: &'static str,
}

/// The folders of a mailbox, the root first.
fn folders(mailbox: &Mailbox<'_>) -> Vec<Folder> {
    const KNOWN: [(&str, &str); 8] = [
        ("", "Root"),
        ("Calendar", "Calendar"),
        ("Contacts", "Contacts"),
        ("Deleted Items", "DeletedItems"),
        ("Drafts", "Drafts"),
        ("Inbox", "Inbox"),
        ("Sent Items", "SentItems"),
        ("Tasks", "Tasks"),
    ];
    let known = KNOWN.into_iter().map(|(path, kind)| Folder { path: path.to_owned(), kind });
    let own = (0..mailbox.fact(FOLDERS) % 12).map(|number| Folder {
        path: if number % 2 == 0 { format!("Inbox/Project {number}") } else { format!("R\u{e9}ception/{number}") },
        kind: "User Created",
    });
    known.chain(own).collect()
}

fn folder_id(mailbox: &Mailbox<'_>, path: &str) -> String {
    let guid = Guid::hashed(mailbox.fact(FOLDERS), crate::mix::mix_text(140, path));
    STANDARD.encode(format!("LgAAAA{}", guid.to_string().replace('-', "")))
}

pub(super) fn statistics<'a>(call: &Call<'a>) -> Result<Output<'a>, CmdletError> {
    let identity = call.parameters.identity().ok_or_else(|| CmdletError::missing("Identity"))?;
    let (owner, _) = identity.split_once(":\\").unwrap_or((identity, ""));
    let position = call.people().find(owner).ok_or_else(|| CmdletError::not_found(owner))?;
    let mailbox = call.people().at(position);
    let wanted = call.parameters.names("FolderScope").and_then(|names| names.first()).copied().unwrap_or("All");
    let kind = if wanted == "User" { "User Created" } else { wanted };
    let found: Vec<Folder> =
        folders(&mailbox).into_iter().filter(|folder| wanted == "All" || folder.kind == kind).collect();
    let rows = (0..found.len() as u64).collect();
    let write = move |number: u64, out: &mut Row<'_>| {
        if let Some(folder) = usize::try_from(number).ok().and_then(|place| found.get(place)) {
            write_folder(&mailbox, folder, number, out);
        }
    };
    Ok(Output::Rows(Box::new(Short { rows, write })))
}

fn write_folder(mailbox: &Mailbox<'_>, folder: &Folder, number: u64, out: &mut Row<'_>) {
    let fact = crate::mix::mix(mailbox.fact(FOLDERS), number);
    let (items, bytes) = (fact % 20_000, fact % 20_000 * (30_000 + fact % 50_000));
    let name = folder.path.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or("Top of Information Store");
    out.text("Name", name);
    out.text("FolderPath", &format!("/{}", folder.path));
    out.text("FolderId", &folder_id(mailbox, &folder.path));
    out.text("FolderType", folder.kind);
    out.int32("ItemsInFolder", items);
    out.text("FolderSize", &size_text(bytes));
    out.int32("ItemsInFolderAndSubfolders", items);
    out.text("FolderAndSubfolderSize", &size_text(bytes));
    out.int32("DeletedItemsInFolder", fact % 7);
    out.date("CreationTime", Some(mailbox.created()), Zone::Local);
    out.date("LastModifiedTime", Some(mailbox.created() + 86_400 * 100), Zone::Local);
    out.text("Identity", &format!("{}\\{}", mailbox.name(), folder.path.replace('/', "\\")));
    out.boolean("IsValid", true);
    out.text("ObjectState", "New");
}

/// Who was given what in which folder since the tenant started: the whole list of the folder.
#[derive(Debug, Default)]
pub(crate) struct FolderRights(Mutex<HashMap<(u64, String), Vec<Right>>>);

#[derive(Clone, Debug)]
struct Right {
    user: String,
    rights: Vec<&'static str>,
}

/// A folder that a call names, `user@contoso.com:\Calendar`, by path or by id.
struct Named<'a> {
    mailbox: Mailbox<'a>,
    path: String,
}

impl<'a> Named<'a> {
    fn of(call: &Call<'a>) -> Result<Self, CmdletError> {
        let identity = call.parameters.identity().ok_or_else(|| CmdletError::missing("Identity"))?;
        let (owner, folder) = identity.split_once(':').unwrap_or((identity, ""));
        let position = call.people().find(owner).ok_or_else(|| CmdletError::not_found(owner))?;
        let mailbox = call.people().at(position);
        let path = folder.trim_start_matches('\\').replace('\\', "/");
        let is_named =
            |known: &Folder| known.path.eq_ignore_ascii_case(&path) || folder_id(&mailbox, &known.path) == folder;
        let found = folders(&mailbox).into_iter().find(is_named).ok_or_else(|| CmdletError::not_found(identity))?;
        Ok(Self { mailbox, path: found.path })
    }

    fn key(&self) -> (u64, String) {
        (self.mailbox.position, self.path.clone())
    }

    fn by_nature(&self) -> Vec<Right> {
        let calendar = self.path == "Calendar";
        let right = |user: String, right| Right { user, rights: vec![right] };
        let mut entries = vec![
            right("Default".to_owned(), if calendar { "AvailabilityOnly" } else { "None" }),
            right("Anonymous".to_owned(), "None"),
        ];
        if calendar && self.mailbox.kind == Kind::User {
            let others = self.mailbox.delegates(SHARED_WITH).into_iter();
            entries.extend(others.map(|position| right(self.mailbox.people.at(position).display_name, "Editor")));
        }
        entries
    }

    fn label(&self) -> String {
        format!("{}:\\{}", self.mailbox.name(), self.path.replace('/', "\\"))
    }
}

/// The name under which a user stands in a folder's list.
fn user(call: &Call<'_>) -> Result<String, CmdletError> {
    let given = call.parameters.text("User").ok_or_else(|| CmdletError::missing("User"))?;
    if let Some(name) = ["Default", "Anonymous"].into_iter().find(|name| name.eq_ignore_ascii_case(given)) {
        return Ok(name.to_owned());
    }
    let known = call.people().find(given);
    let exception = "Microsoft.Exchange.Management.StoreTasks.InvalidExternalUserIdException";
    let text = format!("The user \"{given}\" is either not valid SMTP address, or there is no matching information.");
    known.map(|position| call.people().at(position).display_name).ok_or_else(|| CmdletError::new(400, exception, text))
}

fn none_of(name: &str, user: &str, folder: &Named<'_>) -> CmdletError {
    let exception = format!("Microsoft.Exchange.Management.StoreTasks.{name}");
    CmdletError::new(
        400,
        &exception,
        format!("The permission of user {user} on {} is not as it must be.", folder.label()),
    )
}

pub(super) fn permissions<'a>(call: &Call<'a>) -> Result<Output<'a>, CmdletError> {
    let folder = Named::of(call)?;
    let kept = call.world.folder_rights.0.lock().unwrap_or_else(PoisonError::into_inner).get(&folder.key()).cloned();
    let mut entries = kept.unwrap_or_else(|| folder.by_nature());
    if call.parameters.has("User") {
        let wanted = user(call)?;
        entries.retain(|entry| entry.user.eq_ignore_ascii_case(&wanted));
        if entries.is_empty() {
            return Err(none_of("UserNotFoundInPermissionEntryException", &wanted, &folder));
        }
    }
    let rows = (0..entries.len() as u64).collect();
    let write = move |number: u64, out: &mut Row<'_>| {
        let Some(entry) = usize::try_from(number).ok().and_then(|n| entries.get(n)) else { return };
        let shown = folder.path.rsplit('/').next().filter(|name| !name.is_empty());
        out.text("Identity", &folder.label());
        out.texts([("FolderName", shown.unwrap_or("Top of Information Store")), ("User", &entry.user)]);
        out.list("AccessRights", &entry.rights);
        out.null("SharingPermissionFlags");
        out.boolean("IsValid", true);
        out.text("ObjectState", "New");
    };
    Ok(Output::Rows(Box::new(Short { rows, write })))
}

/// What a write does to the list of a folder.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Write {
    Add,
    Set,
    Remove,
}

pub(super) fn add<'a>(call: &Call<'a>) -> Result<Output<'a>, CmdletError> {
    change(call, Write::Add)
}

pub(super) fn set<'a>(call: &Call<'a>) -> Result<Output<'a>, CmdletError> {
    change(call, Write::Set)
}

pub(super) fn remove<'a>(call: &Call<'a>) -> Result<Output<'a>, CmdletError> {
    change(call, Write::Remove)
}

fn change<'a>(call: &Call<'a>, write: Write) -> Result<Output<'a>, CmdletError> {
    let folder = Named::of(call)?;
    call.may_change(folder.mailbox.position)?;
    let user = user(call)?;
    let rights = call.parameters.names("AccessRights").map(<[_]>::to_vec);
    if write != Write::Remove && rights.is_none() {
        return Err(CmdletError::missing("AccessRights"));
    }
    let mut kept = call.world.folder_rights.0.lock().unwrap_or_else(PoisonError::into_inner);
    let mut entries = kept.get(&folder.key()).cloned().unwrap_or_else(|| folder.by_nature());
    let place = entries.iter().position(|entry| entry.user.eq_ignore_ascii_case(&user));
    match (write, place) {
        (Write::Add, Some(_)) => return Err(none_of("UserAlreadyExistsInPermissionEntryException", &user, &folder)),
        (Write::Set | Write::Remove, None) => {
            return Err(none_of("UserNotFoundInPermissionEntryException", &user, &folder));
        }
        (Write::Add | Write::Set, _) => {
            let right = Right { user: user.clone(), rights: rights.unwrap_or_default() };
            match place.and_then(|place| entries.get_mut(place)) {
                Some(entry) => *entry = right,
                None => entries.push(right),
            }
        }
        (Write::Remove, Some(place)) => drop(entries.remove(place)),
    }
    if call.asks_only() {
        return Ok(Output::Confirm(format!(
            "Changing mailbox folder permission on \"{}\" for user \"{user}\".",
            folder.label()
        )));
    }
    kept.insert(folder.key(), entries);
    Ok(if write == Write::Add { Output::Rows(added(&folder.label(), &user)) } else { Output::Done })
}

/// The new entry, which adding gives.
fn added(label: &str, user: &str) -> Box<dyn super::Table> {
    let (label, user) = (label.to_owned(), user.to_owned());
    let write = move |_, out: &mut Row<'_>| {
        out.texts([("Identity", &label), ("User", &user), ("ObjectState", "New")]);
        out.boolean("IsValid", true);
    };
    Box::new(Short { rows: vec![0], write })
}
