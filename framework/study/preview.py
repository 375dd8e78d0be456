"""What a study would run: arms, seeds, budget, what is done already. Nothing is written."""

from __future__ import annotations

from pathlib import Path

from framework.registry import Registry
from framework.settings import Settings
from framework.study.crew import by_seconds, crew
from framework.study.finished import finished
from framework.study.plan import Arm, Plan
from framework.study.search import Searches


def preview(plan: Plan, settings: Settings, sweep: bool, registry: Registry) -> None:
    """Print it, at most 80 columns wide."""
    from rich.console import Console
    from rich.table import Table

    jobs = plan.jobs()
    known = finished(Path(settings.tracking.folder), {job.identity for job in jobs})
    known = {} if settings.rerun or by_seconds(settings) else known
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("arm", overflow="fold")
    for heading in ("seeds", "budget", "batches", "parameters", "done"):
        table.add_column(heading, justify="right", overflow="fold")
    for arm in plan.arms:
        own = [job for job in jobs if job.place.label == arm.label]
        done = sum(job.identity in known for job in own)
        table.add_row(arm.label, *_cells(arm), f"{done}/{len(own)}")
    console = Console(width=min(80, Console().width), highlight=False)
    console.print(table)
    searches = Searches.of(plan, settings, registry)
    for line in _told(len(jobs), len(known), searches, crew(settings, sweep, registry).workers):
        console.print(line)


def _cells(arm: Arm) -> list[str]:
    train, sketch = arm.sketch.train, arm.sketch
    bounds = {
        "epochs": train.epochs,
        "samples": train.samples,
        "gradient-equivalents": train.gradient_equivalents,
        "s": train.seconds,
    }
    budget = ", ".join(f"{bound:,g} {unit}" for unit, bound in bounds.items() if bound is not None)
    batches = "full" if sketch.batch_size is None else str(sketch.batch_size)
    return [_seeds(arm.seeds), budget, batches, f"{sketch.parameters:,}"]


def _seeds(seeds: tuple[int, ...]) -> str:
    """`0 to 9` for seeds without gaps."""
    if len(seeds) > 2 and seeds == tuple(range(seeds[0], seeds[-1] + 1)):
        return f"{seeds[0]} to {seeds[-1]}"
    return ", ".join(map(str, seeds))


def _told(jobs: int, known: int, searches: Searches, workers: int) -> list[str]:
    once = "one after another" if workers == 1 else f"{workers} at once"
    lines = [f"\n{jobs} runs as given, of which {known} are there already; the others {once}."]
    for arm, search in searches.pairs:
        spent = f"{search.trials} trials x {len(searches.seeds)} seeds"
        span = f"{search.field} in [{search.low:g}, {search.high:g}]"
        lines.append(f"tuned: {arm.label}: {span}, {spent}, by {searches.metric}")
    if searches:
        runs = sum(len(arm.seeds) for arm, _ in searches.pairs)
        rest = "what is there of them already is reused"
        lines.append(f"then {searches.count} trials and {runs} runs at the best values; {rest}.")
    return lines
