//! The data plane of one agent.

use serde_json::Value;
use url::Url;

use crate::budget::Budget;
use crate::error::Result;
use crate::id::AgentId;
use crate::pages::ListShape;
use crate::request::Request;
use crate::response::{Presence, Response};

/// The data plane of one agent.
#[derive(Clone, Debug)]
pub struct DataPlane {
    agent: AgentId,
    endpoint: Url,
}

impl DataPlane {
    /// The agent.
    pub fn agent(&self) -> &AgentId {
        &self.agent
    }

    /// The address.
    pub fn endpoint(&self) -> &Url {
        &self.endpoint
    }

    /// Sends a request. Anything but a success is an error, and so is a success that is a page of
    /// HTML, with which the service answers on paths that it does not know.
    pub async fn send(&self, request: Request, budget: &Budget) -> Result<Response> {
        let _ = (request, budget);
        unimplemented!()
    }

    /// Reads an object.
    ///
    /// It is absent if a plane that is ready answers with 404 and JSON. A plane is ready once it
    /// has answered any request with success and JSON; until then, its list of skills is asked
    /// for. Every other failure is an error: HTML, an empty 403, a 405, a 404 without JSON.
    pub async fn read(&self, request: Request, budget: &Budget) -> Result<Presence> {
        let _ = (request, budget);
        unimplemented!()
    }

    /// Reads an object, with the headers of the answer; `None` if it is absent.
    pub async fn find(&self, request: Request, budget: &Budget) -> Result<Option<Response>> {
        let _ = (request, budget);
        unimplemented!()
    }

    /// Lists a collection, over all pages.
    pub async fn list(
        &self,
        request: Request,
        shape: ListShape,
        budget: &Budget,
    ) -> Result<Vec<Value>> {
        let _ = (request, shape, budget);
        unimplemented!()
    }

    /// Waits until the plane answers. Every other call does so by itself.
    pub async fn ready(&self, budget: &Budget) -> Result<()> {
        let _ = budget;
        unimplemented!()
    }
}
