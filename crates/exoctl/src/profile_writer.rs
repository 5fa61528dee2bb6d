//! Writes keys of a profile into the profile file, and leaves everything else there as it stands.

use crate::failure::{Failure, Result};
use exo_model::ErrorKind;
use exo_output::ResultFile;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// What is to change in one profile.
#[derive(Debug, Clone, Default)]
pub(crate) struct ProfileEdit {
    set: Vec<(String, Value)>,
    remove: Vec<String>,
}

impl ProfileEdit {
    /// The profile has this key with this value.
    pub(crate) fn set(&mut self, key: &str, value: impl Into<Value>) {
        self.set.push((key.to_owned(), value.into()));
    }

    /// The profile does not have this key.
    pub(crate) fn remove(&mut self, key: &str) {
        self.remove.push(key.to_owned());
    }

    /// The keys of a profile as they are written; none where it does not exist.
    pub(crate) fn read(path: &Path, name: &str) -> Table {
        let file: Table =
            std::fs::read_to_string(path).ok().and_then(|text| toml::from_str(&text).ok()).unwrap_or_default();
        profile(&file, name).and_then(Value::as_table).cloned().unwrap_or_default()
    }

    /// The same with the keys of another edit.
    #[must_use]
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.set.extend(other.set);
        self.remove.extend(other.remove);
        self
    }

    /// Writes it into the file, whole or not at all; a file or profile that is not there is made. Whether anything changed.
    pub(crate) fn write(&self, path: &Path, name: &str) -> Result<bool> {
        // A link to the file is followed, so that the file behind it changes and the link stays.
        let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let old = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(unwritten(&path, &error.to_string())),
        };
        let new = self.applied(&old, name).ok_or_else(|| self.by_hand(&path, name))?;
        if new == old {
            return Ok(false);
        }
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(|error| unwritten(&path, &error.to_string()))?;
        }
        let mut file = ResultFile::create(&path, true)?;
        file.write_all(new.as_bytes()).map_err(|error| unwritten(&path, &error.to_string()))?;
        file.commit()?;
        Ok(true)
    }

    /// The text with the changes; `None` where the profile is written in a form that this does not know.
    fn applied(&self, old: &str, name: &str) -> Option<String> {
        let expected = self.expected(old, name)?;
        let mut lines: Vec<String> = old.lines().map(str::to_owned).collect();
        let begin = match lines.iter().position(|line| is_header_of(line, name)) {
            Some(at) => at + 1,
            None if profile(&toml::from_str(old).ok()?, name).is_some() => return None,
            None => {
                if lines.last().is_some_and(|line| !line.trim().is_empty()) {
                    lines.push(String::new());
                }
                lines.push(header(name));
                lines.len()
            }
        };
        let end = lines.iter().skip(begin).position(|line| is_header(line)).map_or(lines.len(), |at| begin + at);
        let rest = lines.split_off(end);
        let mut own = lines.split_off(begin);
        self.change(&mut own);
        let new: String = lines.into_iter().chain(own).chain(rest).map(|line| line + "\n").collect();
        // The form is known only where the result says what it should.
        (toml::from_str::<Table>(&new).ok()? == expected).then_some(new)
    }

    /// Replaces and removes lines, and adds what is not there after the last line with anything on it.
    fn change(&self, lines: &mut Vec<String>) {
        lines.retain(|line| key(line).is_none_or(|key| !self.remove.contains(&key)));
        for (name, value) in &self.set {
            let written = toml::from_str::<Table>(&entry(name, value)).unwrap_or_default();
            match lines.iter_mut().find(|line| key(line).as_ref() == Some(name)) {
                Some(line) if toml::from_str::<Table>(line).is_ok_and(|old| old == written) => {}
                Some(line) => *line = entry(name, value),
                None => {
                    let last = lines.iter().rposition(|line| !line.trim().is_empty()).map_or(0, |at| at + 1);
                    lines.insert(last, entry(name, value));
                }
            }
        }
    }

    /// What the changed file must say.
    fn expected(&self, old: &str, name: &str) -> Option<Table> {
        let mut file: Table = toml::from_str(old).ok()?;
        let profiles = file.entry("profiles").or_insert_with(|| Value::Table(Table::new())).as_table_mut()?;
        let profile = profiles.entry(name).or_insert_with(|| Value::Table(Table::new())).as_table_mut()?;
        profile.retain(|key, _| !self.remove.iter().any(|removed| removed == key));
        profile.extend(self.set.iter().cloned());
        Some(file)
    }

    /// What a person does where the program cannot.
    fn by_hand(&self, path: &Path, name: &str) -> Failure {
        let lines: Vec<String> = self.set.iter().map(|(key, value)| entry(key, value)).collect();
        let text = format!("profile `{name}` of `{}` is not written as a table of its own lines", path.display());
        Failure::new(ErrorKind::Profile, text).hinted(format!(
            "write `{}` and below it `{}`, then start again",
            header(name),
            lines.join("`, `")
        ))
    }
}

/// A path as a profile names it: beside the file by its name alone, else whole.
pub(crate) fn path_in_profile(config: &Path, path: &Path) -> String {
    let whole = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let (folder, path) = (whole(config).parent().map(Path::to_owned), whole(path));
    let beside = folder.and_then(|folder| path.strip_prefix(folder).map(PathBuf::from).ok());
    beside.unwrap_or(path).to_string_lossy().into_owned()
}

fn entry(key: &str, value: &Value) -> String {
    format!("{key} = {value}")
}

fn header(name: &str) -> String {
    let bare = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    if bare { format!("[profiles.{name}]") } else { format!("[profiles.{}]", Value::from(name)) }
}

/// A line that begins a table, whichever.
fn is_header(line: &str) -> bool {
    line.trim_start().starts_with('[') && toml::from_str::<Table>(line).is_ok()
}

fn is_header_of(line: &str, name: &str) -> bool {
    is_header(line) && toml::from_str(line).is_ok_and(|table| profile(&table, name).is_some())
}

fn profile<'a>(file: &'a Table, name: &str) -> Option<&'a Value> {
    file.get("profiles")?.get(name)
}

/// The key of a line that has one and is whole by itself.
fn key(line: &str) -> Option<String> {
    let table: Table = toml::from_str(line).ok()?;
    let mut keys = table.into_iter().filter(|(_, value)| !value.is_table());
    keys.next().map(|(key, _)| key)
}

fn unwritten(path: &Path, why: &str) -> Failure {
    Failure::new(ErrorKind::Output, format!("profile file `{}` cannot be written: {why}", path.display()))
        .hinted("give another file with --config, or make this one writable")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(set: &[(&str, &str)], remove: &[&str]) -> ProfileEdit {
        let mut edit = ProfileEdit::default();
        for (key, value) in set {
            edit.set(key, *value);
        }
        for key in remove {
            edit.remove(key);
        }
        edit
    }

    const OLD: &str = "\
# mine
[profiles.default] # the usual one
app-id = 'a'   # of the portal
# before
organization = 'contoso.onmicrosoft.com'

[profiles.\"b c\"]
app-id = 'b'
";

    #[test]
    fn a_profile_that_is_not_there_comes_after_the_others() {
        let new = edit(&[("app-id", "x"), ("organization", "o")], &[]).applied(OLD, "new").unwrap();
        assert_eq!(new, format!("{OLD}\n[profiles.new]\napp-id = \"x\"\norganization = \"o\"\n"));
        let first = edit(&[("app-id", "x")], &[]).applied("", "new one").unwrap();
        assert_eq!(first, "[profiles.\"new one\"]\napp-id = \"x\"\n");
    }

    #[test]
    fn what_is_there_stays_as_it_stands() {
        assert_eq!(edit(&[("app-id", "a")], &["tenant"]).applied(OLD, "default").unwrap(), OLD);
        let new = edit(&[("tenant", "t"), ("app-id", "n\"n")], &[]).applied(OLD, "default").unwrap();
        let changed = OLD.replace("app-id = 'a'   # of the portal", "app-id = 'n\"n'");
        assert_eq!(new, changed.replace(".com'\n", ".com'\ntenant = \"t\"\n"));
        let new = edit(&[("app-id", "c")], &[]).applied(OLD, "b c").unwrap();
        assert_eq!(new, OLD.replace("app-id = 'b'", "app-id = \"c\""));
    }

    #[test]
    fn a_key_is_removed_with_its_line() {
        let new = edit(&[], &["app-id"]).applied(OLD, "default").unwrap();
        assert_eq!(new, OLD.replace("app-id = 'a'   # of the portal\n", ""));
    }

    #[test]
    fn a_form_that_is_not_known_is_left_alone() {
        for other in [
            "profiles = { default = { app-id = 'a' } }\n",
            "profiles.default.app-id = 'a'\n",
            "[profiles]\ndefault = { app-id = 'a' }\n",
            "[profiles.default]\napp-id = '''\na'''\n",
            "[profiles.default",
        ] {
            assert!(edit(&[("app-id", "x")], &[]).applied(other, "default").is_none(), "{other}");
        }
        // A header inside of a text is none.
        let text = "[profiles.a]\ntenant = '''\n[profiles.b]\n'''\n";
        assert!(edit(&[("app-id", "x")], &[]).applied(text, "b").is_none());
    }

    #[test]
    fn paths_beside_the_file_are_named_from_there() {
        let path = |path| path_in_profile(Path::new("/etc/exo/config.toml"), Path::new(path));
        assert_eq!(path("/etc/exo/a.pfx"), "a.pfx");
        assert_eq!(path("/etc/exo/b/a.pfx"), "b/a.pfx");
        assert_eq!(path("/srv/a.pfx"), "/srv/a.pfx");
    }
}
