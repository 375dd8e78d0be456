"""ce_derivatives: the page computes what it claims, and a wrong softmax gradient is found."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from scipy.optimize import approx_fprime
from scipy.special import log_softmax
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier

from framework.__main__ import cli
from framework.links import LINKS
from framework.registry import discover

ROOT = Path(__file__).parents[2]
MISTAKE = ROOT / "examples/mistakes/softmax_gradient.py"
PAGE = (ROOT / "docs/recipes/ce_derivatives.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```\n(?:\n```text\n(.*?)```)?", PAGE, re.S)


def test_the_page_prints_what_it_shows():
    """Every block, in order and in one namespace, against the text below it; the first prints nothing."""
    names: dict = {}
    kept = np.get_printoptions()
    assert len(BLOCKS) >= 8 and all(shown for _, shown in BLOCKS[1:])
    try:
        for code, shown in BLOCKS:
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed):
                exec(code, names)
            assert printed.getvalue() == shown, code
    finally:
        np.set_printoptions(**kept)


def test_every_block_of_text_is_printed_by_one_of_python_or_by_the_check(workplace):
    done = CliRunner().invoke(cli, ["check", str(MISTAKE)])
    assert done.exit_code == 1
    shown = [text for _, text in BLOCKS if text]
    rest = [text for text in re.findall(r"```text\n(.*?)```", PAGE, re.S) if text not in shown]
    assert len(rest) == 1
    assert rest[0].startswith("  ✗ gradient ")
    assert rest[0] in done.output
    assert "failed: loss=softmax_gradient: gradient, hessian" in done.output


def test_the_wrong_gradient_is_off_by_what_the_page_says():
    """√(Σ_{k≠c} p_k²) / ‖p - y‖, against differences of SciPy's log_softmax; never beyond 45 degrees."""
    head = discover([str(MISTAKE)]).get("loss", "softmax_gradient").cls().head(LINKS["softmax"])
    rng = np.random.default_rng(0)
    for outputs in (2, 3, 10):
        y = np.eye(outputs)[0]
        for z in rng.normal(scale=2, size=(5, outputs)):
            right = approx_fprime(z, lambda z: -log_softmax(z)[0], 1e-7)
            wrong = head.grad(z[None], y[None])[0]
            off = np.linalg.norm(wrong - right) / np.linalg.norm(right)
            others = np.exp(log_softmax(z))[1:]
            stated = np.linalg.norm(others) / np.hypot(others.sum(), np.linalg.norm(others))
            assert off == pytest.approx(stated, rel=1e-5)
            cosine = wrong @ right / np.linalg.norm(wrong) / np.linalg.norm(right)
            assert cosine >= np.sqrt(0.5) - 1e-6
            if outputs == 2:
                assert off == pytest.approx(np.sqrt(0.5), rel=1e-5)


def test_both_arms_end_near_scikit_learns(recipe):
    """The same rows; one against the rest cannot cut out the class in the middle."""
    arms = recipe("ce_derivatives", "diagnostics=none", "train.epochs=300", "optim.lr=1")
    iris = load_iris()
    softmax, sigmoid = (arms[name] for name in ("softmax", "sigmoid"))
    assert softmax.history["train/accuracy"][1][-1] > 0.95
    logistic = LogisticRegression(C=1e6, max_iter=5000)
    for record, model in ((softmax, logistic), (sigmoid, OneVsRestClassifier(logistic))):
        model.fit(iris.data, iris.target)
        x = iris.data
        same = record.predictor.outputs(x).argmax(axis=1) == model.predict(x)
        assert same.mean() > 0.9
    assert sigmoid.history["train/accuracy"][1][-1] < softmax.history["train/accuracy"][1][-1]


def test_the_derivatives_are_exact_to_rounding(recipe):
    """Both branches of the V: the error of central differences falls by h² and rises by ε/h."""
    arms = recipe("ce_derivatives", "train.epochs=2")
    for record in arms.values():
        with np.load(record.folder / "derivative_error.npz") as found:
            step, errors = found["h"], [found["gradient"], found["hvp"]]
        for error in errors:
            assert error.min() < 1e-7
            coarse = (step > 1e-3) & (step < 0.1)
            slope = np.polyfit(np.log(step[coarse]), np.log(error[coarse]), 1)[0]
            assert slope == pytest.approx(2, abs=0.3)
            assert error[0] > 1e3 * error.min()
