//! Where the service stores the objects of a kind, and the requests for them.

/// Where the emulator stores the objects of a kind.
///
/// Singletons, domains and switches have no names. The name of such an object is that of its agent,
/// or of the connector that the switch belongs to.
#[derive(Clone, Copy)]
pub enum Storage {
    /// Agents.
    Agents,
    /// Named objects.
    Objects {
        /// The path of their collection on the data plane.
        collection: &'static str,
        /// The name of the kind in the store.
        stored: &'static str,
    },
    /// Named objects in `spec`, which are written by POST to their collection.
    Posted {
        /// The path of their collection on the data plane.
        path: &'static str,
        /// The name of the collection in the store.
        stored: &'static str,
    },
    /// Named objects of the managed connectors, which are written by PUT.
    Managed {
        /// The path of their collection on the data plane.
        path: &'static str,
        /// The name of the collection in the store.
        stored: &'static str,
    },
    /// HTTP triggers.
    Triggers,
    /// Documents of which every agent has exactly one.
    Singletons {
        /// Their path on the data plane.
        path: &'static str,
        /// The name of the kind in the store.
        stored: &'static str,
        /// Whether they accept undeclared members.
        open: bool,
    },
    /// Permissions, of which every subagent has one document. The subagent has its own name.
    Permissions,
    /// GitHub domains. Each agent in the tests has one, `github.com`.
    Domains,
    /// Files in the memory of an agent.
    Files,
    /// Archives that belong to repositories.
    Archives,
    /// Switches of tools in the catalog.
    Switches,
}

impl Storage {
    /// Returns the object in the document that accepts undeclared members, as a JSON pointer, or
    /// `None` if the service only keeps known members.
    pub fn members_at(self) -> Option<&'static str> {
        match self {
            Self::Agents => Some("/properties"),
            Self::Objects { .. }
            | Self::Posted { .. }
            | Self::Managed { .. }
            | Self::Permissions
            | Self::Singletons { open: true, .. } => Some(""),
            _ => None,
        }
    }

    /// Returns whether every object exists before Terraform manages it. Then it is adopted instead
    /// of created, nobody can delete it, and destroying it resets it to its initial state. Tests of
    /// objects that others create or delete do not apply.
    pub fn is_permanent(self) -> bool {
        matches!(
            self,
            Self::Singletons { .. } | Self::Permissions | Self::Switches
        )
    }

    /// Returns whether there is a data source that lists objects.
    pub fn is_listed(self) -> bool {
        !self.is_permanent() && !matches!(self, Self::Archives)
    }

    /// Returns whether users choose the names of objects, so that their limits can be tested.
    pub fn has_names(self) -> bool {
        !self.is_permanent() && !matches!(self, Self::Domains)
    }

    /// Returns attributes that the provider derives from what it cannot read.
    pub fn derived(self) -> &'static [&'static str] {
        match self {
            Self::Files => &["sha256"],
            _ => &[],
        }
    }

    /// Returns the path of an object on the data plane, below the id of its agent, as an import
    /// accepts it, or `None` if the path does not identify the object.
    pub fn data_plane_path(self, name: &str) -> Option<String> {
        match self {
            Self::Agents | Self::Triggers => None,
            Self::Objects { collection, .. } => Some(format!("{collection}/{name}")),
            Self::Posted { path, .. } | Self::Managed { path, .. } => {
                Some(format!("{path}/{name}"))
            }
            Self::Permissions => Some(format!("/api/v2/extendedAgent/{name}-owner/permissions")),
            Self::Singletons { path, .. } => Some(path.to_owned()),
            Self::Domains => Some("/api/v2/github/domains/github_com".to_owned()),
            Self::Files => Some(format!("/api/v1/agentmemory/files/{name}.md")),
            Self::Archives => Some(format!("/api/v1/WorkspaceMemory/repo-instructions/{name}")),
            Self::Switches => Some(format!("/api/v2/agent/tools/{name}_search")),
        }
    }

    /// Returns the request that reads an object: a regular expression for the end of its path on
    /// any plane.
    pub fn reading(self, name: &str) -> String {
        match self {
            Self::Domains => "/api/v2/github/domains$".to_owned(),
            Self::Files => "/api/v1/agentmemory/files$".to_owned(),
            Self::Switches => "/api/v2/agent/tools$".to_owned(),
            Self::Managed {
                path,
                stored: "mcpservers",
            } => format!("{path}$"),
            _ => self.object_path(name),
        }
    }

    /// Returns the request that creates an object: its method, and the end of its path.
    pub fn creation(self, name: &str) -> (&'static str, String) {
        match self {
            Self::Agents => ("PUT", self.object_path(name)),
            Self::Triggers => ("POST", "/httptriggers/create$".to_owned()),
            _ => self.update(name),
        }
    }

    /// Returns the request that updates an object.
    pub fn update(self, name: &str) -> (&'static str, String) {
        match self {
            Self::Agents => ("PATCH", self.object_path(name)),
            Self::Posted { path, .. } => ("POST", format!("{path}$")),
            Self::Files => ("POST", "/api/v1/agentmemory/upload$".to_owned()),
            Self::Archives => ("POST", self.object_path(name)),
            Self::Switches => ("POST", "/api/v2/agent/tools/configure$".to_owned()),
            _ => ("PUT", self.object_path(name)),
        }
    }

    fn object_path(self, name: &str) -> String {
        match self {
            Self::Triggers => "/httptriggers/[0-9a-f-]+$".to_owned(),
            Self::Singletons { path, .. } => format!("/{name}--[^/]+{path}$"),
            Self::Domains => format!("/{name}--[^/]+/api/v2/github/domains/github_com$"),
            Self::Archives => "/api/v1/WorkspaceMemory/repo-instructions$".to_owned(),
            Self::Permissions => format!("/api/v2/extendedAgent/{name}-owner/permissions$"),
            _ => format!("/{name}$"),
        }
    }
}
