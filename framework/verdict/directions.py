"""Which way a metric is better: as runs tell, as it is registered, or as the words of its name say."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Any

from framework.errors import ConfigError
from framework.verdict.outcome import Outcome

HIGHER, LOWER = BETTER = "higher", "lower"
# Whole words of names, and of a name with words of both the falling ones count: iou_loss.
RISING = re.compile(
    "_(acc|accuracy|auc|auroc|auprc|ap|map|f1|fbeta|r2|precision|recall|sensitivity|specificity|iou|miou"
    "|jaccard|dice|bleu|rouge|meteor|mcc|kappa|score|reward|return|hits|ndcg|mrr|psnr|ssim|correlation"
    "|pearson|spearman|likelihood)_"
)
FALLING = re.compile(
    "_(loss|losses|error|errors|err|objective|cost|rmse|rmsle|mae|mape|smape|mse|msle|sse|nll|bce|ce|xent"
    "|crossentropy|cross_entropy|logloss|negative_log_likelihood|brier|ece|perplexity|ppl|bpb|bpc|deviance"
    "|regret|wer|cer|fid|divergence|kl|gradient_norm|grad_norm|residual)_"
)


def direction(name: str, outcomes: Iterable[Outcome]) -> bool | None:
    """Whether more is better; None where nothing tells.

    A run's tag lists all of its metrics of which more is better; an unregistered name of a rising metric
    that it leaves out was measured by somebody else.
    """
    words = base(name)
    told = [run.tags["higher_is_better"] for run in outcomes if "higher_is_better" in run.tags]
    if any(words in each.split() for each in told):
        return True
    if told:
        return None if words not in _registered() and by_name(words) else False
    return _registered().get(words, by_name(words))


def higher_is_better(name: str, outcomes: Iterable[Outcome], key: str = "metric") -> bool:
    """The same; ConfigError where nothing tells."""
    found = direction(name, outcomes)
    if found is None:
        raise ConfigError(
            f"{key}={name}: nothing says whether more or less of it is better; "
            f"compare --metric {name} --better higher (or lower) does"
        )
    return found


def base(name: str) -> str:
    """`accuracy` of `test/accuracy`."""
    return name.rpartition("/")[2]


def by_name(name: str) -> bool | None:
    """True for `val_acc` and `macroF1`, False for `log_loss` and `error2`, None for `oddness`."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)
    text = "".join(_parted(each.lower()) for each in (name, apart))
    if "_neg_" in text:
        return None
    return False if FALLING.search(text) else True if RISING.search(text) else None


def _parted(name: str) -> str:
    """`_top_acc_` of top5-acc."""
    return f"_{'_'.join(_unnumbered(word) for word in re.split('[^a-z0-9]+', name))}_"


def _unnumbered(word: str) -> str:
    """`acc` of `acc5`, but f1 and r2 as they are."""
    return word if RISING.fullmatch(f"_{word}_") else word.rstrip("0123456789")


@cache
def _registered() -> dict[str, bool]:
    from framework.registry import discover

    found: dict[str, Any] = {each.name: each.cls for each in discover().of_kind("metric")}
    return {name: cls.higher_is_better for name, cls in found.items()}
