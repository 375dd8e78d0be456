"""The ends of the Hessian's spectrum."""

from __future__ import annotations

import math

import numpy as np

from framework.objective import Point
from framework.params import Array

DENSE = 64  # parameters up to which the Hessian is formed
VECTORS, RESTARTS = 30, 10  # of Lanczos' process: at most some 300 products for each end


def extreme_eigenvalues(
    point: Point, rng: np.random.Generator, tolerance: float = 1e-4
) -> tuple[float, float]:
    """The least and the greatest eigenvalue of the Hessian.

    From the dense Hessian where it is small, else by Lanczos' process on exact products Hv. The greatest one,
    μ, is sought first, to `tolerance` of itself; the least is that of H - μ I plus μ, so that it is exact to
    `tolerance` of the spectrum's width and a least eigenvalue of about zero costs no more than others. An end
    that has not converged within its restarts is NaN.
    Source: Lehoucq, Sorensen and Yang, ARPACK users' guide (1998).
    """
    if len(point.theta) <= DENSE:
        values = np.linalg.eigvalsh(point.hessian())
        return float(values[0]), float(values[-1])
    start = rng.normal(size=len(point.theta)).astype(point.theta.dtype)
    greatest = _end(point, start, "LA", 0.0, tolerance)
    shift = greatest if math.isfinite(greatest) else 0.0
    return _end(point, start, "SA", shift, tolerance), greatest


def _end(point: Point, start: Array, which: str, shift: float, tolerance: float) -> float:
    """The eigenvalue at one end of H, found as that of H - shift I."""
    from scipy.sparse.linalg import ArpackError, LinearOperator, eigsh

    typed_shift, size = start.dtype.type(shift), len(start)

    def product(v: Array) -> Array:
        v = v.ravel()
        return point.hvp(v) - typed_shift * v

    first = product(start)
    slope = float(start @ first) / float(start @ start)
    rounding = 100 * np.finfo(start.dtype).eps * (abs(slope) + abs(shift))
    if np.linalg.norm(first - start.dtype.type(slope) * start) <= rounding * np.linalg.norm(start):
        return slope + shift  # a random vector is an eigenvector: all are, H is a multiple of I
    shifted = LinearOperator((size, size), matvec=product, dtype=start.dtype)
    try:
        values = eigsh(
            shifted,
            k=1,
            which=which,
            v0=start,
            ncv=min(size, VECTORS),
            maxiter=RESTARTS,
            tol=tolerance,
            return_eigenvectors=False,
        )
    except ArpackError:  # no convergence, mostly
        return math.nan
    return float(values[0]) + shift
