"""``promote``: a recorded run -> the champion, if it is better beyond doubt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from phongtrao.commands.console import result_line
from phongtrao.errors import PhongtraoError, UsageError

if TYPE_CHECKING:
    from rich.table import Table

    from phongtrao.tracking.promote import Promotion


def promote(
    run: Annotated[
        str | None,
        typer.Argument(metavar="RUN_ID", show_default=False, help="A run, by at least 8 digits of its id."),
    ] = None,
    *,
    name: Annotated[
        str, typer.Option("--name", metavar="NAME", help="The registered model.")
    ] = "phongtrao-topics",
    force: Annotated[
        bool, typer.Option("--force", help="Promote whatever the comparison says; this is recorded.")
    ] = False,
    why: Annotated[
        str, typer.Option("--why", metavar="TEXT", show_default=False, help="The reason to record.")
    ] = "",
    rollback: Annotated[
        bool, typer.Option("--rollback", help="Go back to the champion before the present one.")
    ] = False,
) -> None:
    """Make a run's model the champion, which `phongtrao.load("models:/phongtrao-topics@champion")` opens.

    Example: `phongtrao promote 3f2a91bc`

    It has to be better than the present champion beyond doubt: on every test split that both were measured
    on, the paired difference in macro-F1 of passages is above zero with its whole interval, and no topic
    falls by more than 0.02. Otherwise nothing is changed and the exit status is 1.
    """
    from phongtrao.tracking.promote import promote as promote_run
    from phongtrao.tracking.promote import roll_back

    if rollback == (run is not None):
        raise UsageError("give a RUN_ID to promote, or --rollback (one of the two)")
    if run is None:
        if force or why:
            raise UsageError("--rollback takes neither --force nor --why")
        old, new = roll_back(name)
        result_line(f"rolled back from version {old} to version {new} -> models:/{name}@champion")
        return
    done = promote_run(run, name=name, force=force, why=why)
    _show(done)
    if done.version is None:
        raise PhongtraoError(f"{done.run} was not promoted, for the reasons above; the champion stays")
    forced = ", forced" if done.reasons else ""
    result_line(f"promoted {done.run}: version {done.version}{forced} -> models:/{name}@champion")


def _show(done: Promotion) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console()
    if done.champion is not None:
        console.print(_table(done))
    for reason in done.reasons:
        console.print(Text(f"against: {reason}", style="red"))
    if not done.reasons:
        first = done.champion is None
        console.print(Text("the first champion" if first else "better beyond doubt", style="green"))


def _table(done: Promotion) -> Table:
    """Return macro-F1 and each topic's F1 on each split, the champion's beside the run's."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    title = f"{done.run}\nagainst the champion {done.champion}"
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD)
    table.add_column("F1 of passages")
    for heading in ("champion", "run", "gain [95 %]"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("")
    for check in done.checks:
        gain = f"{check.gain.value:+.3f} [{check.gain.low:+.3f}, {check.gain.high:+.3f}]"
        told = "better" if check.gain.low > 0 else "not clear" if check.gain.high > 0 else "worse"
        split = check.split.replace("_", " ")
        table.add_row(
            f"{split}: macro", f"{check.before:.3f}", f"{check.after:.3f}", gain, told, style="bold"
        )
        for topic in check.topics:
            change = f"{topic.after - topic.before:+.3f}"
            told = "falls" if topic.fell else ""
            table.add_row(f"  {topic.topic}", f"{topic.before:.3f}", f"{topic.after:.3f}", change, told)
    return table
