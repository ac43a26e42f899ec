//! The lifecycles of objects of all kinds, together in one workspace: they are created, read by data
//! sources, changed by other clients and repaired, imported, updated in place, reduced to the minimal
//! configuration, deleted by other clients, replaced, and destroyed. They are generated from the
//! samples of the matrix, which tests every attribute, value and plane separately. Here, real
//! Terraform plans, writes and stores all of them at once.
//!
//! - [`adopted`]: adopts all objects by import blocks alone
//! - [`exported`]: exports all objects
//! - [`life`]: a test object and its expected plans
//! - [`stage`]: the workspace, and the service in this process

mod adopted;
mod exported;
mod life;
mod stage;

use rstest::rstest;
use samples::{Kind, all, named};
use test_support::Action;

use self::life::Life;
use self::stage::Stage;
use crate::world::{On, newest};

#[test]
fn lifecycle_of_all_kinds_works_on_all_their_planes() {
    live(Stage::new(&newest(), lives_of(&all())));
}

/// Covers one kind for each way in which Terraform handles objects: with operations, as a
/// singleton, with free-form members, and with a wait.
#[test]
fn lifecycle_works_with_installed_hosts() {
    for host in On::Installed.hosts() {
        let kinds = ["agent", "custom_instructions", "repo", "skill"].map(named);
        live(Stage::new(&host, lives_of(&kinds)));
    }
}

/// Covers hosts without `terraform query`, and hosts that generate the configuration of imports.
#[rstest]
fn objects_of_all_kinds_are_exported_and_adopted(#[values(On::Installed, On::Newest)] on: On) {
    for host in on.hosts() {
        let stage = Stage::new(&host, lives_of(&all()));
        stage.configure(|life| life.full(0));
        stage.plans(|_| Some(Action::Create));
        stage.applies();
        stage.each(async |life, service| life.kind.settled(service, &life.agent, &life.name).await);
        stage.adopts();
        stage.exports();
    }
}

/// Returns one object for each kind, variant and plane.
fn lives_of(kinds: &[Kind]) -> Vec<Life> {
    let planes = kinds
        .iter()
        .flat_map(|kind| kind.planes.iter().map(move |plane| (kind, *plane)));
    planes
        .flat_map(|(kind, plane)| {
            let choices = 0..kind.variants.len();
            choices.map(move |choice| Life::new(kind.noun(), choice, plane))
        })
        .collect()
}

/// Checks every plan completely, which also proves that nothing was left to do before.
fn live(mut stage: Stage) {
    stage.configure(|life| life.full(0));
    stage.plans(|_| Some(Action::Create));
    stage.applies();
    stage.plans_nothing();
    stage.reads();

    stage.each(async |life, service| life.drift(service).await);
    stage.changes(Life::drifted);
    stage.applies();
    stage.holds(0);

    stage.imports();

    stage.configure(|life| life.full(1));
    stage.changes(Life::updated);
    stage.applies();
    stage.holds(1);

    stage.configure(|life| life.variant().minimal.clone());
    stage.changes(Life::removed);
    stage.applies();

    stage.each(async |life, service| life.vanish(service).await);
    stage.plans(|life| life.can_vanish().then_some(Action::Create));
    stage.applies();

    stage.rename();
    stage.configure(|life| life.variant().minimal.clone());
    stage.plans(|life| Some(life.renaming()));
    stage.applies();
    stage.plans_nothing();

    stage.destroys();
}
