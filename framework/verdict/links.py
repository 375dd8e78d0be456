"""Where a study is to be looked at in MLflow.

A link is kept as it stands behind the host, `#/experiments/1/runs/...`: so it is right in MLflow's own
description, whatever host serves it. `Links.absolute` puts the host before it, for pages outside of MLflow.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

SERVED = "http://127.0.0.1:5000"  # what `python -m framework ui` says
MODE = "workflowType=machine_learning"  # MLflow 3 opens on its other side without it


@dataclass(frozen=True)
class Links:
    """base: the host. study: the parent run. runs: a run's id -> its page. All but base are relative.

    compare: MLflow's compare page on the arms' runs, or on all runs where there are no arms; of params it
    shows those that differ. table, curves: a saved view of the study's runs, grouped by arm, with the columns
    and the charts that the verdict is about. A link that cannot be had is "".
    """

    base: str = SERVED
    study: str = ""
    compare: str = ""
    table: str = ""
    curves: str = ""
    runs: Mapping[str, str] = field(default_factory=dict)

    def absolute(self, link: str) -> str:
        """The link with its host; "" where there is no link."""
        return f"{self.base}/{link}" if link else ""


def base_of(uri: str) -> str:
    """The host that shows a store: the server itself, or the one that `python -m framework ui` starts."""
    return uri.rstrip("/") if uri.startswith(("http://", "https://")) else SERVED


def run_page(experiment_id: str, run_id: str) -> str:
    return f"#/experiments/{experiment_id}/runs/{run_id}?{MODE}"


def compare_page(experiment_ids: Iterable[str], run_ids: Sequence[str]) -> str:
    """The compare page on these runs, in their order."""
    chosen = {"runs": list(run_ids), "experiments": list(dict.fromkeys(experiment_ids))}
    texts = {key: json.dumps(ids, separators=(",", ":")) for key, ids in chosen.items()}
    return f"#/compare-runs?{urlencode(texts, quote_via=quote)}&{MODE}"


def saved_view(experiment_id: str, key: str, *, charts: bool = False) -> str:
    """A view of an experiment's runs that is saved under `key`, as a table or as charts."""
    how = "&compareRunsMode=CHART" if charts else ""
    return f"#/experiments/{experiment_id}/runs?{MODE}&viewStateShareKey={quote(key)}{how}"
