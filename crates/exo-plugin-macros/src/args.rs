//! `#[derive(Args)]`.

use crate::attributes::{about, fields, is_called, kebab, unique};
use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Expr, Field, Lit, LitStr, Result};

pub(crate) fn expand(item: &DeriveInput) -> Result<TokenStream> {
    let fields = fields(item, "Args")?;
    if let Some(parameter) = item.generics.params.first() {
        return Err(syn::Error::new_spanned(parameter, "arguments own their values: no lifetimes, no type parameters"));
    }
    let name = &item.ident;
    let (mut names, mut declared, mut read) = (Vec::new(), Vec::new(), Vec::new());
    for one in fields {
        let (name, parameter, value) = field(one)?;
        names.extend(one.ident.as_ref().map(|ident| (ident, name)));
        declared.push(parameter);
        read.push(value);
    }
    unique("parameter", &names)?;
    Ok(quote! {
        #[automatically_derived]
        impl ::exo_plugin::Args for #name {
            const PARAMS: &'static [::exo_plugin::private::ParamDecl] = &[#(#declared),*];

            fn from_values(
                mut values: ::exo_plugin::private::Map<::std::string::String, ::exo_plugin::private::Value>,
            ) -> ::exo_plugin::Result<Self> {
                ::core::result::Result::Ok(Self { #(#read),* })
            }
        }
    })
}

fn field(field: &Field) -> Result<(String, TokenStream, TokenStream)> {
    let Some(ident) = &field.ident else { return Err(syn::Error::new_spanned(field, "a parameter needs a name")) };
    let (mut name, mut default, mut choices) = (kebab(&ident.to_string()), None, Vec::new());
    let (mut least, mut most) = (None, None);
    for attribute in field.attrs.iter().filter(|a| a.path().is_ident("arg")) {
        attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("default") {
                default = Some(literal(&meta.value()?.parse()?)?);
                Ok(())
            } else if meta.path.is_ident("at_least") {
                least = Some(literal(&meta.value()?.parse()?)?);
                Ok(())
            } else if meta.path.is_ident("at_most") {
                most = Some(literal(&meta.value()?.parse()?)?);
                Ok(())
            } else if meta.path.is_ident("name") {
                name = meta.value()?.parse::<LitStr>()?.value();
                Ok(())
            } else if meta.path.is_ident("choices") {
                let list;
                syn::parenthesized!(list in meta.input);
                choices.extend(list.parse_terminated(<LitStr as syn::parse::Parse>::parse, syn::Token![,])?);
                Ok(())
            } else {
                let text = "there are `default = …`, `at_least = …`, `at_most = …`, `name = \"…\"` and `choices(\"…\", \"…\")`";
                Err(meta.error(text))
            }
        })?;
    }
    if default.is_some() && is_called(&field.ty, "Option") {
        let text = "a parameter with a default is never left out: drop the `Option` or the default";
        return Err(syn::Error::new_spanned(&field.ty, text));
    }
    let (kind, help) = (&field.ty, about(&field.attrs));
    let (default, least, most) = (given(default), given(least), given(most));
    let declared = quote! {
        ::exo_plugin::private::ParamDecl {
            name: #name,
            kind: <#kind as ::exo_plugin::Arg>::KIND,
            default: #default,
            help: #help,
            choices: &[#(#choices),*],
            at_least: #least,
            at_most: #most,
            optional: <#kind as ::exo_plugin::Arg>::OPTIONAL,
        }
    };
    let value = quote!(#ident: ::exo_plugin::private::argument(&mut values, #name)?);
    Ok((name, declared, value))
}

fn given(text: Option<String>) -> TokenStream {
    text.map_or_else(|| quote!(::core::option::Option::None), |text| quote!(::core::option::Option::Some(#text)))
}

/// A default or a bound as a user would write it.
fn literal(value: &Expr) -> Result<String> {
    if let Expr::Lit(literal) = value {
        match &literal.lit {
            Lit::Str(text) => return Ok(text.value()),
            Lit::Int(number) => return Ok(number.base10_digits().to_owned()),
            Lit::Float(number) => return Ok(number.base10_digits().to_owned()),
            Lit::Bool(truth) => return Ok(truth.value.to_string()),
            _ => {}
        }
    }
    Err(syn::Error::new_spanned(value, "a default or a bound is a literal, such as \"40 GB\", 7 or true"))
}
