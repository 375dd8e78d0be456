"""Preconditioned conjugate gradients that stop by relative progress, for Hessian-free steps."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from framework.params import Array

SPACING = 1.3  # the iterates kept for backtracking are this factor apart in number


def conjugate_gradients(
    times: Callable[[Array], Array],
    gradient: Array,
    start: Array,
    diagonal: Array,
    limit: int,
    progress: float,
) -> list[Array]:
    """Lower φ(p) = gᵀp + ½ pᵀAp from `start`, A = times positive definite, preconditioned by `diagonal` > 0.

    Stops after i products when φ < 0 and (φ_i - φ_{i-k}) / φ_i < k progress with k = max(10, i/10), or after
    `limit`. Returns iterates in order, those with numbers 1, 1.3, 1.3², ... and the last one.
    Source: Martens, Deep learning via Hessian-free optimization (2010), sections 4.4 to 4.6.
    """
    p, kept, due = start.copy(), [], 1.0
    residual = gradient + times(p) if p.any() else gradient.copy()
    scaled = residual / diagonal
    direction, square = -scaled, float(residual @ scaled)
    heights = [0.5 * float(p @ (gradient + residual))]
    for i in range(1, limit + 1):
        product = times(direction)
        curvature = float(direction @ product)
        if not curvature > 0 or not square > 0:
            break
        p += square / curvature * direction
        residual += square / curvature * product
        heights.append(0.5 * float(p @ (gradient + residual)))
        if i >= due:
            kept.append(p.copy())
            due = max(due * SPACING, i + 1.0)
        if _slow(heights, progress):
            break
        scaled = residual / diagonal
        square, before = float(residual @ scaled), square
        direction *= square / before
        direction -= scaled
    if not kept or not np.array_equal(kept[-1], p):
        kept.append(p)
    return kept


def _slow(heights: list[float], progress: float) -> bool:
    i = len(heights) - 1
    k = max(10, i // 10)
    return (
        i > k and heights[-1] < 0 and (heights[-1] - heights[-1 - k]) / heights[-1] < k * progress
    )
