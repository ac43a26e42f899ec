//! Lists that span several pages.

use std::collections::HashSet;
use std::fmt::Debug;
use std::future::Future;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;
use url::Url;

use crate::budget::Budget;
use crate::error::{Error, ErrorKind, Result};
use crate::json::Room;
use crate::request::Request;
use crate::response::without_query;

/// How the answer to a list request holds its items. A bare array is accepted everywhere, because
/// several builds of the service answer with one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListShape {
    /// `{"value": […], "nextLink": …}`.
    Value,
    /// `{"values": […]}`.
    Values,
    /// `{"files": […], "continuationToken": …}`.
    Files,
    /// `{"data": […]}`.
    Data,
    /// `[…]`.
    Bare,
}

/// A limit above the number of pages of any collection, for links that never end.
const MAX_PAGES: usize = 1000;

/// A list may lack its items for a moment after a write: how long to wait for them, and how often
/// to look. Only the pauses count, so that a slow service can use the whole budget.
const INCOMPLETE: Duration = Duration::from_secs(30);
const LOOK_AGAIN_AFTER: Duration = Duration::from_secs(2);

struct Page {
    items: Vec<Value>,
    next: Option<Url>,
}

impl ListShape {
    #[cfg(any(test, fuzzing))]
    pub(crate) const ALL: [Self; 5] = [
        Self::Value,
        Self::Values,
        Self::Files,
        Self::Data,
        Self::Bare,
    ];

    fn key(self) -> Option<&'static str> {
        match self {
            Self::Value => Some("value"),
            Self::Values => Some("values"),
            Self::Files => Some("files"),
            Self::Data => Some("data"),
            Self::Bare => None,
        }
    }

    /// Returns the items of one answer, or `None` if it does not have this shape.
    fn items(self, document: &mut Value) -> Option<Vec<Value>> {
        let items = match document {
            Value::Array(_) => document,
            _ => document.get_mut(self.key()?)?,
        };
        match items.take() {
            Value::Array(items) => Some(items),
            _ => None,
        }
    }
}

/// The state of reading a list page by page. Links are followed below `base` only, so that no page
/// can send the token elsewhere.
#[derive(Debug)]
pub(crate) struct Walk {
    base: Url,
    shape: ListShape,
    /// The next page, or `None` after the last one.
    next: Option<Url>,
    seen: HashSet<Url>,
    /// What is left of the size limit: all pages together may be as large as a single answer.
    room: Room,
}

impl Walk {
    /// Starts at `first`. All pages together have at most `max` bytes.
    pub(crate) fn new(base: Url, first: Url, shape: ListShape, max: usize) -> Self {
        Self {
            base,
            shape,
            next: Some(first),
            seen: HashSet::new(),
            room: Room::new(max),
        }
    }

    /// Returns whether there are no further pages.
    pub(crate) fn is_over(&self) -> bool {
        self.next.is_none()
    }

    /// Returns the items of the next page, or `None` after the last one.
    pub(crate) async fn next<F, P>(
        &mut self,
        budget: &Budget,
        fetch: P,
    ) -> Result<Option<Vec<Value>>>
    where
        P: Fn(Url) -> F,
        F: Future<Output = Result<Value>>,
    {
        let Some(url) = self.next.clone() else {
            return Ok(None);
        };
        if !self.seen.insert(url.clone()) || self.seen.len() > MAX_PAGES {
            return Err(Error::new(
                ErrorKind::NotJson,
                format!(
                    "the list at {} never ends: it has too many pages",
                    without_query(&url)
                ),
            ));
        }
        let mut waited = Duration::ZERO;
        let page = loop {
            match page(&self.base, &url, self.shape, fetch(url.clone()).await?)? {
                Ok(page) => break page,
                Err(incomplete) if waited >= INCOMPLETE => return Err(incomplete),
                Err(_) => {
                    budget.sleep(LOOK_AGAIN_AFTER).await.map_err(Error::from)?;
                    waited += LOOK_AGAIN_AFTER;
                }
            }
        };
        let mut items = page.items.iter();
        if items.try_for_each(|item| self.room.take(item)).is_none() {
            return Err(Error::new(
                ErrorKind::TooLarge,
                format!("the list at {} is too large", without_query(&url)),
            ));
        }
        self.next = page.next;
        Ok(Some(page.items))
    }
}

/// A list whose pages are read on demand.
#[derive(Debug)]
pub struct Pages {
    walk: Walk,
    source: Box<dyn PageSource>,
    request: Request,
    /// The items that were read but not taken yet.
    first: Option<Vec<Value>>,
}

/// A plane that serves single pages.
#[async_trait]
pub(crate) trait PageSource: Debug + Send + Sync {
    /// Reads the document of the page at this URL.
    async fn page(&self, url: &Url, request: &Request, budget: &Budget) -> Result<Value>;
}

impl Pages {
    /// Reads the first page of a list.
    pub(crate) async fn begin(
        walk: Walk,
        source: Box<dyn PageSource>,
        request: Request,
        budget: &Budget,
    ) -> Result<Self> {
        let mut pages = Self {
            walk,
            source,
            request,
            first: None,
        };
        pages.first = pages.read(budget).await?;
        Ok(pages)
    }

    /// Returns the items of the next page, which may be empty, or `None` after the last page.
    pub async fn next(&mut self, budget: &Budget) -> Result<Option<Vec<Value>>> {
        match self.first.take() {
            Some(items) => Ok(Some(items)),
            None => self.read(budget).await,
        }
    }

    /// Returns whether nothing follows the pages that were taken.
    pub fn is_over(&self) -> bool {
        self.first.is_none() && self.walk.is_over()
    }

    /// Returns the items of all pages that were not taken.
    pub async fn rest(mut self, budget: &Budget) -> Result<Vec<Value>> {
        let mut all = Vec::new();
        while let Some(items) = self.next(budget).await? {
            all.extend(items);
        }
        Ok(all)
    }

    async fn read(&mut self, budget: &Budget) -> Result<Option<Vec<Value>>> {
        let Self {
            walk,
            source,
            request,
            ..
        } = self;
        let (source, request) = (&*source, &*request);
        walk.next(budget, |url| async move {
            source.page(&url, request, budget).await
        })
        .await
    }
}

/// Returns the page in an answer, or an error that says why there are no items.
fn page(
    base: &Url,
    url: &Url,
    shape: ListShape,
    mut document: Value,
) -> Result<std::result::Result<Page, Error>> {
    let next = next(base, url, shape, &document)?;
    match shape.items(&mut document) {
        Some(items) => Ok(Ok(Page { items, next })),
        None => Ok(Err(Error::new(
            ErrorKind::NotJson,
            format!(
                "the response of {} is not a list: it has no `{}`",
                without_query(url),
                shape.key().unwrap_or("array")
            ),
        ))),
    }
}

/// Returns the address of the next page, if there is one.
pub(crate) fn next(
    base: &Url,
    url: &Url,
    shape: ListShape,
    document: &Value,
) -> Result<Option<Url>> {
    // A link of another type must not count as the end, because that would hide the rest of the
    // list.
    let text = |name: &str| match document.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str()).filter(|text| !text.trim().is_empty())),
        Some(_) => Err(Error::new(
            ErrorKind::NotJson,
            format!("the `{name}` of {} is not a string", without_query(url)),
        )),
    };
    for name in ["nextLink", "@odata.nextLink"] {
        if let Some(link) = text(name)? {
            return follow(base, url, link).map(Some);
        }
    }
    if shape == ListShape::Files
        && let Some(token) = text("continuationToken")?
    {
        let others: Vec<(String, String)> = url
            .query_pairs()
            .filter(|(key, _)| key != "continuationToken")
            .map(|(key, value)| (key.into_owned(), value.into_owned()))
            .collect();
        let mut next = url.clone();
        next.query_pairs_mut()
            .clear()
            .extend_pairs(others)
            .append_pair("continuationToken", token);
        return Ok(Some(next));
    }
    Ok(None)
}

/// Resolves a link that the service sent in answer to `url`. Fails if the link leads away from
/// `base`.
pub(crate) fn follow(base: &Url, url: &Url, link: &str) -> Result<Url> {
    let target = url.join(link).map_err(|error| {
        Error::new(
            ErrorKind::HostRefused,
            format!("the service returned a link that is not a URL: {error}"),
        )
    })?;
    let root = format!("{}/", base.path().trim_end_matches('/'));
    let stays = target.origin() == base.origin()
        && target.path().starts_with(&root)
        && target.username().is_empty()
        && target.password().is_none();
    if stays {
        return Ok(target);
    }
    Err(Error::new(
        ErrorKind::HostRefused,
        format!(
            "the service returned a link to {}, but the provider sends tokens only to {}",
            target.origin().ascii_serialization(),
            base.origin().ascii_serialization()
        ),
    ))
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use rstest::rstest;
    use serde_json::json;

    use super::*;

    async fn collect<F, P>(mut walk: Walk, budget: &Budget, fetch: P) -> Result<Vec<Value>>
    where
        P: Fn(Url) -> F,
        F: Future<Output = Result<Value>>,
    {
        let mut all = Vec::new();
        while let Some(items) = walk.next(budget, &fetch).await? {
            all.extend(items);
        }
        Ok(all)
    }

    async fn collect_pages(
        shape: ListShape,
        pages: Vec<Value>,
    ) -> (Result<Vec<Value>>, Vec<String>) {
        let base = Url::parse("https://host/agent").unwrap();
        let asked = RefCell::new(Vec::new());
        let pages = RefCell::new(pages.into_iter());
        let budget = Budget::detached(Duration::from_secs(600));
        let first = base.join("/agent/list?a=b").unwrap();
        let result = collect(Walk::new(base, first, shape, 10_000), &budget, |url| {
            asked.borrow_mut().push(url.to_string());
            let page = pages.borrow_mut().next().unwrap_or_else(|| json!({}));
            async move { Ok(page) }
        })
        .await;
        (result, asked.into_inner())
    }

    #[rstest]
    #[case(ListShape::Value, json!({"value": [1], "nextLink": null}))]
    #[case(ListShape::Value, json!([1]))]
    #[case(ListShape::Values, json!({"values": [1]}))]
    #[case(ListShape::Files, json!({"files": [1], "continuationToken": ""}))]
    #[case(ListShape::Data, json!({"data": [1]}))]
    #[case(ListShape::Bare, json!([1]))]
    #[tokio::test]
    async fn list_is_read_in_every_shape(#[case] shape: ListShape, #[case] page: Value) {
        assert_eq!(
            collect_pages(shape, vec![page]).await.0.unwrap(),
            [json!(1)]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn slow_page_may_use_the_whole_budget() {
        let base = Url::parse("https://host/agent").unwrap();
        let budget = Budget::detached(Duration::from_secs(600));
        let first = base.join("/agent/list").unwrap();
        let slow = |_| async {
            tokio::time::sleep(INCOMPLETE * 3).await;
            Ok(json!({"value": [1]}))
        };
        let walk = Walk::new(base, first, ListShape::Value, 10_000);
        let items = collect(walk, &budget, slow).await;
        assert_eq!(items.unwrap(), [json!(1)]);
    }

    #[tokio::test(start_paused = true)]
    async fn list_without_items_is_read_again_for_a_while() {
        let late = vec![json!({}), json!({}), json!({"value": [1]})];
        let (items, asked) = collect_pages(ListShape::Value, late).await;
        assert_eq!((items.unwrap(), asked.len()), (vec![json!(1)], 3));
        let (items, asked) = collect_pages(ListShape::Value, Vec::new()).await;
        let error = items.unwrap_err().to_string();
        assert!(error.contains("it has no `value`"), "{error}");
        assert_eq!(asked.len(), 16);
    }

    #[tokio::test]
    async fn pages_are_followed_by_absolute_and_relative_links() {
        let pages = vec![
            json!({"value": [1], "nextLink": "https://host/agent/list?page=2"}),
            json!({"value": [], "nextLink": "?page=3"}),
            json!({"value": [2]}),
        ];
        let (items, asked) = collect_pages(ListShape::Value, pages).await;
        assert_eq!(items.unwrap(), [json!(1), json!(2)]);
        assert_eq!(
            asked[1..],
            [
                "https://host/agent/list?page=2",
                "https://host/agent/list?page=3"
            ]
        );
    }

    #[tokio::test]
    async fn continuation_token_is_sent_back() {
        let pages = vec![
            json!({"files": [1], "continuationToken": "x&y"}),
            json!({"files": [2], "continuationToken": "z"}),
            json!({"files": [3], "continuationToken": null}),
        ];
        let (items, asked) = collect_pages(ListShape::Files, pages).await;
        assert_eq!(items.unwrap().len(), 3);
        assert_eq!(
            asked[1],
            "https://host/agent/list?a=b&continuationToken=x%26y"
        );
        assert_eq!(asked[2], "https://host/agent/list?a=b&continuationToken=z");
    }

    #[rstest]
    #[case("https://evil.example/agent/list")]
    #[case("//evil.example/agent/list")]
    #[case("http://host/agent/list")]
    #[case("https://host:8443/agent/list")]
    #[case("https://host/another/list")]
    #[case("https://host/agent/../another")]
    #[case("https://user@host/agent/list")]
    #[tokio::test]
    async fn link_away_is_refused(#[case] link: &str) {
        let pages = vec![json!({"value": [1], "nextLink": link})];
        let (items, asked) = collect_pages(ListShape::Value, pages).await;
        assert_eq!(items.unwrap_err().kind(), ErrorKind::HostRefused);
        assert_eq!(asked.len(), 1);
    }

    #[tokio::test]
    async fn cycle_of_pages_is_an_error() {
        let pages = vec![
            json!({"value": [1], "nextLink": "?page=2"}),
            json!({"value": [2], "nextLink": "?a=b"}),
        ];
        let (items, asked) = collect_pages(ListShape::Value, pages).await;
        assert!(items.unwrap_err().to_string().contains("never ends"));
        assert_eq!(asked.len(), 2);
    }

    #[rstest]
    #[case(json!({"value": [1], "nextLink": 7}))]
    #[case(json!({"value": [1], "nextLink": {"href": "?page=2"}}))]
    #[case(json!({"value": [1], "@odata.nextLink": ["?page=2"]}))]
    #[case(json!({"files": [1], "continuationToken": true}))]
    #[tokio::test]
    async fn link_of_another_type_is_an_error(#[case] page: Value) {
        let shape = match page.get("files") {
            Some(_) => ListShape::Files,
            None => ListShape::Value,
        };
        let (items, asked) = collect_pages(shape, vec![page]).await;
        let error = items.unwrap_err();
        assert!(error.to_string().contains("is not a string"), "{error}");
        assert_eq!(asked.len(), 1);
    }

    #[tokio::test]
    async fn size_of_all_pages_together_is_limited() {
        let page = |n| json!({"value": ["x".repeat(4000)], "nextLink": format!("?page={n}")});
        let (items, asked) = collect_pages(ListShape::Value, (0..9).map(page).collect()).await;
        assert_eq!(items.unwrap_err().kind(), ErrorKind::TooLarge);
        assert_eq!(asked.len(), 3);
    }

    #[tokio::test]
    async fn endless_pages_are_an_error() {
        let pages = (0..2000)
            .map(|n| json!({"value": [], "nextLink": format!("?page={n}")}))
            .collect();
        let (items, asked) = collect_pages(ListShape::Value, pages).await;
        assert!(items.unwrap_err().to_string().contains("never ends"));
        assert_eq!(asked.len(), MAX_PAGES);
    }

    #[tokio::test(start_paused = true)]
    async fn incomplete_list_is_requested_again_for_a_while() {
        let (items, asked) =
            collect_pages(ListShape::Value, vec![json!({}), json!({"value": [1]})]).await;
        assert_eq!((items.unwrap().len(), asked.len()), (1, 2));
        let (items, asked) = collect_pages(ListShape::Value, vec![]).await;
        let error = items.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotJson);
        assert!(error.to_string().contains("no `value`"), "{error}");
        assert!(asked.len() > 5);
    }
}
