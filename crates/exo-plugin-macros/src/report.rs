//! `#[report(…)]`.

use crate::attributes::{about, kebab};
use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Fields, Ident, ItemStruct, LitInt, LitStr, Path, Result, Token, parenthesized};

/// What stands in the attribute.
#[derive(Default)]
pub(crate) struct Attribute {
    name: Option<LitStr>,
    service: Option<LitStr>,
    access: Option<LitStr>,
    parallel: Option<LitInt>,
    reads: Vec<Reads>,
}

/// One `reads(…)`.
struct Reads {
    cmdlet: LitStr,
    records: Vec<Path>,
    service: Option<LitStr>,
    params: Vec<LitStr>,
}

impl Parse for Attribute {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut found = Self::default();
        while !input.is_empty() {
            let word: Ident = input.parse()?;
            match word.to_string().as_str() {
                "name" => once(&mut found.name, &word, input)?,
                "service" => once(&mut found.service, &word, input)?,
                "access" => once(&mut found.access, &word, input)?,
                "parallel" => once(&mut found.parallel, &word, input)?,
                "reads" => found.reads.push(input.parse()?),
                _ => {
                    let text =
                        "there are `name`, `service`, `access`, `parallel` and `reads(\"Get-Mailbox\": Mailbox)`";
                    return Err(syn::Error::new(word.span(), text));
                }
            }
            comma(input)?;
        }
        Ok(found)
    }
}

impl Parse for Reads {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let inside;
        parenthesized!(inside in input);
        let cmdlet: LitStr = inside.parse()?;
        let mut records = Vec::new();
        if inside.peek(Token![:]) {
            inside.parse::<Token![:]>()?;
            records.push(inside.parse()?);
            while inside.peek(Token![+]) {
                inside.parse::<Token![+]>()?;
                records.push(inside.parse()?);
            }
        }
        comma(&inside)?;
        let (mut service, mut params) = (None, Vec::new());
        while !inside.is_empty() {
            let word: Ident = inside.parse()?;
            match word.to_string().as_str() {
                "service" => once(&mut service, &word, &inside)?,
                "params" => {
                    let list;
                    parenthesized!(list in inside);
                    params.extend(Punctuated::<LitStr, Token![,]>::parse_terminated(&list)?);
                }
                _ => {
                    return Err(syn::Error::new(
                        word.span(),
                        "there are `params(\"Identity\")` and `service = \"scc\"`",
                    ));
                }
            }
            comma(&inside)?;
        }
        Ok(Self { cmdlet, records, service, params })
    }
}

fn comma(input: ParseStream<'_>) -> Result<()> {
    if input.is_empty() { Ok(()) } else { input.parse::<Token![,]>().map(drop) }
}

fn once<T: Parse>(slot: &mut Option<T>, word: &Ident, input: ParseStream<'_>) -> Result<()> {
    if slot.is_some() {
        return Err(syn::Error::new(word.span(), format!("`{word}` is given twice")));
    }
    input.parse::<Token![=]>()?;
    *slot = Some(input.parse()?);
    Ok(())
}

pub(crate) fn expand(attribute: &Attribute, item: &ItemStruct) -> Result<TokenStream> {
    if !matches!(item.fields, Fields::Unit) || !item.generics.params.is_empty() {
        let text = "a report is a unit struct, `struct ArchiveGap;`: what it needs lives in `run`";
        return Err(syn::Error::new_spanned(&item.ident, text));
    }
    let about = about(&item.attrs);
    if about.is_empty() {
        let text = "say in a documentation comment what the report tells: users see it in `exoctl report list`";
        return Err(syn::Error::new_spanned(&item.ident, text));
    }
    let name = match &attribute.name {
        Some(name) => checked_name(name)?,
        None => kebab(&item.ident.to_string()),
    };
    let writes = match attribute.access.as_ref().map(|access| (access, access.value())) {
        None => false,
        Some((_, word)) if word == "read" => false,
        Some((_, word)) if word == "write" => true,
        Some((access, _)) => return Err(syn::Error::new_spanned(access, "access is \"read\" or \"write\"")),
    };
    let parallel = match &attribute.parallel {
        None => 8,
        Some(number) => number
            .base10_parse::<u32>()
            .ok()
            .filter(|n| (1..=32).contains(n))
            .ok_or_else(|| syn::Error::new_spanned(number, "1 to 32 calls at a time are possible"))?,
    };
    if attribute.reads.is_empty() {
        let text = "a report reads something: add `reads(\"Get-Mailbox\": Mailbox, params(\"ResultSize\"))`";
        return Err(syn::Error::new_spanned(&item.ident, text));
    }
    let reads = reads(attribute)?;
    let ident = &item.ident;
    Ok(quote! {
        // Tests outside the crate name it as a value, so that it cannot be `#[non_exhaustive]`.
        #[allow(clippy::exhaustive_structs, reason = "a report is a name and nothing else")]
        #item

        #[automatically_derived]
        #[allow(elided_lifetimes_in_paths, reason = "a record is named without the lifetime of a page")]
        impl ::exo_plugin::Declared for #ident {
            const NAME: &'static str = #name;
            const ABOUT: &'static str = #about;
            const WRITES: bool = #writes;
            const PARALLEL: u32 = #parallel;
            const READS: &'static [::exo_plugin::private::ReadDecl] = &[#(#reads),*];
        }
    })
}

fn reads(attribute: &Attribute) -> Result<Vec<TokenStream>> {
    let mut seen = Vec::new();
    let mut declared = Vec::new();
    for read in &attribute.reads {
        let cmdlet = cmdlet(&read.cmdlet)?;
        let service = service(read.service.as_ref().or(attribute.service.as_ref()))?;
        if seen.contains(&(service, cmdlet.to_ascii_lowercase())) {
            let text = "this cmdlet is read already; list several record types as `\"Get-Mailbox\": A + B`";
            return Err(syn::Error::new_spanned(&read.cmdlet, text));
        }
        seen.push((service, cmdlet.to_ascii_lowercase()));
        if let Some(bad) = read.params.iter().find(|p| !p.value().bytes().all(|b| b.is_ascii_alphanumeric())) {
            return Err(syn::Error::new_spanned(bad, "a parameter is named as in PowerShell, without the hyphen"));
        }
        let (params, records) = (&read.params, &read.records);
        declared.push(quote! {
            ::exo_plugin::private::ReadDecl {
                service: #service,
                cmdlet: #cmdlet,
                parameters: &[#(#params),*],
                properties: &[#(<#records as ::exo_plugin::Properties>::PROPERTIES),*],
            }
        });
    }
    Ok(declared)
}

fn service(given: Option<&LitStr>) -> Result<&'static str> {
    match given.map(|text| (text, text.value())) {
        None => Ok("exo"),
        Some((_, word)) if word == "exo" => Ok("exo"),
        Some((_, word)) if word == "scc" => Ok("scc"),
        Some((text, _)) => Err(syn::Error::new_spanned(
            text,
            "a service is \"exo\" (Exchange Online) or \"scc\" (Security & Compliance)",
        )),
    }
}

fn cmdlet(name: &LitStr) -> Result<String> {
    let text = name.value();
    let word = |w: &str| !w.is_empty() && w.bytes().all(|b| b.is_ascii_alphanumeric());
    match text.split_once('-') {
        Some((verb, noun)) if word(verb) && word(noun) => Ok(text),
        _ => Err(syn::Error::new_spanned(name, "a cmdlet is a verb, a hyphen and a noun, such as \"Get-Mailbox\"")),
    }
}

fn checked_name(name: &LitStr) -> Result<String> {
    let text = name.value();
    let letters = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    let good =
        letters && text.starts_with(|c: char| c.is_ascii_lowercase()) && !text.ends_with('-') && !text.contains("--");
    if good {
        Ok(text)
    } else {
        Err(syn::Error::new_spanned(name, "a report's name is in kebab-case, such as \"archive-gap\""))
    }
}
