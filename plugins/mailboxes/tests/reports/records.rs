//! Records as the service writes them, and small changes to them.

use exo_plugin::serde_json::{Value, json};

/// A mailbox as the service writes it, with annotations and more properties than anybody reads.
pub(crate) fn mailbox(alias: &str) -> Value {
    json!({
        "UserPrincipalName": format!("{alias}@contoso.com"),
        "DisplayName": alias,
        "PrimarySmtpAddress": format!("{alias}@contoso.com"),
        "EmailAddresses@odata.type": "#Collection(String)",
        "EmailAddresses": [format!("SMTP:{alias}@contoso.com"), format!("smtp:{alias}@contoso.onmicrosoft.com")],
        "RecipientTypeDetails": "UserMailbox",
        "WhenMailboxCreated@data.type": "System.DateTime",
        "WhenMailboxCreated": "2019-03-04T10:20:30.0000000+00:00",
        "HiddenFromAddressListsEnabled": false,
        "ArchiveStatus": "None",
        "AutoExpandingArchiveEnabled": false,
        "RetentionPolicy": "Default MRM Policy",
        "LitigationHoldEnabled": "True",
        "ExternalDirectoryObjectId": "8d0a2a0c-0000-4000-8000-000000000001",
        "ForwardingAddress": null,
        "ForwardingSmtpAddress": null,
        "DeliverToMailboxAndForward": false,
        "IssueWarningQuota": "98 GB (105,226,698,752 bytes)",
        "ProhibitSendQuota": "99 GB (106,300,440,576 bytes)",
        "ProhibitSendReceiveQuota": "100 GB (107,374,182,400 bytes)",
        "RecoverableItemsQuota": "30 GB (32,212,254,720 bytes)",
        "ArchiveWarningQuota": "100 GB (107,374,182,400 bytes)",
        "ArchiveQuota": "110 GB (118,111,600,640 bytes)",
        "RuleIdentity": 15_394_007_230_974_001_153_u64
    })
}

/// The record with some properties changed; `Value::Null` stays null.
pub(crate) fn with(mut record: Value, changes: Value) -> Value {
    if let (Value::Object(record), Value::Object(changes)) = (&mut record, changes) {
        record.extend(changes);
    }
    record
}

/// The record without a property.
pub(crate) fn without(mut record: Value, property: &str) -> Value {
    record.as_object_mut().unwrap().remove(property);
    record
}
