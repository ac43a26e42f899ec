//! How objects are kept, and how one is told from another.

use serde_json::Value as Json;
use tfplugin::schema::Validator;

use super::Upload;

/// What reads and writes the objects of a kind, with what only it needs to know.
#[derive(Clone, Debug)]
pub enum StoreKind {
    /// The agent itself: a tracked ARM resource, created by PUT, changed by PATCH.
    Tracked,
    /// Objects under names of the user's choice, created and changed by PUT.
    Named(Name),
    /// Objects under ids of the service's making, created by POST and changed by PUT; their names
    /// need not be unique.
    ServerId {
        /// The member of the document that holds the id.
        member: &'static str,
        /// The path below the collection that creates.
        create: &'static str,
        /// The member of the answer to a creation that holds the id.
        created: &'static str,
    },
    /// A document that is always there, changed by PUT.
    Singleton {
        /// What has one such document.
        of: Whose,
        /// The document that says nothing: what destroying it leaves behind.
        reset: Json,
        /// Whether the service may refuse that document, so that what is there stays.
        may_stay: bool,
    },
    /// Files that are uploaded under their name, listed, and never downloaded.
    Upload(Name, Upload),
    /// Entries of a catalog that are switched on and off.
    Switch(Name),
    /// Sets of text files that are sent and read as one archive, each for an object of the same name of
    /// the kind that is named here.
    Archive(Name, &'static str),
}

/// What has a document.
#[derive(Clone, Debug)]
pub enum Whose {
    /// Every agent.
    Agent,
    /// Every object of the kind that is named here, under its name.
    Object(Name, &'static str),
}

/// A name that the user gives to a child of an agent.
#[derive(Clone, Debug)]
pub struct Name {
    /// What to say of it.
    pub about: &'static str,
    /// What it must be like.
    pub validators: Vec<Validator>,
}

/// How one object of a kind is told from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// The agent itself: name, resource group and subscription.
    Agent,
    /// A child of an agent with a name that the user gives.
    Name,
    /// A child of an agent with an id that the service makes.
    ServerId,
    /// A document of which every agent has one.
    Singleton,
}

impl StoreKind {
    /// How its objects are told apart.
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

    /// The name that the user gives, if there is one.
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

    /// The kind of the objects that each have one of these, under the same name.
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

    /// How content that is no document travels.
    pub const fn upload(&self) -> Option<&Upload> {
        match self {
            Self::Upload(_, upload) => Some(upload),
            _ => None,
        }
    }
}
