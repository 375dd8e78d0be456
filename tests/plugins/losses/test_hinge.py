from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import hinge_loss

from framework.errors import ConfigError, DataError
from framework.heads import ComposedHead
from framework.links import LINKS
from framework.testing import assert_conforms
from plugins.losses.hinge import Hinge, SquaredHinge

IDENTITY = LINKS["identity"]
MULTICLASS = ["crammer_singer", "one_vs_rest", "weston_watkins"]


def test_several_classes_are_scikit_learns(arrays, labels):
    scores = 2 * arrays[0]
    loss = Hinge()
    value = loss.value(scores, loss.prepare(labels, 3)).mean()
    assert value == pytest.approx(hinge_loss(labels, scores, labels=[0, 1, 2]), rel=1e-13)


@pytest.mark.parametrize("multiclass", MULTICLASS)
def test_one_output_is_scikit_learns_for_two_classes(arrays, multiclass):
    scores, labels = 2 * arrays[0].reshape(60, 1), np.arange(60) % 2
    loss = Hinge(multiclass=multiclass)
    value = loss.value(scores, loss.prepare(labels, 1)).mean()
    assert value == pytest.approx(hinge_loss(labels, scores[:, 0]), rel=1e-13)


@pytest.mark.parametrize("loss", [Hinge(), SquaredHinge()], ids=["hinge", "squared"])
def test_two_outputs_are_one_of_their_difference(loss):
    z, labels = np.linspace(-3, 3, 12)[:, None], np.arange(12) % 2
    two = loss.value(np.hstack([-z / 2, z / 2]), loss.prepare(labels, 2))
    one = loss.value(z, loss.prepare(labels, 1))
    np.testing.assert_allclose(two, one, rtol=1e-14)


def by_hand(scores, t, multiclass, margin):
    others = [j for j in range(len(scores)) if j != t]
    pairs = [max(0.0, margin - scores[t] + scores[j]) for j in others]
    if multiclass == "crammer_singer":
        return [max(pairs)], 1
    if multiclass == "weston_watkins":
        return pairs, 1 / len(scores)
    return [max(0.0, margin - scores[t]), *(max(0.0, margin + scores[j]) for j in others)], 1


@pytest.mark.parametrize("multiclass", MULTICLASS)
@pytest.mark.parametrize("margin", [0.5, 1.0])
@pytest.mark.parametrize(("cls", "power"), [(Hinge, 1), (SquaredHinge, 2)])
def test_term_by_term(arrays, labels, one_hot, cls, power, multiclass, margin):
    loss = cls(multiclass=multiclass, margin=margin)
    expected = []
    for scores, t in zip(arrays[0], labels, strict=True):
        missed, weight = by_hand(scores, t, multiclass, margin)
        expected.append(weight * sum(m**power for m in missed))
    np.testing.assert_allclose(loss.value(arrays[0], one_hot), expected, rtol=1e-13)


def test_slopes_by_hand():
    p, y = np.array([[2.0, 1.5, 0.0], [3.0, 0.0, 1.0]]), np.array([[1.0, 0, 0], [1, 0, 0]])
    np.testing.assert_array_equal(Hinge().value(p, y), [0.5, 0])
    np.testing.assert_array_equal(Hinge().grad(p, y), [[-1, 1, 0], [0, 0, 0]])
    np.testing.assert_array_equal(SquaredHinge().grad(p, y), [[-1, 1, 0], [0, 0, 0]])
    hv = SquaredHinge().hvp(p, y, np.array([[1.0, 0, 0]] * 2))
    np.testing.assert_array_equal(hv, [[2, -2, 0], [0, 0, 0]])


def test_at_the_kink_nothing_pulls_and_of_equals_the_first_does():
    kept, tie = np.array([[1.0, 0.0, 0.0]]), np.zeros((1, 3))
    y = np.array([[1.0, 0, 0]])
    np.testing.assert_array_equal(Hinge().grad(kept, y), [[0, 0, 0]])
    np.testing.assert_array_equal(SquaredHinge().hvp(kept, y, y), [[0, 0, 0]])
    np.testing.assert_array_equal(Hinge().grad(tie, y), [[-1, 1, 0]])


def test_several_labels_at_once_are_for_one_against_the_rest(arrays):
    y = np.random.default_rng(0).integers(2, size=(20, 3)).astype(float)
    loss = Hinge(multiclass="one_vs_rest")
    s = 2 * loss.prepare(y, 3) - 1
    expected = np.maximum(1 - s * arrays[0], 0).sum(axis=1)
    np.testing.assert_allclose(loss.value(arrays[0], y), expected, rtol=1e-14)


@pytest.mark.parametrize("multiclass", MULTICLASS)
@pytest.mark.parametrize("cls", [Hinge, SquaredHinge])
def test_it_conforms(cls, multiclass):
    assert_conforms(cls(multiclass=multiclass, margin=0.7))


@pytest.mark.parametrize("cls", [Hinge, SquaredHinge])
def test_other_links_are_refused(cls):
    assert type(cls().head(IDENTITY)) is ComposedHead
    for name in LINKS.keys() - {"identity"}:
        with pytest.raises(ConfigError) as caught:
            cls().head(LINKS[name])
        assert str(caught.value) == (
            f"model.output={name}: loss={cls.name} needs scores of any size; set model.output to "
            "identity, or another loss"
        )


@pytest.mark.parametrize(
    ("targets", "multiclass", "told"),
    [
        ([[1, 0, 0], [0.5, 0.5, 0]], "crammer_singer", r"row 1: the target \[0.5,0.5,0\] is no"),
        ([[1, 0, 0], [1, 0, 1]], "weston_watkins", r"row 1: the target \[1,0,1\] is no class"),
        ([[-1, 1, 1], [1, 0, 1]], "one_vs_rest", r"row 0: the target \[-1,1,1\] is no class"),
    ],
)
def test_targets_that_are_no_classes_are_refused(targets, multiclass, told):
    with pytest.raises(DataError, match=f"^{told}"):
        Hinge(multiclass=multiclass).prepare(np.array(targets, float), 3)


def test_numbers_to_predict_are_refused_in_a_line(command):
    done = command("loss=hinge", "data=diabetes")
    assert done.status == 2
    assert done.err.startswith("error: loss=hinge: row 0: the target [")
    assert done.err.endswith("] is no class; choose data with classes\n")
