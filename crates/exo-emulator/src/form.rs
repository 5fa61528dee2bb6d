//! Bodies and queries in the form of `a=b&c=d`.

/// The fields of a form, decoded once.
#[derive(Debug, Default)]
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    pub(crate) fn parse(text: &str) -> Self {
        let fields = text.split('&').filter(|field| !field.is_empty()).map(|field| {
            let (name, value) = field.split_once('=').unwrap_or((field, ""));
            (decode(name), decode(value))
        });
        Self(fields.collect())
    }

    /// A field's value; an empty one counts as absent.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, value)| known == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    /// All fields, in their order.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// Undoes percent-encoding, with `+` for a blank.
fn decode(text: &str) -> String {
    unescape(&text.replace('+', " "))
}

/// Undoes percent-encoding as it stands in a path.
pub(crate) fn unescape(text: &str) -> String {
    let mut bytes = text.bytes();
    let mut out = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        match byte {
            b'%' => {
                let mut rest = bytes.clone();
                let digits = (rest.next().and_then(hex), rest.next().and_then(hex));
                if let (Some(high), Some(low)) = digits {
                    out.push(high * 16 + low);
                    bytes = rest;
                } else {
                    out.push(b'%');
                }
            }
            other => out.push(other),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plus_of_a_path_is_a_plus() {
        assert_eq!(unescape("a+b%2Bc%2F%24batch"), "a+b+c/$batch");
    }

    #[test]
    fn fields_are_decoded_once() {
        let form = Form::parse("scope=https%3A%2F%2Fa%2F.default+openid&empty=&x=%2541&bad=%zz&flag");
        assert_eq!(form.get("scope"), Some("https://a/.default openid"));
        assert_eq!(form.get("x"), Some("%41"));
        assert_eq!(form.get("bad"), Some("%zz"));
        assert_eq!(form.get("empty"), None);
        assert_eq!(form.get("flag"), None);
    }
}
