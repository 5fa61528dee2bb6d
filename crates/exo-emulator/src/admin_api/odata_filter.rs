//! `$filter` of OData in the words of the cmdlets' own filters.

/// An OData filter in the words of the cmdlets: operators with a dash, functions as patterns.
pub(super) fn opath(filter: &str) -> String {
    let mut out = String::with_capacity(filter.len() + 8);
    for (place, part) in filter.split('\'').enumerate() {
        if place % 2 == 1 {
            out.push_str(&format_quoted(part));
            continue;
        }
        let words = part.split(' ').map(|word| match word.to_ascii_lowercase().as_str() {
            operator @ ("eq" | "ne" | "gt" | "lt" | "and" | "or" | "not") => format!("-{operator}"),
            "null" => "$null".to_owned(),
            "true" => "$true".to_owned(),
            "false" => "$false".to_owned(),
            _ => word.to_owned(),
        });
        out.push_str(&words.collect::<Vec<_>>().join(" "));
    }
    patterns(&out)
}

fn format_quoted(text: &str) -> String {
    format!("'{text}'")
}

/// `startswith(A,'x')` and its like as `A -like 'x*'`.
fn patterns(filter: &str) -> String {
    let mut out = filter.to_owned();
    for (function, before, after) in [("startswith(", "", "*"), ("endswith(", "*", ""), ("contains(", "*", "*")] {
        while let Some((head, rest)) = out.split_once(function).map(|(head, rest)| (head.to_owned(), rest.to_owned())) {
            let Some((property, rest)) = rest.split_once(',') else { break };
            let Some((value, tail)) = rest.trim_start().trim_start_matches('\'').split_once("')") else { break };
            out = format!("{head}{} -like '{before}{value}{after}'{tail}", property.trim());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_said_in_the_words_of_cmdlets() {
        let pairs = [
            ("RecipientTypeDetails eq 'SharedMailbox'", "RecipientTypeDetails -eq 'SharedMailbox'"),
            ("startswith(Alias,'a') and DisplayName ne 'x eq y'", "Alias -like 'a*' -and DisplayName -ne 'x eq y'"),
            ("ForwardingAddress ne null", "ForwardingAddress -ne $null"),
            ("contains(DisplayName, 'O''Brien')", "DisplayName -like '*O''Brien*'"),
        ];
        for (odata, opath_text) in pairs {
            assert_eq!(opath(odata), opath_text);
        }
    }
}
