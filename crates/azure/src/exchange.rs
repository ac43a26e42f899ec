//! One request to one plane, with all its retries.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::future::try_join;
use reqwest::StatusCode;
use reqwest::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, USER_AGENT,
};
use secrecy::ExposeSecret;
use tokio::time::Instant;
use url::Url;

use crate::budget::{Budget, Ended};
use crate::credentials::{AccessToken, TokenSource};
use crate::error::{Error, ErrorKind, Facts, Reach, Result};
use crate::log;
use crate::request::{Content, Request};
use crate::response::{Exchanged, Response, without_query};
use crate::retry::{Outcome, Patience, RetryPolicy, Tries, Verdict, is_busy};
use crate::verdict::{Plane, is_access_denied};
use crate::wire::{Call, Payload, Wire, WireError, WireErrorKind};

/// Signs, sends and repeats requests, and records what happened.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) wire: Arc<dyn Wire>,
    pub(crate) tokens: Arc<dyn TokenSource>,
    pub(crate) retry: RetryPolicy,
    pub(crate) user_agent: String,
    pub(crate) correlation_id: Option<String>,
}

/// Where a request goes, and which audience its token is for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target<'a> {
    pub(crate) plane: Plane<'a>,
    pub(crate) audience: &'a str,
    /// Until when a denied access may mean that a role has not taken effect yet.
    pub(crate) forgive_denied_until: Option<Instant>,
    /// How long failures are retried.
    pub(crate) patience: Patience,
}

/// What has happened to a request so far.
struct Account<'a> {
    request: &'a Request,
    url: &'a Url,
    correlation_id: Option<&'a str>,
    start: Instant,
    tries: u32,
    reach: Reach,
    last: Last,
}

/// The outcome of the last try.
enum Last {
    None,
    Answer(Box<Response>),
    Failure(WireError),
}

/// The pause after a new agent denied access.
const DENIED_PAUSE: Duration = Duration::from_secs(5);

/// Headers that only the client sets.
const RESERVED: [&str; 6] = [
    "authorization",
    "x-ms-authorization-auxiliary",
    "proxy-authorization",
    "cookie",
    "host",
    "content-length",
];

impl Exchange {
    /// Sends `request` to `url` until there is an answer worth reporting, whatever its status is.
    pub(crate) async fn send(
        &self,
        target: Target<'_>,
        url: &Url,
        request: &Request,
        budget: &Budget,
    ) -> Result<Response> {
        let mut account = Account {
            request,
            url,
            correlation_id: self.correlation_id.as_deref(),
            start: Instant::now(),
            tries: 0,
            reach: Reach::Nowhere,
            last: Last::None,
        };
        let (headers, payload) = self.prepare(request).map_err(|e| account.locate(e))?;
        log::request(request, url, &headers);
        let mut tries = Tries::new(&self.retry, target.patience, request.is_idempotent());
        loop {
            let token = self.token(target, budget, &account);
            let auxiliary = self.auxiliary(target, budget, &account);
            let (token, auxiliary) = try_join(token, auxiliary).await?;
            let call = Call {
                method: request.method.clone(),
                url: url.clone(),
                headers: signed(headers.clone(), &token, &auxiliary)?,
                payload: payload.clone(),
            };
            account.tries += 1;
            let start = Instant::now();
            let result = match budget.run(self.wire.send(call)).await {
                Ok(result) => result,
                Err(ended) => {
                    account.reached(Reach::Perhaps);
                    return Err(account.ended(ended));
                }
            };
            let verdict = match result {
                Ok(answer) => {
                    let response = Response::new(answer, account.exchanged());
                    log::response(request, &response, start.elapsed());
                    let said = response.service_error();
                    let status = response.status;
                    // The operation that is running may come from an earlier try of this request.
                    let is_final = request.conflicts_are_final && account.reach == Reach::Nowhere;
                    let busy =
                        !is_final && is_busy(status, said.code.as_deref(), said.message.as_deref());
                    let headers = &response.headers;
                    let mut verdict = tries.judge(Outcome::Status {
                        status,
                        busy,
                        headers,
                    });
                    if verdict == Verdict::AgainWithNewToken {
                        self.tokens.refused(target.audience, &token).await;
                    }
                    if verdict == Verdict::Final && target.forgives(status) {
                        verdict = Verdict::Again(DENIED_PAUSE);
                    }
                    account.answered(response);
                    verdict
                }
                Err(error) => {
                    log::failure(request, url, account.tries, start.elapsed(), &error);
                    let verdict = tries.judge(Outcome::Wire(error.kind));
                    account.failed(error);
                    verdict
                }
            };
            match verdict {
                Verdict::Final => return account.close(None),
                Verdict::AgainWithNewToken => {}
                Verdict::Again(pause) if pause >= budget.remaining() => {
                    return account.close(Some(format!(
                        "the next attempt would start in {:.0} s, but only {:.0} s are left",
                        pause.as_secs_f64(),
                        budget.remaining().as_secs_f64()
                    )));
                }
                Verdict::Again(pause) => {
                    budget
                        .sleep(pause)
                        .await
                        .map_err(|ended| account.ended(ended))?;
                }
            }
        }
    }

    fn prepare(&self, request: &Request) -> Result<(HeaderMap, Payload)> {
        let mut headers = HeaderMap::new();
        let mut set = |name: &str, value: &str| {
            let parsed = (name.parse::<HeaderName>(), value.parse::<HeaderValue>());
            let (Ok(parsed_name), Ok(parsed_value)) = parsed else {
                return Err(Error::new(
                    ErrorKind::Invalid,
                    format!("the header `{name}` or its value is invalid"),
                ));
            };
            headers.insert(parsed_name, parsed_value);
            Ok(())
        };
        // Without this header, the data plane may answer with pages of the portal.
        set(ACCEPT.as_str(), "application/json")?;
        set(USER_AGENT.as_str(), &self.user_agent)?;
        set("x-ms-client-request-id", &uuid::Uuid::new_v4().to_string())?;
        if let Some(id) = &self.correlation_id {
            set("x-ms-correlation-request-id", id)?;
        }
        let payload = match &request.content {
            Content::Empty => Payload::Empty,
            Content::Json(document) => {
                set(CONTENT_TYPE.as_str(), "application/json")?;
                Payload::Bytes(Bytes::from(document.to_string()))
            }
            Content::Bytes {
                content_type,
                bytes,
            } => {
                set(CONTENT_TYPE.as_str(), content_type)?;
                Payload::Bytes(bytes.clone())
            }
            Content::Multipart(multipart) => Payload::Multipart(multipart.clone()),
        };
        for (name, value) in &request.headers {
            if RESERVED
                .iter()
                .any(|reserved| reserved.eq_ignore_ascii_case(name))
            {
                return Err(Error::new(
                    ErrorKind::Invalid,
                    format!("the header `{name}` is set by the client"),
                ));
            }
            set(name, value)?;
        }
        Ok((headers, payload))
    }

    async fn token(
        &self,
        target: Target<'_>,
        budget: &Budget,
        account: &Account<'_>,
    ) -> Result<AccessToken> {
        match budget.run(self.tokens.token(target.audience)).await {
            Ok(token) => token.map_err(|error| account.locate(error)),
            Err(ended) => Err(account.ended(ended).within("while waiting for a token")),
        }
    }

    async fn auxiliary(
        &self,
        target: Target<'_>,
        budget: &Budget,
        account: &Account<'_>,
    ) -> Result<Vec<AccessToken>> {
        if !matches!(target.plane, Plane::Arm) {
            return Ok(Vec::new());
        }
        match budget
            .run(self.tokens.auxiliary_tokens(target.audience))
            .await
        {
            Ok(tokens) => tokens.map_err(|error| account.locate(error)),
            Err(ended) => Err(account.ended(ended).within("while waiting for a token")),
        }
    }
}

impl Target<'_> {
    fn forgives(&self, status: StatusCode) -> bool {
        is_access_denied(status)
            && self
                .forgive_denied_until
                .is_some_and(|until| Instant::now() < until)
    }
}

impl Account<'_> {
    fn exchanged(&self) -> Exchanged {
        Exchanged {
            method: self.request.method.clone(),
            url: self.url.clone(),
            correlation_id: self.correlation_id.map(str::to_owned),
            tries: self.tries,
            elapsed: self.start.elapsed(),
            reach: self.reach,
            note: None,
        }
    }

    /// Records how far a write got. A later try that fails does not undo an earlier one that got
    /// further.
    fn reached(&mut self, reach: Reach) {
        if self.request.is_write() {
            self.reach = reach;
        }
    }

    fn answered(&mut self, mut response: Response) {
        if response.status.is_server_error() || response.status == StatusCode::REQUEST_TIMEOUT {
            self.reached(Reach::Perhaps);
        }
        response.exchange.reach = self.reach;
        self.last = Last::Answer(Box::new(response));
    }

    fn failed(&mut self, error: WireError) {
        if !matches!(
            error.kind,
            WireErrorKind::Connect | WireErrorKind::NobodyListens | WireErrorKind::Permanent
        ) {
            self.reached(Reach::Perhaps);
        }
        self.last = Last::Failure(error);
    }

    fn facts(&self) -> Facts {
        Facts {
            operation: Some(self.request.method.to_string()),
            url: Some(without_query(self.url)),
            correlation_id: self.correlation_id.map(str::to_owned),
            tries: self.tries,
            elapsed: self.start.elapsed(),
            ..Facts::default()
        }
    }

    /// Adds to an error which request it is about.
    fn locate(&self, error: Error) -> Error {
        let message = error.facts().message.clone();
        let code = error.facts().code.clone();
        error
            .with_facts(Facts {
                message,
                code,
                ..self.facts()
            })
            .with_reach(self.reach)
    }

    /// Returns the result when no further try follows.
    fn close(self, note: Option<String>) -> Result<Response> {
        let facts = self.facts();
        match self.last {
            Last::Answer(mut response) => {
                response.exchange.note = note;
                Ok(*response)
            }
            Last::Failure(error) => {
                let kind = match error.kind {
                    WireErrorKind::TooLarge => ErrorKind::TooLarge,
                    _ => ErrorKind::Network,
                };
                let cause = match note {
                    Some(note) => format!("{error} ({note})"),
                    None => error.to_string(),
                };
                let host = self.url.host_str().unwrap_or_default();
                let result = Error::new(kind, cause)
                    .with_facts(facts)
                    .with_reach(self.reach);
                Err(match error.kind {
                    WireErrorKind::TooLarge => result,
                    WireErrorKind::NobodyListens => result.with_remedy(format!(
                        "check the address {}, because nothing on this machine listens there. If \
                         it is the address of the emulator, is it running?",
                        self.url.authority()
                    )),
                    _ => result.with_remedy(format!(
                        "check that this machine can reach {host}. Check DNS, the proxy and the \
                         firewall"
                    )),
                }
                .with_source(error))
            }
            Last::None => Err(Error::new(ErrorKind::Invalid, "nothing was sent").with_facts(facts)),
        }
    }

    /// Returns the error for a budget that has ended. It includes the last failure, if there was
    /// one.
    fn ended(&self, ended: Ended) -> Error {
        let error = Error::from(ended).with_reach(self.reach);
        match &self.last {
            Last::Answer(response) => {
                let facts = Facts {
                    tries: self.tries,
                    ..response.facts()
                };
                let said = facts
                    .code
                    .as_deref()
                    .map(|code| format!(" {code}"))
                    .unwrap_or_default();
                error
                    .followed_by(&format!(
                        "the last response was {}{said}",
                        response.status.as_u16()
                    ))
                    .with_facts(Facts {
                        elapsed: self.start.elapsed(),
                        ..facts
                    })
            }
            Last::Failure(failure) => error
                .followed_by(&format!("the last attempt failed: {failure}"))
                .with_facts(self.facts()),
            Last::None => error.with_facts(self.facts()),
        }
    }
}

pub(crate) fn signed(
    mut headers: HeaderMap,
    token: &AccessToken,
    auxiliary: &[AccessToken],
) -> Result<HeaderMap> {
    let bearer = |token: &AccessToken| format!("Bearer {}", token.secret.expose_secret());
    let mut set = |name: HeaderName, value: String| {
        let mut value = HeaderValue::from_str(&value).map_err(|_| {
            Error::new(
                ErrorKind::Credential,
                "the token contains characters that are not allowed in a header",
            )
        })?;
        value.set_sensitive(true);
        headers.insert(name, value);
        Ok::<(), Error>(())
    };
    set(AUTHORIZATION, bearer(token))?;
    if !auxiliary.is_empty() {
        let tokens: Vec<String> = auxiliary.iter().map(bearer).collect();
        set(
            HeaderName::from_static("x-ms-authorization-auxiliary"),
            tokens.join(", "),
        )?;
    }
    Ok(headers)
}

/// Returns the URL of `path` below `base`. Fails if the URL would not contain the path exactly as
/// written.
pub(crate) fn url_below(base: &Url, path: &str, query: &[(String, String)]) -> Result<Url> {
    let mut url = base.clone();
    let wanted = format!("{}{path}", base.path().trim_end_matches('/'));
    url.set_path(&wanted);
    if !path.starts_with('/') || url.path() != wanted {
        return Err(Error::new(
            ErrorKind::Invalid,
            format!("`{path}` is not a valid path: names in it must be encoded"),
        ));
    }
    if !query.is_empty() {
        url.query_pairs_mut().extend_pairs(query);
    }
    Ok(url)
}

#[cfg(test)]
mod tests;
