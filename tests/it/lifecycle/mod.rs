//! The lifecycles of objects of all kinds, together in one workspace: they are created, read by
//! data sources, changed by other clients and repaired, imported, updated in place, reduced to the
//! minimal configuration, deleted by other clients, replaced, and destroyed. They are generated
//! from the samples of the matrix, which tests every attribute, value and plane separately. Here,
//! real Terraform plans, writes and stores all of them at once.
//!
//! - [`adopted`]: adopts all objects by import blocks alone
//! - [`exported`]: exports all objects
//! - [`instance`]: a test object and its expected plans
//! - [`fixture`]: the workspace, and the service in this process

mod adopted;
mod exported;
mod fixture;
mod instance;

use rstest::rstest;
use samples::{Kind, all, named};
use test_support::Action;

use self::fixture::Fixture;
use self::instance::Instance;
use crate::world::{On, newest};

#[test]
fn lifecycle_of_all_kinds_works_on_all_their_planes() {
    run_lifecycle(Fixture::new(&newest(), instances_of(&all())));
}

/// Covers one kind for each way in which Terraform handles objects: with operations, as a
/// singleton, with free-form members, and with a wait.
#[test]
fn lifecycle_works_with_installed_hosts() {
    for host in On::Installed.hosts() {
        let kinds = ["agent", "custom_instructions", "repo", "skill"].map(named);
        run_lifecycle(Fixture::new(&host, instances_of(&kinds)));
    }
}

/// Covers hosts without `terraform query`, and hosts that generate the configuration of imports.
#[rstest]
fn objects_of_all_kinds_are_exported_and_adopted(#[values(On::Installed, On::Newest)] on: On) {
    for host in on.hosts() {
        let fixture = Fixture::new(&host, instances_of(&all()));
        fixture.configure(|instance| instance.full(0));
        fixture.plans(|_| Some(Action::Create));
        fixture.applies();
        fixture.each(async |instance, service| {
            instance
                .kind
                .settled(service, &instance.agent, &instance.name)
                .await
        });
        fixture.adopts();
        fixture.exports();
    }
}

/// Returns one object for each kind, variant and plane.
fn instances_of(kinds: &[Kind]) -> Vec<Instance> {
    let planes = kinds
        .iter()
        .flat_map(|kind| kind.planes.iter().map(move |plane| (kind, *plane)));
    planes
        .flat_map(|(kind, plane)| {
            let choices = 0..kind.variants.len();
            choices.map(move |choice| Instance::new(kind.noun(), choice, plane))
        })
        .collect()
}

/// Checks every plan completely, which also proves that nothing was left to do before.
fn run_lifecycle(mut fixture: Fixture) {
    fixture.configure(|instance| instance.full(0));
    fixture.plans(|_| Some(Action::Create));
    fixture.applies();
    fixture.plans_nothing();
    fixture.reads();

    fixture.each(async |instance, service| instance.drift(service).await);
    fixture.changes(Instance::drifted);
    fixture.applies();
    fixture.holds(0);

    fixture.imports();

    fixture.configure(|instance| instance.full(1));
    fixture.changes(Instance::updated);
    fixture.applies();
    fixture.holds(1);

    fixture.configure(|instance| instance.variant().minimal.clone());
    fixture.changes(Instance::removed);
    fixture.applies();

    fixture.each(async |instance, service| instance.delete_remotely(service).await);
    fixture.plans(|instance| instance.can_be_deleted_remotely().then_some(Action::Create));
    fixture.applies();

    fixture.rename();
    fixture.configure(|instance| instance.variant().minimal.clone());
    fixture.plans(|instance| Some(instance.renaming()));
    fixture.applies();
    fixture.plans_nothing();

    fixture.destroys();
}
