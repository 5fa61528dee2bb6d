//! `#[derive(Record)]`.

use crate::attributes::{fields, is_called, renamed};
use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use syn::meta::ParseNestedMeta;
use syn::{Attribute, DeriveInput, Expr, Field, GenericParam, Ident, Lifetime, LitStr, Result, Token, Type};

/// A field that is read from a property.
struct Property<'a> {
    ident: &'a Ident,
    kind: &'a Type,
    name: String,
    default: bool,
}

pub(crate) fn expand(item: &DeriveInput) -> Result<TokenStream> {
    let lifetime = lifetime(item)?;
    let rule = rule(&item.attrs)?;
    let mut properties = Vec::new();
    let mut skipped = Vec::new();
    for field in fields(item, "Record")? {
        match property(field, &rule)? {
            Some(property) => properties.push(property),
            None => skipped.extend(&field.ident),
        }
    }
    if let Some(twice) =
        properties.iter().enumerate().find(|(i, p)| properties.iter().take(*i).any(|q| q.name == p.name))
    {
        return Err(syn::Error::new_spanned(twice.1.ident, format!("property `{}` is read twice", twice.1.name)));
    }
    Ok(text(item, lifetime.as_ref(), &properties, &skipped))
}

fn text(
    item: &DeriveInput,
    lifetime: Option<&Lifetime>,
    properties: &[Property<'_>],
    skipped: &[&Ident],
) -> TokenStream {
    let name = &item.ident;
    let shadow = format_ident!("{}Fields", name);
    let de = lifetime.cloned().unwrap_or_else(|| Lifetime::new("'de", Span::call_site()));
    // Used even where nothing is borrowed, so that one text fits both.
    let of = if lifetime.is_some() { quote!(<#de>) } else { quote!() };
    let names: Vec<_> = properties.iter().map(|p| &p.name).collect();
    let kinds = properties.iter().map(|p| p.kind);
    let slots: Vec<_> = (0..properties.len()).map(|at| format_ident!("field{at}")).collect();
    let places = 0..properties.len();
    let taken = properties.iter().zip(&slots).map(|(property, slot)| {
        let (ident, name) = (property.ident, &property.name);
        if property.default {
            quote!(#ident: fields.#slot.unwrap_or_default())
        } else {
            quote!(#ident: fields.#slot.ok_or_else(|| ::exo_plugin::RecordError::missing(#name))?)
        }
    });
    quote! {
        #[automatically_derived]
        impl #of ::exo_plugin::Properties for #name #of {
            const PROPERTIES: &'static [&'static str] = &[#(#names),*];
        }

        const _: () = {
            struct #shadow<#de> {
                #(#slots: ::core::option::Option<#kinds>,)*
                of: ::core::marker::PhantomData<&#de ()>,
            }

            impl<#de> ::core::default::Default for #shadow<#de> {
                fn default() -> Self {
                    Self { #(#slots: ::core::option::Option::None,)* of: ::core::marker::PhantomData }
                }
            }

            impl<#de> ::exo_plugin::private::Fields<#de> for #shadow<#de> {
                const NAMES: &'static [&'static str] = <#name #of as ::exo_plugin::Properties>::PROPERTIES;

                fn read<A: ::exo_plugin::private::serde::de::MapAccess<#de>>(
                    &mut self,
                    at: usize,
                    map: &mut A,
                ) -> ::core::result::Result<(), A::Error> {
                    match at {
                        #(#places => ::exo_plugin::private::member(map, &mut self.#slots),)*
                        _ => ::core::result::Result::Ok(()),
                    }
                }
            }

            #[automatically_derived]
            impl<#de> ::exo_plugin::Record<#de> for #name #of {
                fn decode(json: &#de str) -> ::core::result::Result<Self, ::exo_plugin::RecordError> {
                    let fields: #shadow<#de> = ::exo_plugin::private::fields(json)?;
                    ::core::result::Result::Ok(Self {
                        #(#taken,)*
                        #(#skipped: ::core::default::Default::default(),)*
                    })
                }
            }
        };
    }
}

fn lifetime(item: &DeriveInput) -> Result<Option<Lifetime>> {
    let mut found = None;
    for parameter in &item.generics.params {
        match parameter {
            GenericParam::Lifetime(lifetime) if found.is_none() => found = Some(lifetime.lifetime.clone()),
            other => {
                let text = "a record has no parameters but one lifetime, that of the page it borrows from";
                return Err(syn::Error::new_spanned(other, text));
            }
        }
    }
    Ok(found)
}

fn ours(attribute: &Attribute) -> bool {
    attribute.path().is_ident("record") || attribute.path().is_ident("serde")
}

/// The rule by which fields become properties.
fn rule(attributes: &[Attribute]) -> Result<String> {
    let mut rule = "PascalCase".to_owned();
    for attribute in attributes.iter().filter(|a| ours(a)) {
        attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("rename_all") {
                rule = meta.value()?.parse::<LitStr>()?.value();
                return Ok(());
            }
            pass_over(&meta)
        })?;
    }
    Ok(rule)
}

fn property<'a>(field: &'a Field, rule: &str) -> Result<Option<Property<'a>>> {
    let Some(ident) = &field.ident else { return Err(syn::Error::new_spanned(field, "a property needs a name")) };
    let mut name = renamed(&ident.to_string(), rule, ident.span())?;
    if let Type::Reference(borrowed) = &field.ty {
        let text = "a borrowed field fails at the first escaped character: use `Text<'_>`";
        return Err(syn::Error::new_spanned(borrowed, text));
    }
    let (mut default, mut skip) = (is_called(&field.ty, "Maybe"), false);
    for attribute in field.attrs.iter().filter(|a| ours(a)) {
        attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("name") || meta.path.is_ident("rename") {
                name = meta.value()?.parse::<LitStr>()?.value();
            } else if meta.path.is_ident("default") {
                default = true;
            } else if meta.path.is_ident("skip") || meta.path.is_ident("skip_deserializing") {
                skip = true;
            } else if meta.path.is_ident("borrow") {
                pass_over(&meta)?;
            } else {
                return Err(meta.error("there are `name = \"…\"`, `default`, `skip` and `borrow`"));
            }
            Ok(())
        })?;
    }
    Ok((!skip).then_some(Property { ident, kind: &field.ty, name, default }))
}

/// Reads over what belongs to serde alone.
fn pass_over(meta: &ParseNestedMeta<'_>) -> Result<()> {
    if meta.input.peek(Token![=]) {
        meta.value()?.parse::<Expr>().map(drop)
    } else if meta.input.peek(syn::token::Paren) {
        let inside;
        syn::parenthesized!(inside in meta.input);
        inside.parse::<TokenStream>().map(drop)
    } else {
        Ok(())
    }
}
