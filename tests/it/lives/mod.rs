//! The lives of objects of all kinds, side by side in one workspace: created, read by data
//! sources, changed by others and repaired, imported, updated in place, stripped of what is optional, deleted by others, replaced and
//! destroyed. They are made from the samples of the matrix, which tries every attribute, value and
//! plane by itself; here it is real Terraform that plans, writes and stores all of them at once.
//!
//! - [`adopted`]: what hosts make of all objects by import blocks alone
//! - [`exported`]: what `export` writes of all objects
//! - [`life`]: an object and what a plan says of it
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
fn objects_of_all_kinds_live_on_all_their_planes() {
    live(Stage::new(&newest(), lives_of(&all())));
}

/// One kind for each way in which Terraform meets objects: by operations, in a singleton, with free
/// members, and with a wait.
#[test]
fn objects_live_with_installed_hosts() {
    for host in On::Installed.hosts() {
        let kinds = ["agent", "custom_instructions", "repo", "skill"].map(named);
        live(Stage::new(&host, lives_of(&kinds)));
    }
}

/// On hosts without `terraform query` too, and on those that write the configuration of imports themselves.
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

/// One life for each kind, choice and plane.
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

/// Every plan is held to what it should say, and so it also proves that nothing was left to do before.
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
