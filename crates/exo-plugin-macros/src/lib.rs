#![doc = include_str!("../README.md")]

mod args;
mod attributes;
#[cfg(test)]
mod mistakes;
mod record;
mod report;
mod row;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Declares what a report is and reads.
///
/// On a unit struct whose documentation's first line says what the report tells:
///
/// ```text
/// /// Large mailboxes that have no archive
/// #[report(
///     service = "exo",                                  // where its cmdlets run: exo (default) or scc
///     name = "archive-gap",                             // default: the struct's name in kebab-case
///     parallel = 8,                                     // calls at a time, 1 to 32; default 8
///     access = "read",                                  // or "write"
///     reads("Get-Mailbox": Mailbox, params("ResultSize")),
///     reads("Get-MailboxStatistics": Stats + Dates, params("Identity")),
///     reads("Get-ProtectionAlert": Alert, service = "scc"),
///     reads("Get-OrganizationConfig"),                  // without type: all properties
/// )]
/// struct ArchiveGap;
/// ```
#[proc_macro_attribute]
pub fn report(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let attribute = parse_macro_input!(attribute as report::Attribute);
    let item = parse_macro_input!(item as syn::ItemStruct);
    report::expand(&attribute, &item).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Makes a struct the arguments of a report: a field per parameter, its documentation the help.
///
/// `#[arg(default = "40 GB")]` gives a default as a user would write it, `#[arg(name = "over")]` another name,
/// `#[arg(at_least = 1, at_most = 365)]` bounds, `#[arg(choices("all", "user"))]` the only texts.
/// A field of type `Option` may be left out, a `bool` is a switch.
#[proc_macro_derive(Args, attributes(arg))]
pub fn args(item: TokenStream) -> TokenStream {
    let item = parse_macro_input!(item as DeriveInput);
    args::expand(&item).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Makes a struct the row of a report: a field per column, in their order.
///
/// `#[column(key)]` makes the column part of the key, `#[column(name = "user")]` names it otherwise.
/// A field of type `Option` may be null.
#[proc_macro_derive(Row, attributes(column))]
pub fn row(item: TokenStream) -> TokenStream {
    let item = parse_macro_input!(item as DeriveInput);
    row::expand(&item).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Makes a struct readable from a record of a cmdlet: a field per property.
///
/// Names become `PascalCase`, as the service's are; `#[record(name = "WhenChangedUTC")]` where that does not fit.
/// `#[record(default)]` on a field takes the type's default for a record that lacks the property; otherwise that is an
/// error, except for `Maybe`. The attributes `rename_all`, `rename`, `default`, `skip` and `borrow` of serde are understood.
#[proc_macro_derive(Record, attributes(record, serde))]
pub fn record(item: TokenStream) -> TokenStream {
    let item = parse_macro_input!(item as DeriveInput);
    record::expand(&item).unwrap_or_else(syn::Error::into_compile_error).into()
}
