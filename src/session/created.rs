//! The objects that this run has created.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::kind::Plane;

/// The objects that this run has created, by id and plane.
#[derive(Debug, Default)]
pub struct Created(Mutex<HashSet<(String, &'static str)>>);

impl Created {
    /// Records that an object was created.
    pub fn add(&self, id: &str, plane: Plane) {
        self.locked().insert((id.to_lowercase(), plane.as_str()));
    }

    /// Records that an object was deleted.
    pub fn remove(&self, id: &str, plane: Plane) {
        self.locked().remove(&(id.to_lowercase(), plane.as_str()));
    }

    /// Returns whether this run has created an object.
    pub fn has(&self, id: &str, plane: Plane) -> bool {
        self.locked().contains(&(id.to_lowercase(), plane.as_str()))
    }

    fn locked(&self) -> MutexGuard<'_, HashSet<(String, &'static str)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_distinguished_by_plane_and_not_by_case() {
        let created = Created::default();
        created.add("/agents/A", Plane::Arm);
        assert!(created.has("/agents/a", Plane::Arm));
        assert!(!created.has("/agents/a", Plane::DataPlane));
        created.remove("/Agents/a", Plane::Arm);
        assert!(!created.has("/agents/a", Plane::Arm));
    }
}
