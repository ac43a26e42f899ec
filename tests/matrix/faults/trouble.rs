//! The failures of a request.

use std::time::Duration;

use emulator::Fault;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::request::Request;

/// The message of the service in a failure.
pub(crate) const SAYS: &str = "This is a bad moment.";

/// A failure of a request.
pub(crate) struct Trouble {
    /// Its name on the page.
    pub(crate) name: &'static str,
    /// Its description, as a sentence.
    pub(crate) about: &'static str,
    /// Whether it lasts, so that the operation gets a short timeout.
    pub(crate) lasts: bool,
    /// The message of the service that the error must repeat, if there is one.
    pub(crate) says: Option<&'static str>,
    /// Whether the service itself reports that the object does not exist.
    pub(crate) denies: bool,
    order: fn(Fault) -> Fault,
    on: fn(&Request) -> bool,
}

impl Trouble {
    /// Returns whether it can happen to a request.
    pub(crate) fn can_hit(&self, request: &Request) -> bool {
        (self.on)(request)
    }

    /// Returns the fault for an emulator.
    pub(crate) fn fault(&self, request: &Request, name: &str) -> Fault {
        (self.order)(request.fault(name))
    }
}

/// The timeout of operations during a lasting failure.
pub(crate) const PATIENCE: Duration = Duration::from_secs(8);

fn every(_: &Request) -> bool {
    true
}

const fn once(name: &'static str, about: &'static str, order: fn(Fault) -> Fault) -> Trouble {
    Trouble {
        name,
        about,
        lasts: false,
        says: None,
        denies: false,
        order,
        on: every,
    }
}

const fn lasting(name: &'static str, about: &'static str, order: fn(Fault) -> Fault) -> Trouble {
    Trouble {
        lasts: true,
        ..once(name, about, order)
    }
}

impl Trouble {
    const fn says(self, words: &'static str) -> Self {
        Self {
            says: Some(words),
            ..self
        }
    }

    const fn denying(self) -> Self {
        Self {
            denies: true,
            ..self
        }
    }

    const fn on(self, on: fn(&Request) -> bool) -> Self {
        Self { on, ..self }
    }
}

/// All failures.
pub(crate) const TROUBLES: [Trouble; 28] = [
    once(
        "reset",
        "the connection is closed once, before the service has done anything",
        Fault::reset,
    ),
    once(
        "reset, done",
        "the connection is closed once, after the service has done what was asked",
        Fault::apply_then_reset,
    )
    .on(Request::is_write),
    lasting(
        "resets",
        "every connection is closed before the service has done anything",
        |fault| fault.reset().forever(),
    ),
    lasting(
        "no answer",
        "the answer does not come, and the service does nothing",
        |fault| fault.hold().reset().forever(),
    ),
    lasting(
        "no answer, done",
        "the answer does not come, and the service has done what was asked",
        |fault| fault.hold_applied().forever(),
    )
    .on(Request::is_write),
    once(
        "cut off",
        "the answer ends after its first byte, once; the service has done what was asked",
        |fault| fault.truncate(1),
    ),
    lasting(
        "page",
        "a page of HTML is the answer (200), and nothing is done",
        |fault| {
            fault
                .html(200, "<!doctype html><title>Portal</title>")
                .forever()
        },
    )
    .says("HTML"),
    once(
        "page, done",
        "a page of HTML is the answer (200), once, and the service has done what was asked",
        |fault| {
            fault
                .html(200, "<!doctype html><title>Portal</title>")
                .applied()
        },
    )
    .on(Request::is_write),
    once("401", "the token is refused once", |fault| {
        fault.error(401, "ExpiredAuthenticationToken", SAYS)
    }),
    lasting("401s", "every token is refused", |fault| {
        fault
            .error(401, "InvalidAuthenticationToken", SAYS)
            .forever()
    })
    .says(SAYS),
    lasting("403", "access is denied", |fault| {
        fault.error(403, "AuthorizationFailed", SAYS).forever()
    })
    .says(SAYS),
    lasting("404", "the service knows nothing of the object", |fault| {
        fault.error(404, "NotFound", SAYS).forever()
    })
    .denying(),
    lasting(
        "404 page",
        "a page of HTML says that nothing was found, as from a plane that is not ready",
        |fault| {
            fault
                .html(404, "<!doctype html><title>Not found</title>")
                .forever()
        },
    )
    .says("404"),
    once("405", "the method is refused (405) once", |fault| {
        fault.error(405, "MethodNotAllowed", SAYS)
    }),
    once(
        "405, done",
        "the method is refused (405) once, and the service has done what was asked",
        |fault| fault.error(405, "MethodNotAllowed", SAYS).applied(),
    )
    .on(Request::is_write),
    once(
        "408",
        "the service gives up on the request (408) once",
        |fault| fault.error(408, "RequestTimeout", SAYS),
    ),
    once(
        "409 busy",
        "another operation is in progress, once",
        |fault| {
            fault.error(
                409,
                "OperationConflict",
                "Another operation is in progress.",
            )
        },
    ),
    lasting("409", "something else is in the way", |fault| {
        fault.error(409, "Conflict", SAYS).forever()
    })
    .says(SAYS),
    once(
        "412",
        "somebody else has changed the object, once",
        |fault| fault.error(412, "PreconditionFailed", SAYS),
    ),
    once(
        "429",
        "the service asks for a pause of a second, once",
        |fault| {
            fault
                .error(429, "TooManyRequests", SAYS)
                .header("Retry-After", "1")
        },
    ),
    once(
        "429 until",
        "the service asks for a pause until a time, once",
        |fault| {
            let until = Timestamp::now() + SignedDuration::from_secs(1);
            let until = until.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
            fault
                .error(429, "TooManyRequests", SAYS)
                .header("Retry-After", &until)
        },
    ),
    lasting(
        "429 long",
        "the service asks for a pause of more than a minute",
        |fault| {
            let fault = fault.error(429, "TooManyRequests", SAYS);
            fault.header("Retry-After", "90").forever()
        },
    )
    .says(SAYS),
    once("500", "the service fails once", |fault| {
        fault.error(500, "InternalServerError", SAYS)
    }),
    lasting("500s", "the service fails", |fault| {
        fault.error(500, "InternalServerError", SAYS).forever()
    })
    .says(SAYS),
    once("503", "the service is not available once", |fault| {
        fault.error(503, "ServiceUnavailable", SAYS)
    }),
    lasting("503s", "the service is not available", |fault| {
        fault.error(503, "ServiceUnavailable", SAYS).forever()
    })
    .says(SAYS),
    once(
        "fails",
        "the operation that the request starts fails",
        |fault| fault.fail_operation("QuotaExceeded", SAYS),
    )
    .says(SAYS)
    .on(|request| request.is_accepted),
    lasting(
        "never ends",
        "the operation is always in progress",
        |fault| {
            fault
                .answer(200, json!({ "status": "InProgress" }))
                .forever()
        },
    )
    .on(Request::is_poll),
];
