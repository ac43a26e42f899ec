//! How objects are stored and identified.

use serde_json::Value as Json;
use tfplugin::schema::Validator;

use super::Upload;

/// The store that reads and writes the objects of a kind, with its parameters.
#[derive(Clone, Debug)]
pub enum StoreKind {
    /// The agent itself: a tracked ARM resource, created by PUT and updated by PATCH.
    Tracked,
    /// Objects with names that the user chooses, created and updated by PUT.
    Named(Name),
    /// Objects with ids that the service assigns, created by POST and updated by PUT. Their names
    /// need not be unique.
    ServerId {
        /// The member of the document that holds the id.
        member: &'static str,
        /// The path for creations, relative to the collection.
        create: &'static str,
        /// The member of the response to a creation that holds the id.
        created: &'static str,
    },
    /// A document that always exists, updated by PUT.
    Singleton {
        /// What has such a document.
        of: Whose,
        /// The empty document, which a destroy writes.
        reset: Json,
        /// Whether the service may refuse the empty document, so that the old one stays.
        may_stay: bool,
    },
    /// Files that are uploaded under their name and listed, but never downloaded.
    Upload(Name, Upload),
    /// Entries of a catalog that are enabled and disabled.
    Switch(Name),
    /// Sets of text files that are sent and read as one archive. Each belongs to the object with
    /// the same name of the given kind.
    Archive(Name, &'static str),
}

/// The owner of a singleton document.
#[derive(Clone, Debug)]
pub enum Whose {
    /// Every agent.
    Agent,
    /// Every object of the given kind, under its name.
    Object(Name, &'static str),
}

/// The name attribute of an object that the user names.
#[derive(Clone, Debug)]
pub struct Name {
    /// The description of the attribute.
    pub about: &'static str,
    /// The checks of the name.
    pub validators: Vec<Validator>,
}

/// How an object of a kind is identified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// The agent itself: name, resource group and subscription.
    Agent,
    /// A child of an agent with a name that the user chooses.
    Name,
    /// A child of an agent with an id that the service assigns.
    ServerId,
    /// A document that exists once per agent.
    Singleton,
}

impl StoreKind {
    /// Returns how the objects are identified.
    pub const fn key(&self) -> Key {
        match self {
            Self::Tracked => Key::Agent,
            Self::ServerId { .. } => Key::ServerId,
            Self::Singleton {
                of: Whose::Agent, ..
            } => Key::Singleton,
            Self::Singleton {
                of: Whose::Object(..),
                ..
            }
            | Self::Named(_)
            | Self::Upload(..)
            | Self::Switch(_)
            | Self::Archive(..) => Key::Name,
        }
    }

    /// Returns the name attribute, if the user names the objects.
    pub const fn name(&self) -> Option<&Name> {
        match self {
            Self::Named(name)
            | Self::Upload(name, _)
            | Self::Switch(name)
            | Self::Archive(name, _)
            | Self::Singleton {
                of: Whose::Object(name, _),
                ..
            } => Some(name),
            Self::Tracked
            | Self::ServerId { .. }
            | Self::Singleton {
                of: Whose::Agent, ..
            } => None,
        }
    }

    /// Returns the kind of the objects that own these, under the same name.
    pub const fn owner(&self) -> Option<&'static str> {
        match self {
            Self::Archive(_, owner)
            | Self::Singleton {
                of: Whose::Object(_, owner),
                ..
            } => Some(owner),
            _ => None,
        }
    }

    /// Returns how content that is not a document is uploaded.
    pub const fn upload(&self) -> Option<&Upload> {
        match self {
            Self::Upload(_, upload) => Some(upload),
            _ => None,
        }
    }
}
