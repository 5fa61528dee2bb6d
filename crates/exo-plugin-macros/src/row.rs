//! `#[derive(Row)]`.

use crate::attributes::{fields, unique};
use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{DeriveInput, Field, GenericParam, Generics, LitStr, Result};

pub(crate) fn expand(item: &DeriveInput) -> Result<TokenStream> {
    let fields = fields(item, "Row")?;
    if fields.is_empty() {
        return Err(syn::Error::new_spanned(&item.ident, "a row has at least one column"));
    }
    let name = &item.ident;
    let (before, types, bounds) = item.generics.split_for_impl();
    let (mut names, mut columns, mut cells) = (Vec::new(), Vec::new(), Vec::new());
    for (at, field) in fields.iter().enumerate() {
        let (name, column, cell) = cell(at, field)?;
        names.extend(field.ident.as_ref().map(|ident| (ident, name)));
        columns.push(column);
        cells.push(cell);
    }
    unique("column", &names)?;
    let shape = lasting(&item.generics);
    Ok(quote! {
        #[automatically_derived]
        impl #before ::exo_plugin::Row for #name #types #bounds {
            type Shape = #name #shape;

            const COLUMNS: &'static [::exo_plugin::private::ColumnDecl] = &[#(#columns),*];

            fn write(&self, out: &mut ::std::vec::Vec<u8>) {
                #(#cells)*
                out.push(b']');
            }
        }
    })
}

/// The parameters of the type that borrows from nothing.
fn lasting(generics: &Generics) -> TokenStream {
    let parameters = generics.params.iter().map(|parameter| match parameter {
        GenericParam::Lifetime(_) => quote!('static),
        GenericParam::Type(kind) => kind.ident.to_token_stream(),
        GenericParam::Const(value) => value.ident.to_token_stream(),
    });
    quote!(<#(#parameters),*>)
}

fn cell(at: usize, field: &Field) -> Result<(String, TokenStream, TokenStream)> {
    let Some(ident) = &field.ident else { return Err(syn::Error::new_spanned(field, "a column needs a name")) };
    let (mut name, mut key) = (ident.to_string().trim_start_matches("r#").to_owned(), false);
    for attribute in field.attrs.iter().filter(|a| a.path().is_ident("column")) {
        attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("key") {
                key = true;
                Ok(())
            } else if meta.path.is_ident("name") {
                name = meta.value()?.parse::<LitStr>()?.value();
                Ok(())
            } else {
                Err(meta.error("there are `key` and `name = \"…\"`"))
            }
        })?;
    }
    let kind = &field.ty;
    let column = quote_spanned! {kind.span()=>
        ::exo_plugin::private::ColumnDecl {
            name: #name,
            kind: <#kind as ::exo_plugin::Cell>::KIND,
            key: #key,
            optional: <#kind as ::exo_plugin::Cell>::OPTIONAL,
        }
    };
    let joint = if at == 0 { b'[' } else { b',' };
    let cell = quote_spanned! {kind.span()=>
        out.push(#joint);
        <#kind as ::exo_plugin::Cell>::write(&self.#ident, out);
    };
    Ok((name, column, cell))
}
