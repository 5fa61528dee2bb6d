//! Lists: filtered, in pages, with the properties that were asked for.

use serde_json::{Map, Value, json};

use super::failure::Failure;
use super::filter::Filter;
use super::{Call, json_answer};
use crate::answer::Answer;

impl Call<'_> {
    /// The properties asked for; none for all.
    fn select(&self) -> Option<Vec<&str>> {
        let text = self.query.get("$select")?;
        Some(text.split(',').map(str::trim).collect())
    }

    /// Whether `$select` names a property.
    pub(super) fn selects(&self, property: &str) -> bool {
        self.select().is_some_and(|names| names.contains(&property))
    }

    /// Whether `$expand` names a property.
    pub(super) fn expands(&self, property: &str) -> bool {
        let names = self.query.get("$expand").unwrap_or_default();
        names.split(',').any(|name| name.trim().split('(').next() == Some(property))
    }

    /// An object without the properties that were not asked for.
    pub(super) fn selected(&self, object: Value) -> Value {
        match (self.select(), object) {
            (Some(names), Value::Object(object)) => {
                let is_wanted = |name: &str| name.starts_with('@') || names.contains(&name) || self.expands(name);
                object.into_iter().filter(|(name, _)| is_wanted(name)).collect::<Map<_, _>>().into()
            }
            (_, object) => object,
        }
    }

    /// A page of a list whose filter may name these properties.
    pub(super) fn list(&self, set: &str, objects: Vec<Value>, properties: &[&str]) -> Result<Answer, Failure> {
        if let Some(option) =
            ["$search", "$orderby", "$skip", "$apply"].iter().find(|name| self.query.get(name).is_some())
        {
            return Err(Failure::bad(format!("The query option '{option}' is not supported here.")));
        }
        let filter = self.query.get("$filter").map(|text| Filter::parse(text, properties)).transpose()?;
        let passing = objects.into_iter().filter(|object| filter.as_ref().is_none_or(|filter| filter.takes(object)));
        let passing: Vec<Value> = passing.map(|object| self.selected(object)).collect();
        let size = self.page_size()?;
        let from: usize = match self.query.get("$skiptoken") {
            None => 0,
            Some(token) => token.parse().map_err(|_| Failure::bad("Skip token is null or invalid."))?,
        };
        let page: Vec<&Value> = passing.iter().skip(from).take(size).collect();
        let mut body = json!({"@odata.context": self.url(&format!("$metadata#{set}")), "value": page});
        if self.query.get("$count") == Some("true") {
            body["@odata.count"] = json!(passing.len());
        }
        if from + size < passing.len() {
            body["@odata.nextLink"] = json!(self.next_link(from + size));
        }
        Ok(json_answer(200, &body))
    }

    fn page_size(&self) -> Result<usize, Failure> {
        let most = self.world.tenant.graph.page_size;
        match self.query.get("$top") {
            None => Ok(most),
            Some(text) => match text.parse::<usize>() {
                Ok(size @ 1..=999) => Ok(size),
                _ => Err(Failure::bad(format!("Invalid page size specified: '{text}'. Must be between 1 and 999."))),
            },
        }
    }

    /// The address of the page that begins there: the same call, with another place.
    fn next_link(&self, from: usize) -> String {
        let kept = self.request.query.split('&').filter(|field| {
            let name = field.split('=').next().unwrap_or_default().to_ascii_lowercase();
            !field.is_empty() && name != "$skiptoken" && name != "%24skiptoken"
        });
        let query: Vec<String> = kept.map(ToOwned::to_owned).chain([format!("$skiptoken={from}")]).collect();
        format!("https://{}{}?{}", self.request.authority, self.request.path, query.join("&"))
    }
}
