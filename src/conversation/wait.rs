//! Waiting for an answer. The hub reports activity, and the thread contains the status.

use std::time::Duration;

use azure::{Budget, DataPlane, Ended, Hub, Invocation};
use tfplugin::Progress;
use tokio::time::Instant;
use tracing::debug;

use super::decide::{Decision, decide};
use super::narration::{Heard, Narration};
use super::turn::{Standing, Turn};
use super::{Asked, Page, Sent, Trouble, find, read};

/// The name of an agent's hub.
const HUB: &str = "agentHub";
/// The time limit to connect to the hub.
const CONNECTS: Duration = Duration::from_secs(15);
/// The pause before a new connection after one has ended.
const CONNECTS_AGAIN: Duration = Duration::from_secs(10);
/// The pause between lines. Hosts display a line about every two seconds.
const PACE: Duration = Duration::from_millis(2050);
/// The maximum length of a line in characters.
const LINE: usize = 480;
/// The maximum number of lines that are shown after the answer is complete.
const LAST_LINES: usize = 8;
/// The minimum and maximum pauses between reads of the thread while the hub reports nothing.
const LOOKS: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(10));
/// The delay of a read after the hub has reported a possible end of the turn.
const SOON: Duration = Duration::from_millis(250);
/// The minimum pause between reads, because the output of a command consists of many parts.
const SOONEST: Duration = Duration::from_secs(1);
/// The time for which a new thread may be invisible.
const SEEN: Duration = Duration::from_secs(60);
/// The time without lines after which a status line is shown.
const SILENCE: Duration = Duration::from_secs(60);

/// What to do when the agent asks for approval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum AtApproval {
    /// The action fails.
    #[default]
    Fail,
    /// Somebody else decides.
    Wait,
    /// The action approves.
    Approve,
}

/// A wait for an answer.
pub(crate) struct Wait<'a> {
    pub(crate) plane: &'a DataPlane,
    /// The connection to the hub, if it can be reached. It is opened before the message is sent,
    /// so that no report is missed.
    pub(crate) hub: Option<Hub>,
    pub(crate) at_approval: AtApproval,
    pub(crate) progress: &'a Progress,
    pub(crate) budget: &'a Budget,
}

/// The approvals that the agent asks for, now and at the previous read.
struct Asks {
    asked: Vec<Asked>,
    before: Vec<Asked>,
}

/// The next event.
enum Next {
    Heard(azure::Result<Invocation>),
    Look,
    Tell,
}

/// Connects to the hub of an agent. Returns `None` if the hub cannot be reached, because reads of
/// the thread are sufficient.
pub(crate) async fn listen(plane: &DataPlane, budget: &Budget) -> Option<Hub> {
    let connected = plane.hub(HUB, &budget.at_most(CONNECTS)).await;
    connected
        .inspect_err(|error| debug!(%error, "cannot listen to the hub; reading the thread instead"))
        .ok()
}

impl Wait<'_> {
    /// Waits until the agent has answered a message, and returns its last text.
    pub(crate) async fn answer(mut self, sent: Sent) -> Result<String, Trouble> {
        let listens = self.hub.is_some();
        let start = Instant::now();
        let thread = sent.thread;
        let mut narration = Narration::of(&thread);
        let mut turn = Turn::after(sent.before);
        let mut pause = LOOKS.0;
        let mut look_at = start + if listens { LOOKS.1 } else { pause };
        let mut looked_at = start;
        let mut connect_at = start;
        // The user has just seen the id of the thread.
        let mut told_at = start;
        let mut waits_for: Vec<Asked> = Vec::new();
        loop {
            let tells = narration.has_lines();
            let next = self.budget.run(async {
                tokio::select! {
                    heard = hear(&mut self.hub) => Next::Heard(heard),
                    () = tokio::time::sleep_until(told_at + PACE), if tells => Next::Tell,
                    () = tokio::time::sleep_until(look_at) => Next::Look,
                }
            });
            match next
                .await
                .map_err(|ended| over(ended, &thread, &waits_for))?
            {
                Next::Heard(Ok(call)) => match narration.hear(&call) {
                    Heard::Turns => {
                        pause = LOOKS.0;
                        let soon = (Instant::now() + SOON).max(looked_at + SOONEST);
                        look_at = look_at.min(soon);
                    }
                    Heard::Goes | Heard::Nothing => {}
                },
                Next::Heard(Err(error)) => {
                    debug!(%error, "the hub closed the connection");
                    self.hub = None;
                    connect_at = Instant::now() + CONNECTS_AGAIN;
                    look_at = Instant::now();
                }
                Next::Tell => {
                    if let Some(lines) = narration.take(LINE) {
                        self.progress.tell(lines);
                        told_at = Instant::now();
                    }
                }
                Next::Look => {
                    let page = self.look(&thread, start).await;
                    let page = page.map_err(|trouble| ended(trouble, &thread, &waits_for))?;
                    let standing = turn.look(&page);
                    if self.hub.is_none() || matches!(standing, Standing::Answered(_)) {
                        let said: Vec<_> = turn.said(&page).collect();
                        said.iter()
                            .rev()
                            .for_each(|message| narration.read(message));
                    }
                    match standing {
                        Standing::Answered(text) => {
                            narration.end();
                            self.show_rest(narration, told_at, &thread).await?;
                            return Ok(text);
                        }
                        Standing::Asks(asked) => {
                            let before = std::mem::take(&mut waits_for);
                            let asked = Asks { asked, before };
                            let done = self.decide(&thread, asked, &mut turn, &mut narration);
                            waits_for = done.await?;
                        }
                        Standing::Working => waits_for.clear(),
                    }
                    if told_at.elapsed() >= SILENCE {
                        let spent = start.elapsed().as_secs();
                        narration.note(&format!("still waiting, {spent} s"));
                    }
                    if self.hub.is_none() && listens && Instant::now() >= connect_at {
                        self.hub = listen(self.plane, self.budget).await;
                        connect_at = Instant::now() + CONNECTS_AGAIN;
                    }
                    looked_at = Instant::now();
                    look_at = looked_at + pause;
                    pause = pause.mul_f64(1.5).min(LOOKS.1);
                }
            }
        }
    }

    /// Reads the most recent part of the thread. A new thread may not be visible yet.
    async fn look(&self, thread: &str, start: Instant) -> Result<Page, Trouble> {
        if start.elapsed() >= SEEN {
            return read(self.plane, thread, self.budget).await;
        }
        let found = find(self.plane, thread, self.budget).await?;
        Ok(found.unwrap_or_default())
    }

    /// Handles requests for approval. Returns those that are still pending.
    async fn decide(
        &self,
        thread: &str,
        Asks { asked, before }: Asks,
        turn: &mut Turn,
        narration: &mut Narration,
    ) -> Result<Vec<Asked>, Trouble> {
        match self.at_approval {
            AtApproval::Fail => Err(Trouble::Told(format!(
                "The agent asks for approval, but `on_approval` is `fail`:\n{}\n\nThe agent waits \
                 in thread {thread} until somebody decides in the portal or with the action \
                 `azuresre_approval`.",
                listed(&asked)
            ))),
            AtApproval::Wait => {
                if let Some(new) = asked.iter().find(|one| !before.contains(one)) {
                    let Asked { id, title, .. } = new;
                    narration.note(&format!("the agent waits for approval {id}: {title}"));
                }
                Ok(asked)
            }
            AtApproval::Approve => {
                for one in &asked {
                    let decided =
                        decide(self.plane, thread, one, Decision::Approved, self.budget).await;
                    decided.map_err(|trouble| ended(trouble, thread, &[]))?;
                    turn.decided(one);
                    narration.note(&format!("approved: {}", one.title));
                }
                Ok(Vec::new())
            }
        }
    }

    /// Shows the remaining lines at the pace of the host.
    async fn show_rest(
        &self,
        mut narration: Narration,
        mut told_at: Instant,
        thread: &str,
    ) -> Result<(), Trouble> {
        for number in 0..=LAST_LINES {
            let Some(lines) = narration.take(LINE) else {
                return Ok(());
            };
            let pause = (told_at + PACE).saturating_duration_since(Instant::now());
            let slept = self.budget.sleep(pause).await;
            if slept == Err(Ended::Canceled) {
                return slept.map_err(|ended| over(ended, thread, &[]));
            }
            if number == LAST_LINES {
                self.progress
                    .tell(format!("for the rest, see thread {thread}"));
                return Ok(());
            }
            self.progress.tell(lines);
            told_at = Instant::now();
        }
        Ok(())
    }
}

/// Returns the next call of the hub. Waits forever if there is no hub.
async fn hear(hub: &mut Option<Hub>) -> azure::Result<Invocation> {
    match hub {
        Some(hub) => hub.next().await,
        None => std::future::pending().await,
    }
}

/// Converts an error about the end of the budget to a message about the wait.
fn ended(trouble: Trouble, thread: &str, waits_for: &[Asked]) -> Trouble {
    let Trouble::Azure(error) = &trouble else {
        return trouble;
    };
    match error.kind() {
        azure::ErrorKind::Canceled => over(Ended::Canceled, thread, waits_for),
        azure::ErrorKind::DeadlineExceeded => over(Ended::Deadline, thread, waits_for),
        _ => trouble,
    }
}

fn over(ended: Ended, thread: &str, waits_for: &[Asked]) -> Trouble {
    let why = match ended {
        Ended::Canceled => "You interrupted the wait for the answer.",
        Ended::Deadline => "The agent did not answer within the `timeout`.",
    };
    let waits_for = match waits_for {
        [] => String::new(),
        asked => format!(" The agent is waiting for approval:\n{}", listed(asked)),
    };
    Trouble::Told(format!(
        "{why} The agent continues in thread {thread}. The provider sent the message and does not \
         send it again on its own.{waits_for}"
    ))
}

fn listed(asked: &[Asked]) -> String {
    let lines = asked
        .iter()
        .map(|one| format!("- {}: {}", one.id, one.title));
    lines.collect::<Vec<_>>().join("\n")
}
