"""A quadratic q(p) = gᵀp + ½ pᵀHp as the solvers see one, with H of a chosen spectrum."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from framework.work import Work


class Bowl:
    """Stands in for a point of an objective: gives H and its products, and counts both."""

    def __init__(self, hessian):
        self.matrix, self.objective, self.products = hessian, SimpleNamespace(work=Work()), 0

    def hessian(self):
        return self.matrix.copy()

    def hvp(self, v):
        self.products += 1
        return self.matrix @ v


@pytest.fixture
def bowl():
    return Bowl


@pytest.fixture
def spectrum():
    """spectrum(eigenvalues, slopes) → H and g with these eigenvalues, and slopes along its eigenvectors."""

    def make(values, slopes, seed=0):
        rng = np.random.default_rng(seed)
        vectors, _ = np.linalg.qr(rng.normal(size=(len(values), len(values))))
        hessian = vectors * np.asarray(values, float) @ vectors.T
        return (hessian + hessian.T) / 2, vectors @ np.asarray(slopes, float)

    return make
