//! Tokens and their cache.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use azure_core::credentials::TokenCredential;
use futures::future::try_join_all;
use secrecy::{ExposeSecret, SecretString};
use tracing::{debug, warn};

use super::TokenSource;
use super::failure::Failures;
use crate::error::Result;

/// A token.
#[derive(Clone)]
pub struct AccessToken {
    /// The token itself.
    pub secret: SecretString,
    /// When it expires; `None` if never.
    pub expires_on: Option<SystemTime>,
}

/// Creates a credential for a tenant, or for the configured tenant.
pub(super) type Make =
    Box<dyn Fn(Option<&str>) -> azure_core::Result<Arc<dyn TokenCredential>> + Send + Sync>;

/// Tokens from azure_identity.
///
/// Its credentials cache tokens themselves, but under one lock that is held while a token is
/// fetched, so one slow audience holds up all others. They also offer no way to report that a token
/// was refused. So this type keeps one credential per tenant and audience, and drops a refused
/// token together with its credential.
pub(super) struct Cached {
    pub(super) method: &'static str,
    pub(super) make: Make,
    pub(super) lack: Option<String>,
    pub(super) failures: Failures,
    pub(super) auxiliary_tenants: Vec<String>,
    pub(super) slots: Mutex<HashMap<Key, Arc<tokio::sync::Mutex<Slot>>>>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    tenant: Option<String>,
    audience: String,
}

#[derive(Default)]
pub(super) struct Slot {
    credential: Option<Arc<dyn TokenCredential>>,
    token: Option<AccessToken>,
}

/// One token for all audiences.
#[derive(Debug)]
pub(super) struct Fixed(pub(super) SecretString);

/// Tokens are renewed this long before they expire, as in azure_identity.
const RENEW_BEFORE: Duration = Duration::from_secs(300);

/// If a token cannot be renewed, the old one is used until this long before it expires.
const USE_BEFORE: Duration = Duration::from_secs(30);

impl Cached {
    async fn get(&self, tenant: Option<&str>, audience: &str) -> Result<AccessToken> {
        let slot = self.slot(tenant, audience);
        // The lock is held while the token is fetched, so that one call fetches and the others
        // wait.
        let mut slot = slot.lock().await;
        if let Some(token) = slot
            .token
            .as_ref()
            .filter(|token| token.lasts(RENEW_BEFORE))
        {
            return Ok(token.clone());
        }
        let fetched = match &slot.credential {
            Some(credential) => Ok(Arc::clone(credential)),
            None => (self.make)(tenant),
        };
        let result = match fetched {
            Ok(credential) => {
                slot.credential = Some(Arc::clone(&credential));
                credential.get_token(&[&scope(audience)], None).await
            }
            Err(error) => Err(error),
        };
        match result {
            Ok(token) => {
                debug!(method = self.method, audience, tenant, "token obtained");
                let token = AccessToken::from(token);
                slot.token = Some(token.clone());
                Ok(token)
            }
            Err(error) => {
                let error = self.failures.explain(self.method, audience, tenant, &error);
                match slot.token.as_ref().filter(|token| token.lasts(USE_BEFORE)) {
                    Some(token) => {
                        warn!(%error, "cannot renew the token yet; continuing with the current \
                                       token");
                        Ok(token.clone())
                    }
                    None => Err(error),
                }
            }
        }
    }

    fn slot(&self, tenant: Option<&str>, audience: &str) -> Arc<tokio::sync::Mutex<Slot>> {
        let key = Key {
            tenant: tenant.map(str::to_owned),
            audience: audience.to_owned(),
        };
        // The map is consistent after every statement, so it stays usable after a panic elsewhere.
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(slots.entry(key).or_default())
    }
}

#[async_trait]
impl TokenSource for Cached {
    async fn token(&self, audience: &str) -> Result<AccessToken> {
        self.get(None, audience).await
    }

    async fn auxiliary_tokens(&self, audience: &str) -> Result<Vec<AccessToken>> {
        try_join_all(
            self.auxiliary_tenants
                .iter()
                .map(|tenant| self.get(Some(tenant), audience)),
        )
        .await
    }

    async fn refused(&self, audience: &str, token: &AccessToken) {
        let slot = self.slot(None, audience);
        let mut slot = slot.lock().await;
        // Another call may have renewed it in the meantime.
        if slot.token.as_ref().is_some_and(|current| current.is(token)) {
            *slot = Slot::default();
        }
    }

    fn lack(&self) -> Option<&str> {
        self.lack.as_deref()
    }

    fn method_name(&self) -> &'static str {
        self.method
    }
}

#[async_trait]
impl TokenSource for Fixed {
    async fn token(&self, _audience: &str) -> Result<AccessToken> {
        Ok(AccessToken {
            secret: self.0.clone(),
            expires_on: None,
        })
    }

    fn method_name(&self) -> &'static str {
        "fixed token"
    }
}

impl AccessToken {
    fn lasts(&self, time: Duration) -> bool {
        self.expires_on
            .is_none_or(|end| end > SystemTime::now() + time)
    }

    fn is(&self, other: &Self) -> bool {
        self.secret.expose_secret() == other.secret.expose_secret()
    }
}

impl From<azure_core::credentials::AccessToken> for AccessToken {
    fn from(token: azure_core::credentials::AccessToken) -> Self {
        Self {
            secret: token.token.secret().to_owned().into(),
            expires_on: Some(token.expires_on.into()),
        }
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessToken")
            .field("expires_on", &self.expires_on)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Cached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenSource({})", self.method)
    }
}

/// Returns the OAuth scope of an audience: a URL or a GUID, with or without the suffix `/.default`.
fn scope(audience: &str) -> String {
    if audience.ends_with("/.default") {
        audience.to_owned()
    } else {
        format!("{}/.default", audience.trim_end_matches('/'))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use azure_core::credentials::TokenRequestOptions;
    use azure_core::time::OffsetDateTime;
    use rstest::rstest;
    use serde_json::json;
    use tokio::sync::Semaphore;

    use super::*;
    use crate::budget::Budget;
    use crate::config::ClientConfig;
    use crate::request::Request;
    use crate::testing::{agent, bench_with, reply};

    /// Issues numbered tokens. The audience `slow` gets one only when the test allows it.
    #[derive(Debug)]
    struct Scripted {
        calls: AtomicUsize,
        slow: Semaphore,
        lifetime: Duration,
        fails_from: usize,
    }

    impl Scripted {
        fn new(lifetime: u64, fails_from: usize) -> Arc<Self> {
            let lifetime = Duration::from_secs(lifetime);
            Arc::new(Self {
                calls: 0.into(),
                slow: Semaphore::new(0),
                lifetime,
                fails_from,
            })
        }

        fn source(self: &Arc<Self>) -> Arc<Cached> {
            let this = Arc::clone(self);
            Arc::new(Cached {
                method: "test",
                make: Box::new(move |_| Ok(Arc::clone(&this) as Arc<dyn TokenCredential>)),
                lack: None,
                failures: Failures::default(),
                auxiliary_tenants: vec!["t1".to_owned(), "t2".to_owned()],
                slots: Mutex::default(),
            })
        }
    }

    #[async_trait]
    impl TokenCredential for Scripted {
        async fn get_token(
            &self,
            scopes: &[&str],
            _: Option<TokenRequestOptions<'_>>,
        ) -> azure_core::Result<azure_core::credentials::AccessToken> {
            if scopes == ["slow/.default"] {
                self.slow.acquire().await.unwrap().forget();
            }
            let call = self.calls.fetch_add(1, Ordering::SeqCst);
            if call >= self.fails_from {
                let kind = azure_core::error::ErrorKind::Credential;
                return Err(azure_core::Error::with_message(kind, "no more"));
            }
            let end = OffsetDateTime::now_utc() + self.lifetime;
            Ok(azure_core::credentials::AccessToken::new(
                format!("token {call}"),
                end,
            ))
        }
    }

    async fn text(source: &Cached, audience: &str) -> String {
        source
            .token(audience)
            .await
            .unwrap()
            .secret
            .expose_secret()
            .to_owned()
    }

    #[tokio::test]
    async fn token_is_fetched_once_per_audience() {
        let source = Scripted::new(3600, 9).source();
        let together = try_join_all((0..9).map(|_| source.token("a")))
            .await
            .unwrap();
        assert!(
            together
                .iter()
                .all(|token| token.secret.expose_secret() == "token 0")
        );
        assert_eq!(text(&source, "b").await, "token 1");
        assert_eq!(text(&source, "a").await, "token 0");
    }

    #[tokio::test]
    async fn slow_audience_does_not_hold_up_another() {
        let scripted = Scripted::new(3600, 9);
        let source = scripted.source();
        let slow = tokio::spawn({
            let source = Arc::clone(&source);
            async move { text(&source, "slow").await }
        });
        tokio::task::yield_now().await;
        assert_eq!(text(&source, "fast").await, "token 0");
        assert!(!slow.is_finished());
        scripted.slow.add_permits(1);
        assert_eq!(slow.await.unwrap(), "token 1");
    }

    #[tokio::test]
    async fn waiting_call_continues_after_a_canceled_one() {
        let scripted = Scripted::new(3600, 9);
        let source = scripted.source();
        let spawn = || {
            let source = Arc::clone(&source);
            tokio::spawn(async move { text(&source, "slow").await })
        };
        let (first, second) = (spawn(), spawn());
        tokio::task::yield_now().await;
        first.abort();
        scripted.slow.add_permits(1);
        assert_eq!(second.await.unwrap(), "token 0");
    }

    #[tokio::test]
    async fn refused_token_is_replaced_once() {
        let source = Scripted::new(3600, 9).source();
        let token = source.token("a").await.unwrap();
        source.refused("a", &token).await;
        assert_eq!(text(&source, "a").await, "token 1");
        source.refused("a", &token).await;
        assert_eq!(text(&source, "a").await, "token 1");
    }

    #[tokio::test]
    async fn token_near_its_end_is_renewed_and_used_on_if_that_fails() {
        let source = Scripted::new(200, 2).source();
        assert_eq!(text(&source, "a").await, "token 0");
        assert_eq!(text(&source, "a").await, "token 1");
        assert_eq!(text(&source, "a").await, "token 1");
        let ending = Scripted::new(10, 1).source();
        assert_eq!(text(&ending, "a").await, "token 0");
        assert!(
            ending
                .token("a")
                .await
                .unwrap_err()
                .to_string()
                .contains("no more")
        );
    }

    #[tokio::test]
    async fn auxiliary_tenants_have_separate_tokens() {
        let source = Scripted::new(3600, 9).source();
        assert_eq!(source.auxiliary_tokens("a").await.unwrap().len(), 2);
        assert_eq!(text(&source, "a").await, "token 2");
    }

    /// Signs in like a program that takes 800 ms.
    #[derive(Debug, Default)]
    struct Slow(Mutex<Vec<String>>);

    #[async_trait]
    impl TokenCredential for Slow {
        async fn get_token(
            &self,
            scopes: &[&str],
            _: Option<TokenRequestOptions<'_>>,
        ) -> azure_core::Result<azure_core::credentials::AccessToken> {
            self.0.lock().unwrap().push(scopes.concat());
            tokio::time::sleep(Duration::from_millis(800)).await;
            let end = OffsetDateTime::now_utc() + Duration::from_secs(3600);
            Ok(azure_core::credentials::AccessToken::new("token", end))
        }
    }

    /// Returns how long it takes to read several objects of a data plane, and which scopes were
    /// signed in to, with or without a read of the agent on ARM first.
    async fn first_reads(expected: bool, agent_first: bool) -> (u128, Vec<String>) {
        let slow = Arc::new(Slow::default());
        let credential = Arc::clone(&slow);
        let source = Cached {
            method: "test",
            make: Box::new(move |_| Ok(Arc::clone(&credential) as Arc<dyn TokenCredential>)),
            lack: None,
            failures: Failures::default(),
            auxiliary_tenants: vec!["t1".to_owned()],
            slots: Mutex::default(),
        };
        let endpoint = "https://a--1.h.swedencentral.azuresre.ai";
        let document = json!({ "properties": { "agentEndpoint": endpoint } });
        let configure = |config: &mut ClientConfig| {
            config.token_source = Arc::new(source);
            config.expects_data_planes = expected;
        };
        let bench = bench_with(configure, move |line| match line.contains("/providers/") {
            true => reply(200, &[], &document),
            false => reply(200, &[], &json!({ "name": "s" })),
        });
        let start = tokio::time::Instant::now();
        let budget = Budget::detached(Duration::from_secs(60));
        if agent_first {
            let read = Request::get(agent().path());
            bench.client.arm_read(read, &budget).await.unwrap();
        }
        let reads = (0..9).map(async |_| {
            let plane = bench.client.data_plane(&agent(), &budget).await?;
            plane.read(Request::get("/api/v2/x"), &budget).await
        });
        try_join_all(reads).await.unwrap();
        let mut scopes = slow.0.lock().unwrap().clone();
        scopes.sort();
        (start.elapsed().as_millis(), scopes)
    }

    /// The scope of the other tenant is one for ARM as well.
    const SCOPES: [&str; 3] = [
        "https://azuresre.dev/.default",
        "https://management.azure.com/.default",
        "https://management.azure.com/.default",
    ];

    #[rstest]
    #[case::found_first(false, false, 800)]
    #[case::expected(true, true, 800)]
    #[case::not_expected(false, true, 1600)]
    #[tokio::test(start_paused = true)]
    async fn both_planes_are_signed_in_to_at_the_same_time(
        #[case] expected: bool,
        #[case] agent_first: bool,
        #[case] takes: u128,
    ) {
        let (took, scopes) = first_reads(expected, agent_first).await;
        assert_eq!(
            (took, scopes.as_slice()),
            (takes, &SCOPES.map(str::to_owned)[..])
        );
    }

    #[test]
    fn scope_gets_the_suffix_only_once() {
        assert_eq!(
            scope("https://azuresre.dev"),
            "https://azuresre.dev/.default"
        );
        assert_eq!(
            scope("https://azuresre.dev/"),
            "https://azuresre.dev/.default"
        );
        assert_eq!(scope("59f0a04a/.default"), "59f0a04a/.default");
    }
}
