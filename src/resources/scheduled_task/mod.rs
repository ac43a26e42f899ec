//! Tasks that an agent performs on a schedule.

mod dialect;

use croner::parser::{CronParser, Seconds};
use serde_json::json;
use tfplugin::schema::{Finding, Validator};

use super::shared;
use crate::kind::{Alternate, Field, Kind, Name, Node, Place, Shape, StoreKind, equality};

/// Returns the kind of `azuresre_scheduled_task`.
pub(super) fn kind() -> Kind {
    Kind {
        name: "scheduled_task",
        title: "scheduled task",
        about: "A scheduled task of an agent: a prompt that the agent runs on a schedule.",
        notes: vec![
            "The service ends a task after three consecutive failures, or after `max_executions` \
             runs. `enabled` keeps its value. To start the task again, fix the cause and replace \
             the task with `terraform apply -replace=ADDRESS`.",
            "To create, update or delete a scheduled task, you need the SRE Agent Administrator or \
             SRE Agent Standard User role. Destroying a task ends its schedule and keeps the \
             threads of past runs.",
        ],
        store: StoreKind::Named(Name {
            about: "Name of the task.",
            validators: vec![shared::name()],
        }),
        segment: "scheduledTasks",
        places: Place::extended(
            "scheduledTasks",
            "/api/v2/extendedAgent/scheduledtasks",
            "ScheduledTask",
        ),
        name_at: Some("/name"),
        // Current builds return a status and no `isEnabled`. Older builds and the templates of the
        // vendor do the opposite. A task that has ended is `Completed`.
        alternates: &[Alternate::Words {
            theirs: "status",
            ours: "isEnabled",
            words: &[("Active", true), ("Paused", false)],
        }],
        nodes: vec![
            shared::description("Description of the task."),
            Field::string(
                "cron_expression",
                "/cronExpression",
                "Schedule of the task as a cron expression with five fields, in UTC: minute, hour, \
                 day of the month, month and day of the week. For example, `0 7 * * 1-5`.",
            )
            .required()
            .check(Validator::new("Must be a cron expression.", |value| {
                value.as_str().map_or(Ok(()), schedule)
            }))
            .into(),
            shared::prompt("Prompt for the agent."),
            shared::subagent("/agent").into(),
            shared::mode(),
            Field::bool(
                "enabled",
                "/isEnabled",
                "Whether the task runs on its schedule. The service shows this as the status \
                 `Active` or `Paused`. A task that has ended (`Completed`) keeps the value.",
            )
            .default(json!(true))
            .into(),
            Field::number(
                "max_executions",
                "/maxExecutions",
                "Maximum number of runs.",
            )
            .when_set("If you omit this argument, the number of runs is not limited.")
            .check(Validator::between(1, 1_000_000_000))
            .into(),
            instant(
                "start_time",
                "/startTime",
                "Start time of the schedule, such as `2026-12-01T08:00:00Z`.",
            ),
            instant(
                "end_time",
                "/endTime",
                "End time of the schedule, such as `2026-12-31T18:00:00Z`.",
            ),
            Field::string(
                "time_zone",
                "/timeZone",
                "Time zone of the schedule, such as `UTC`. Only some builds of the service support \
                 it.",
            )
            .server_chosen()
            .may_be_dropped_to_null()
            .into(),
            Field::new(
                "notification_channel",
                Shape::Json,
                "/notificationChannel",
                "Destination of notifications about the results, in the form that the service \
                 uses. The service does not document this form.",
            )
            .may_be_dropped()
            .into(),
            Field::string(
                "model_tier",
                "/modelTier",
                "Class of the model, such as `GeneralPurpose`.",
            )
            .server_chosen()
            .may_be_dropped_to_null()
            .into(),
        ],
        read_only: &[
            "/id",
            "/createdBy",
            "/createdAt",
            "/lastExecutionTime",
            "/nextExecutionTime",
            "/executionCount",
            "/threadId",
        ],
        ..Kind::child()
    }
}

/// Returns an attribute for a point in time, which the service may return in another format.
fn instant(name: &'static str, at: &'static str, about: &'static str) -> Node {
    Field::string(name, at, about)
        .semantic_equality(equality::instant)
        .check(Validator::text(
            "Must be a time in the RFC 3339 format.",
            |text| match equality::parse_instant(text) {
                Some(_) => Ok(()),
                None => Err(format!(
                    "The value must be a time such as \"2026-12-01T08:00:00Z\", but it is {text:?}."
                )),
            },
        ))
        .may_be_dropped()
        .into()
}

const FIELDS: [&str; 5] = [
    "minute",
    "hour",
    "day of the month",
    "month",
    "day of the week",
];

/// Checks a schedule. It is unknown which dialects the service accepts, so other dialects than the
/// documented one are only a warning.
fn schedule(text: &str) -> Result<(), Finding> {
    let Err(reason) = five_fields(text) else {
        return match ever_matches(text) {
            true => Ok(()),
            false => Err(Finding::error(format!("{text:?} never matches any day."))),
        };
    };
    match dialect::accepts(text) {
        true => Err(Finding::warning(format!(
            "{reason} Other dialects of cron accept it. The service does not document whether it \
             does, so the provider sends the schedule unchanged."
        ))),
        false => Err(Finding::error(reason)),
    }
}

fn parser() -> CronParser {
    CronParser::builder().seconds(Seconds::Disallowed).build()
}

/// Returns whether a schedule of five fields ever matches.
fn ever_matches(text: &str) -> bool {
    parser().parse(text).is_ok_and(|schedule| {
        let now = jiff::Zoned::now().with_time_zone(jiff::tz::TimeZone::UTC);
        schedule.find_next_occurrence(&now, false).is_ok()
    })
}

/// Checks a schedule of five fields, each by itself, so that the error names the field.
fn five_fields(text: &str) -> Result<(), String> {
    let parser = parser();
    let fields: Vec<&str> = text.split_whitespace().collect();
    if fields.len() != FIELDS.len() {
        return Err(format!(
            "A schedule must have five fields ({}), but {text:?} has {}.",
            FIELDS.join(", "),
            fields.len()
        ));
    }
    for (n, (field, name)) in fields.iter().zip(FIELDS).enumerate() {
        let mut alone = ["*"; FIELDS.len()];
        if let Some(place) = alone.get_mut(n) {
            *place = field;
        }
        let reason = match parser.parse(&alone.join(" ")) {
            Ok(_) if field.split(',').any(str::is_empty) => {
                "the list has an empty element".to_owned()
            }
            Ok(_) => continue,
            Err(error) => reason(&error),
        };
        return Err(format!(
            "The field for the {name}, {field:?}, is invalid: {reason}."
        ));
    }
    Ok(())
}

/// Returns the reason of an error, as part of a sentence.
fn reason(error: &croner::errors::CronError) -> String {
    use croner::errors::CronError::{ComponentError, IllegalCharacters, InvalidPattern};
    match error {
        InvalidPattern(text) | IllegalCharacters(text) | ComponentError(text) => {
            text.trim_end_matches('.').to_owned()
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use tfplugin::Severity;

    #[rstest]
    #[case("0 7 * * 1-5")]
    #[case("*/15 * * * *")]
    #[case("0 9 1 JAN,JUL MON")]
    fn schedules_of_five_fields_are_accepted(#[case] text: &str) {
        assert_eq!(schedule(text), Ok(()));
    }

    #[rstest]
    #[case("0 0 7 * * 1", "has 6")]
    #[case("0 0 7 ? * MON-FRI 2030", "has 7")]
    #[case("@daily", "has 1")]
    #[case("0 7 * * FRI-MON", "for the day of the week")]
    fn schedules_of_other_dialects_are_a_warning(#[case] text: &str, #[case] reason: &str) {
        let finding = schedule(text).unwrap_err();
        assert_eq!(finding.severity, Severity::Warning, "{}", finding.message);
        assert!(finding.message.contains(reason), "{}", finding.message);
    }

    #[rstest]
    #[case("0 7 * *", "has 4")]
    #[case("", "has 0")]
    #[case("@soon", "has 1")]
    #[case("60 7 * * *", "for the minute, \"60\"")]
    #[case("0 7,, * * *", "for the hour")]
    #[case("0 7 * 13 *", "for the month")]
    #[case("0 7 * * MONDAYS", "for the day of the week")]
    #[case("0 7 30 2 *", "never matches any day")]
    #[case("0 0 25 * * 1", "has 6")]
    fn other_texts_are_rejected_with_field_and_reason(#[case] text: &str, #[case] reason: &str) {
        let finding = schedule(text).unwrap_err();
        assert_eq!(finding.severity, Severity::Error, "{}", finding.message);
        assert!(finding.message.contains(reason), "{}", finding.message);
    }
}
