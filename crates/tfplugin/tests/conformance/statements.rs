//! The statements and their proofs. Tests run from this list, and `CONFORMANCE.md` is generated
//! from it.

use std::future::Future;
use std::pin::Pin;

use anyhow::Result;

use crate::{
    actions, apply, cancellation, ephemeral, functions, generated, identity, intruders, lists,
    logging, new_kinds, plan, process, rpc, schema, values, write_only,
};

/// A group of statements.
pub(crate) struct Chapter {
    pub(crate) letter: char,
    pub(crate) title: &'static str,
    /// The number of statements.
    pub(crate) count: usize,
}

/// Something that a host relies on.
pub(crate) struct Statement {
    pub(crate) id: &'static str,
    pub(crate) text: &'static str,
    pub(crate) proof: Proof,
    /// What the test does not cover.
    pub(crate) note: Option<&'static str>,
}

/// A test that has not run yet.
pub(crate) type Run = fn() -> Pin<Box<dyn Future<Output = Result<()>>>>;

/// The proof of a statement.
pub(crate) enum Proof {
    /// This test fails if the statement does not hold.
    Test { name: &'static str, run: Run },
    /// It is not proved here, for this reason.
    Open(&'static str),
}

/// All groups, in order.
pub(crate) const CHAPTERS: [Chapter; 16] = [
    chapter('H', "Process and transport", 28),
    chapter('L', "Logging", 6),
    chapter('V', "Values", 15),
    chapter('S', "Schema", 7),
    chapter('R', "Calls", 16),
    chapter('P', "Plan", 16),
    chapter('A', "Apply", 9),
    chapter('W', "Write-only values", 5),
    chapter('I', "Identity, import and move", 11),
    chapter('F', "Functions", 5),
    chapter('E', "Ephemeral resources", 6),
    chapter('Q', "List resources", 7),
    chapter('X', "Actions", 5),
    chapter('G', "Generated configuration", 3),
    chapter('N', "What is never done", 2),
    chapter('C', "Cancellation", 4),
];

const NO_BLOCKS: &str =
    "does not apply; schemas of the framework have attributes and nested attributes, no blocks";

/// `id, text => test`, or `id, text => open reason`.
macro_rules! statement {
    ($id:literal, $text:literal => open $reason:expr) => {
        Statement { id: $id, text: $text, proof: Proof::Open($reason), note: None }
    };
    ($id:literal, $text:literal => $module:ident :: $test:ident $(, $note:literal)?) => {
        Statement {
            id: $id,
            text: $text,
            proof: Proof::Test {
                name: concat!(stringify!($module), "::", stringify!($test)),
                run: || Box::pin($module::$test()),
            },
            note: None $(.or(Some($note)))?,
        }
    };
}

const fn chapter(letter: char, title: &'static str, count: usize) -> Chapter {
    Chapter {
        letter,
        title,
        count,
    }
}

/// Returns all statements, in order.
#[rustfmt::skip]
pub(crate) fn statements() -> Vec<Statement> {
    vec![
        statement!("H1", "If a user starts it directly, the process explains itself on stderr and exits with 1" => process::h01_without_the_cookie_the_process_explains_itself_and_ends),
        statement!("H2", "A wrong cookie counts as no cookie" => process::h02_with_a_wrong_cookie_the_process_explains_itself_and_ends),
        statement!("H3", "The handshake is one line of six fields and the first output on stdout" => process::h03_the_first_line_has_six_fields_and_is_the_only_one),
        statement!("H4", "Protocol 6 is selected in any order of the host's list; without it, the process fails" => process::h04_version_6_is_chosen_from_any_list_that_has_it),
        statement!("H5", "Field 6 is one DER certificate in unpadded base64" => process::h05_the_certificate_is_unpadded_base64_of_one_der),
        statement!("H6", "The certificate passes Go's verification: name, validity, usage, serial number" => process::h06_the_certificate_satisfies_go),
        statement!("H7", "A client with the host's P-521 certificate gets TLS 1.2 or later with `h2`" => process::h07_a_client_with_the_hosts_p521_certificate_is_let_in),
        statement!("H8", "A client without a certificate is refused" => process::h08_tls_client_without_certificate_is_refused),
        statement!("H9", "A client with another certificate is refused" => process::h09_tls_client_with_another_certificate_is_refused),
        statement!("H10", "If the host sends no certificate, the server uses plain text and field 6 is empty" => process::h10_without_a_host_certificate_the_server_speaks_plain_text),
        statement!("H11", "A client that has read the line can connect" => process::h11_the_listener_is_ready_when_the_line_is_there),
        statement!("H12", "Only hosts that request a seventh field get it" => process::h12_the_seventh_field_is_there_when_asked_for),
        statement!("H13", "TCP listens on 127.0.0.1 within the host's range of ports; a reversed range is an error" => process::h13_a_range_of_ports_must_not_be_reversed, "TCP is used on systems without Unix sockets; the unit test `serve::listener::tests::tcp_listens_within_the_range` checks the range"),
        statement!("H14", "The socket is created where the host requests it, and removed at the end" => process::h14_the_socket_is_where_it_was_asked_for_and_is_removed),
        statement!("H15", "Shutdown ends the process within two seconds, even during a call" => process::h15_shutdown_ends_the_process_with_a_call_in_flight),
        statement!("H16", "An interrupt does not end the process" => process::h16_an_interrupt_does_not_end_the_process),
        statement!("H17", "The process ends soon after its host has ended" => process::h17_the_death_of_the_host_ends_the_process),
        statement!("H18", "Messages of 100 MiB work in both directions" => process::h18_a_hundred_mebibytes_pass_in_both_directions),
        statement!("H19", "Thirty-two calls run at the same time" => process::h19_thirty_two_calls_run_at_the_same_time),
        statement!("H20", "Unknown services and methods return `UNIMPLEMENTED`, and the connection stays open" => process::h20_unknown_methods_are_unimplemented_and_the_connection_stays),
        statement!("H21", "Output stream and broker stay open and silent; the health service returns `SERVING`" => process::h21_the_services_beside_the_provider_are_there),
        statement!("H22", "Stdin is not read, and stdout contains only the line, even if provider code prints" => process::h22_stdin_is_not_read_and_stdout_stays_clean, "On systems other than Unix, output of provider code is not intercepted"),
        statement!("H23", "The line is printed within a second" => process::h23_the_line_is_there_within_a_second),
        statement!("H24", "The debug mode prints how to attach, and serves any number of hosts, in sequence or at the same time" => process::h24_hosts_attach_to_the_debug_mode_and_leave),
        statement!("H25", "Terraform and OpenTofu plan, apply and destroy with the provider" => open "needs a real host; the end-to-end tests in `tests/it` run one"),
        statement!("H26", "A client that uses plain text is refused" => intruders::h26_plain_text_is_refused),
        statement!("H27", "Connections that stall before their handshake do not block other clients" => intruders::h27_connections_that_stall_keep_nobody_out),
        statement!("H28", "The socket is in a directory that only its owner and the group that the host names can enter" => intruders::h28_the_socket_is_for_its_owner_and_the_named_group),

        statement!("L1", "Every log line is a JSON object with level, message and a time in microseconds" => logging::l01_every_line_is_a_json_object_with_level_message_and_time),
        statement!("L2", "Level and message are always strings, no matter what is logged" => logging::l02_level_and_message_are_strings_whatever_is_logged),
        statement!("L3", "No line is longer than 64 KiB" => logging::l03_no_line_is_longer_than_the_host_reads),
        statement!("L4", "The level follows `TF_LOG_PROVIDER`, then `TF_LOG`; `off` disables logging" => logging::l04_the_level_follows_the_variables),
        statement!("L5", "No log contains sensitive or write-only values, not even at the most verbose level" => logging::l05_secrets_are_never_logged),
        statement!("L6", "A fatal panic writes a line that hosts show to the user" => logging::l06_a_fatal_panic_is_told_in_the_form_that_hosts_show),

        statement!("V1", "Values that Terraform has been observed to send decode and encode to the same bytes" => values::v01_what_terraform_sends_comes_back_as_the_same_bytes),
        statement!("V2", "Numbers are read in every width and as text, without loss of digits" => values::v02_every_form_of_a_number_is_read_without_loss),
        statement!("V3", "Integers are written as integers; values that are not numbers are refused" => values::v03_integers_are_integers_and_nothing_is_not_a_number),
        statement!("V4", "Every extension type is read as an unknown value, which is written in its plain form" => values::v04_every_extension_is_an_unknown_value),
        statement!("V5", "Refinements of a later version are accepted" => values::v05_refinements_of_a_later_version_are_read),
        statement!("V6", "Objects are written with all attributes; missing and extra attributes are an error, not a crash" => values::v06_objects_have_exactly_the_attributes_of_the_schema),
        statement!("V7", "Null, unknown and empty are three different values of every collection" => values::v07_null_unknown_and_empty_are_three_values),
        statement!("V8", "An absent value, an empty one and null are the same" => values::v08_absent_empty_and_null_values_are_the_same),
        statement!("V9", "Dynamic values keep their type: known, null, unknown, nested" => values::v09_dynamic_values_keep_their_type),
        statement!("V10", "Blocks with dynamic attributes travel as tuples and objects" => open NO_BLOCKS),
        statement!("V11", "Sets have no order and no duplicates" => values::v11_sets_have_no_order_and_no_duplicates),
        statement!("V12", "JSON is read if there is no MessagePack" => values::v12_json_is_read_where_there_is_no_msgpack),
        statement!("V13", "The JSON of states is read exactly, and missing or extra attributes are not an error" => values::v13_the_json_of_states_is_read_leniently_and_exactly),
        statement!("V14", "Text is written in Unicode normalization form C" => values::v14_text_is_in_normal_form_c),
        statement!("V15", "All types round-trip as JSON, including optional attributes" => values::v15_types_round_trip_as_json),

        statement!("S1", "The schema is available before configuration, and is always the same" => schema::s01_the_schema_is_the_same_whenever_it_is_asked_for),
        statement!("S2", "The metadata list the types of the schema and the same capabilities" => schema::s02_the_metadata_agree_with_the_schema),
        statement!("S3", "A schema that a host would not load prevents the start, with an error that names the attribute" => schema::s03_a_schema_that_no_host_would_load_is_refused_at_start),
        statement!("S4", "The schema is smaller than 64 MiB" => schema::s04_the_schema_is_small_enough),
        statement!("S5", "Functions have a return type and distinct parameters" => schema::s05_functions_have_a_result_and_distinct_parameters),
        statement!("S6", "List resources belong to a resource with an identity" => schema::s06_list_resources_belong_to_a_resource_with_identity),
        statement!("S7", "The provider works even if the host never requests its schema" => schema::s07_the_schema_need_not_be_asked_for),

        statement!("R1", "Unknown values are valid; values for computed attributes are an error at their path" => rpc::r01_unknown_values_pass_validation_and_computed_ones_do_not),
        statement!("R2", "Validation works without a configured provider and without network" => rpc::r02_validation_needs_no_configured_provider, "Validators receive only the configuration, and cannot wait for anything"),
        statement!("R3", "Diagnostics have a severity, and paths that end at sets" => rpc::r03_diagnostics_have_a_severity_and_paths_that_exist),
        statement!("R4", "States of the current version are accepted, even with missing or extra attributes" => rpc::r04_states_of_the_current_version_pass),
        statement!("R5", "States of older versions are upgraded; states of unknown versions are an error" => rpc::r05_states_of_older_versions_are_upgraded),
        statement!("R6", "States in the form of Terraform 0.11 are an error" => rpc::r06_flatmap_states_are_an_error),
        statement!("R7", "A missing object reads as null" => rpc::r07_a_missing_object_reads_as_null),
        statement!("R8", "A read keeps private bytes and identity" => rpc::r08_reading_keeps_private_bytes_and_identity),
        statement!("R9", "The read after an import fills the state" => rpc::r09_reading_after_an_import_fills_the_state),
        statement!("R10", "Two reads return the same bytes" => rpc::r10_reading_twice_gives_the_same_bytes),
        statement!("R11", "Data sources repeat their configuration, and their results are known" => rpc::r11_data_sources_repeat_their_configuration),
        statement!("R12", "The provider's configuration may be unknown, and a later one replaces it" => rpc::r12_configurations_may_be_unknown_and_replace_each_other),
        statement!("R13", "An unknown type is an error in every call" => rpc::r13_unknown_types_are_an_error_in_every_call),
        statement!("R14", "A panic is an error of its call, and the state stays" => rpc::r14_a_panic_is_an_error_of_its_call),
        statement!("R15", "Capabilities that the host does not send count as absent" => rpc::r15_absent_capabilities_are_none),
        statement!("R16", "Until the provider is configured, references may be values that hosts generate for mocks" => rpc::r16_references_may_be_made_up_until_the_provider_is_configured),

        statement!("P1", "A new object has configured values, defaults, unknown computed values and no secrets" => plan::p01_a_new_object_has_configured_default_and_unknown_values),
        statement!("P2", "Without a change, the plan equals the prior state byte for byte" => plan::p02_without_a_change_the_plan_is_the_prior_state),
        statement!("P3", "A change makes computed values unknown, except for stable ones" => plan::p03_a_change_leaves_only_stable_computed_values_known),
        statement!("P4", "A value that is no longer configured stays, or returns to its default" => plan::p04_values_that_are_no_longer_configured_stay_or_fall_back),
        statement!("P5", "Unknown configuration is planned as unknown, with or without defaults" => plan::p05_unknown_configuration_is_planned_as_unknown),
        statement!("P6", "The plan contains as many nested objects as the configuration, under the same keys" => plan::p06_nested_objects_are_as_many_as_configured),
        statement!("P7", "Absent blocks are planned as empty, not as null" => open NO_BLOCKS),
        statement!("P8", "Unknown dynamic blocks are planned as unknown" => open NO_BLOCKS),
        statement!("P9", "The plan of a destroy is null and keeps private bytes" => plan::p09_destroy_plans_are_null_and_keep_private_bytes),
        statement!("P10", "Replacements name attributes that exist, each one once, none in a set and none for a new object" => plan::p10_replacements_name_attributes_that_exist),
        statement!("P11", "The second plan of a replacement equals that of a new object" => plan::p11_the_second_plan_of_a_replacement_is_that_of_a_new_object),
        statement!("P12", "Planning twice gives the same answer and changes nothing" => plan::p12_planning_twice_gives_the_same_answer),
        statement!("P13", "The plan with all values known keeps the promises of the first plan" => plan::p13_a_plan_with_known_values_keeps_what_the_first_one_promised, "Random schemas and values: `tests/properties`"),
        statement!("P14", "A plan that a host would refuse is an error that names the attribute" => plan::p14_an_invalid_plan_is_an_error_of_the_framework),
        statement!("P15", "The provider never requests the legacy type system" => plan::p15_the_old_type_system_is_never_asked_for),
        statement!("P16", "An object with missing computed values can be planned" => plan::p16_half_an_object_can_be_planned),

        statement!("A1", "Null states decide between create, update and delete" => apply::a01_null_states_decide_between_create_update_and_delete),
        statement!("A2", "A result that breaks its plan is an error that names the attribute" => apply::a02_a_result_that_breaks_the_plan_is_an_error_of_the_framework),
        statement!("A3", "No response contains an unknown value, not even a failed one" => apply::a03_no_answer_holds_an_unknown_value),
        statement!("A4", "A failed create keeps what exists" => apply::a04_a_failed_create_keeps_what_exists),
        statement!("A5", "A failed update keeps the actual values, with private bytes and identity" => apply::a05_a_failed_update_keeps_what_is_true),
        statement!("A6", "A failed delete keeps the object; a missing object counts as deleted" => apply::a06_a_failed_delete_keeps_the_object),
        statement!("A7", "Private bytes go from plan to apply, and to the delete of a replacement" => apply::a07_private_bytes_go_from_plan_to_apply_to_delete),
        statement!("A8", "If a result has another spelling of the same value, the planned spelling stays" => apply::a08_another_spelling_keeps_the_planned_value),
        statement!("A9", "A panic during a create keeps what the create has recorded" => apply::a09_a_panic_in_create_keeps_the_last_note),

        statement!("W1", "Write-only values are null in every answer, at any depth" => write_only::w01_secrets_are_null_in_every_answer),
        statement!("W2", "Write-only values reach create and update" => write_only::w02_secrets_reach_create_and_update),
        statement!("W3", "Hosts that would store write-only values get an error at their path" => write_only::w03_hosts_that_would_store_secrets_are_refused),
        statement!("W4", "A change of a write-only value alone is not a change; a change of its version is" => write_only::w04_only_the_version_of_a_secret_makes_a_change),
        statement!("W5", "Write-only values may be unknown in the plan, and may differ in the apply" => write_only::w05_secrets_may_differ_between_plan_and_apply),

        statement!("I1", "Identity schemas are valid; the upgrade of an absent identity is an absent identity" => identity::i01_identities_have_a_schema_and_may_be_absent),
        statement!("I2", "Every response contains the identity, which does not change" => identity::i02_identities_come_with_every_answer_and_do_not_change),
        statement!("I3", "Types without an identity never send one" => identity::i03_types_without_identity_never_send_one),
        statement!("I4", "ID and identity import the same object, and exactly one" => identity::i04_id_and_identity_import_the_same_object),
        statement!("I5", "A type that cannot be imported returns an error that says so" => identity::i05_a_type_that_cannot_be_imported_says_so),
        statement!("I6", "An imported object plans without a change" => identity::i06_an_imported_object_plans_without_a_change),
        statement!("I7", "A move from an unknown source is an error" => identity::i07_a_move_from_an_unknown_source_is_an_error),
        statement!("I8", "Moves work without a configured provider, whatever address the host sends for their source" => identity::i08_a_move_is_answered_without_configuration_whatever_the_host),
        statement!("I9", "An object of the same type can move from a provider with any address, and is upgraded in the process" => identity::i09_the_same_type_is_moved_from_any_address),
        statement!("I10", "A moved object is known, and contains no write-only values" => identity::i10_moved_objects_are_known_and_without_secrets),
        statement!("I11", "An identity of another type counts as none, and the next read returns the right one" => identity::i11_a_foreign_identity_is_none),

        statement!("F1", "Functions return the same result for the same arguments, with or without a configured provider" => functions::f01_functions_give_the_same_result_unconfigured),
        statement!("F2", "Null and unknown arguments are handled as the parameter declares" => functions::f02_nulls_and_unknowns_are_as_declared),
        statement!("F3", "A variadic parameter takes any number of arguments; any other number is an error" => functions::f03_a_variadic_parameter_takes_any_number_of_arguments),
        statement!("F4", "An error names its argument, and ends without a period, because hosts add one" => functions::f04_an_error_names_its_argument_and_ends_without_a_stop),
        statement!("F5", "A panic, a result of another type and an unknown function are errors of the call" => functions::f05_a_panic_or_a_wrong_result_is_an_error_of_the_call),

        statement!("E1", "Results repeat their configuration, and are known" => ephemeral::e01_results_repeat_their_configuration_and_are_known),
        statement!("E2", "Private bytes pass from opening to renewal to closing" => ephemeral::e02_private_bytes_go_from_opening_to_closing),
        statement!("E3", "Renewal times are in the future, or there are none" => ephemeral::e03_renewals_are_in_the_future_or_never),
        statement!("E4", "A failure or a panic is an error without secrets" => ephemeral::e04_failures_are_errors_without_secrets),
        statement!("E5", "Validation works without a configured provider, and unknown values are valid" => ephemeral::e05_validation_needs_no_configured_provider),
        statement!("E6", "Opening stops when the user stops the run" => ephemeral::e06_opening_stops_when_it_is_told_to),

        statement!("Q1", "Objects have a complete identity, and a name of one harmless line" => lists::q01_objects_come_with_a_whole_identity_and_a_name),
        statement!("Q2", "Objects themselves are read only on request, and contain no secrets" => lists::q02_objects_are_read_when_asked_for_and_hold_no_secrets),
        statement!("Q3", "If there are more objects than requested, the last one carries a warning" => lists::q03_the_last_wanted_object_tells_that_there_are_more),
        statement!("Q4", "An object that cannot be shown is a warning, and the list continues" => lists::q04_an_object_that_fails_is_a_warning_and_the_list_goes_on),
        statement!("Q5", "Anything that makes a list incomplete is an error, and so is a panic" => lists::q05_what_keeps_a_list_from_being_whole_is_an_error),
        statement!("Q6", "A list stops when the host is gone or wants no more; a list with a limit of zero does not start" => lists::q06_a_list_stops_when_the_host_is_gone_or_wants_no_more),
        statement!("Q7", "Validation works without a configured provider" => lists::q07_validation_needs_no_configured_provider),

        statement!("X1", "Actions complete exactly once, as their last event, even after a panic" => actions::x01_actions_complete_once_as_their_last_event),
        statement!("X2", "Progress is reported in harmless lines, at most one every two seconds, and the last line is always sent" => actions::x02_progress_is_one_harmless_line_now_and_then),
        statement!("X3", "Actions stop when the user stops the run, or when the host is gone" => actions::x03_actions_stop_when_the_user_or_the_host_does),
        statement!("X4", "Write-only values reach the action, but no message" => actions::x04_secrets_reach_the_action_and_no_message),
        statement!("X5", "Actions are planned without a configured provider and with unknown values, and are never deferred" => actions::x05_actions_are_planned_with_unknown_values_and_never_deferred),

        statement!("G1", "Generated configuration is valid, and its plan has no changes" => generated::g01_generated_configuration_plans_without_a_change),
        statement!("G2", "Computed values, write-only values and defaults are not generated" => generated::g02_what_is_there_by_itself_is_not_generated),
        statement!("G3", "Without a state, no configuration is generated" => generated::g03_no_state_generates_no_configuration),

        statement!("N1", "Nothing is deferred unless the host allows it, and nothing during an apply" => new_kinds::n01_nothing_is_ever_deferred),
        statement!("N2", "State stores return `UNIMPLEMENTED`" => new_kinds::n02_state_stores_are_unimplemented),

        statement!("C1", "A stop request is answered within 100 ms during an apply" => cancellation::c01_stopping_is_answered_at_once),
        statement!("C2", "A stopped apply ends early with what exists, and the process continues" => cancellation::c02_a_stopped_create_saves_what_exists_and_the_process_lives),
        statement!("C3", "A call stops its work when the host cancels it" => cancellation::c03_a_cancelled_call_stops_its_work),
        statement!("C4", "Two interrupts on the real command line end the process within three seconds" => open "needs a real host; the end-to-end tests in `tests/it` press Ctrl-C in a terminal"),
    ]
}
