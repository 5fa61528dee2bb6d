//! Functions and their parameters in a script of PowerShell, found without understanding the rest.

/// A function of a script.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Function<'a> {
    /// Its name, without a scope.
    pub(super) name: &'a str,
    pub(super) parameters: Vec<String>,
}

/// The functions that begin at a line's begin, in their order.
///
/// The form of the service's script is not published: only the word `function`, a block `param(…)`, and variables
/// that stand outermost in it are taken to be there.
pub(super) fn functions(script: &str) -> impl Iterator<Item = Function<'_>> {
    let mut rest = script;
    std::iter::from_fn(move || {
        loop {
            let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
            if rest.is_empty() {
                return None;
            }
            let Some(name) = name(line) else {
                rest = after;
                continue;
            };
            // What belongs to the function ends where the next one begins.
            let body = rest.get(line.len()..).unwrap_or_default();
            let head = line.find('{').and_then(|at| line.get(at..)).unwrap_or_default();
            let begin = if head.is_empty() { body } else { rest.get(line.len() - head.len()..).unwrap_or_default() };
            rest = after;
            return Some(Function { name, parameters: block(begin).map(parameters).unwrap_or_default() });
        }
    })
}

/// The name in a line such as `function script:Get-Mailbox {`.
fn name(line: &str) -> Option<&str> {
    let (word, rest) = line.trim_start().split_once([' ', '\t'])?;
    if !word.eq_ignore_ascii_case("function") {
        return None;
    }
    let name = rest.trim_start().split([' ', '\t', '{', '(', '\r']).next()?;
    let name = name.rsplit(':').next()?;
    (!name.is_empty()).then_some(name)
}

/// What follows `param(`, if it stands before the next function.
fn block(body: &str) -> Option<&str> {
    let mut rest = body;
    loop {
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        let begin = line.trim_start_matches(['{', ' ', '\t', '\r']);
        if name(begin).is_some() {
            return None;
        }
        if begin.get(..5).is_some_and(|word| word.eq_ignore_ascii_case("param")) {
            let from = rest.get(line.len() - begin.len() + 5..)?;
            return from.trim_start().strip_prefix('(');
        }
        if after.is_empty() {
            return None;
        }
        rest = after;
    }
}

/// The variables that stand outermost in a block of parameters, up to its end.
fn parameters(block: &str) -> Vec<String> {
    let mut found = Vec::new();
    let (mut depth, mut value) = (0_u32, false);
    let mut rest = block;
    while let Some(next) = rest.chars().next() {
        rest = rest.get(next.len_utf8()..).unwrap_or_default();
        match next {
            '\'' | '"' => rest = rest.split_once(next).map_or("", |(_, after)| after),
            '#' => rest = rest.split_once('\n').map_or("", |(_, after)| after),
            '(' | '[' | '{' => depth += 1,
            ')' if depth == 0 => break,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => value = false,
            '=' if depth == 0 => value = true,
            '$' => {
                let braced = rest.strip_prefix('{');
                let text = braced.unwrap_or(rest);
                let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
                let (name, after) = text.split_at_checked(end).unwrap_or((text, ""));
                rest = if braced.is_some() { after.strip_prefix('}').unwrap_or(after) } else { after };
                if depth == 0 && !value && !name.is_empty() {
                    found.push(name.to_owned());
                }
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(script: &str) -> Vec<(String, Vec<String>)> {
        functions(script).map(|f| (f.name.to_owned(), f.parameters)).collect()
    }

    fn one(name: &str, parameters: &[&str]) -> (String, Vec<String>) {
        (name.to_owned(), parameters.iter().map(|&p| p.to_owned()).collect())
    }

    #[test]
    fn variables_outermost_in_the_block_are_parameters() {
        let script = "$x = 1\r\n<# help #>\r\nfunction script:Get-Mailbox\r\n{\r\n    [CmdletBinding(DefaultParameterSetName='A')]\r\n    param(\r\n\r\n    [Parameter(ParameterSetName='A', Mandatory=$true)]\r\n    [ValidateScript({ $_ -gt 1 })]\r\n    [Object]\r\n    ${Identity},   # the $first, of (two\r\n    [switch] $Archive = ($false, $other),\r\n    $Sort = $default)\r\n\r\n    $inside = 1\r\n}\r\nfunction Set-Mailbox { param([string]$A,${B}) $c }\r\nfunction New-None { $d }\r\nfunction New-Empty { param() }\r\n";
        assert_eq!(
            read(script),
            [
                one("Get-Mailbox", &["Identity", "Archive", "Sort"]),
                one("Set-Mailbox", &["A", "B"]),
                one("New-None", &[]),
                one("New-Empty", &[])
            ]
        );
    }

    #[test]
    fn a_block_belongs_to_its_own_function() {
        assert_eq!(read("function A-B {\n}\nfunction C-D {\nparam(\n$E\n)"), [one("A-B", &[]), one("C-D", &["E"])]);
        assert_eq!(read("# function A-B {param($x)}\nmyfunction C-D {}"), []);
    }

    proptest! {
        #[test]
        fn any_text_is_read_to_its_end(text in r"(function |param|[(){}\[\]$'#,=\n a-zä\x00])*") {
            let found = read(&text);
            prop_assert!(found.len() <= text.matches("function").count());
        }
    }
}
