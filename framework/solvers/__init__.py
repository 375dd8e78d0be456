"""Local quadratic models of an objective and their minimisers, and line searches, for optimizers."""

from framework.solvers.backtracking import backtrack
from framework.solvers.conjugate_gradients import conjugate_gradients
from framework.solvers.dense import DenseQuadratic
from framework.solvers.descent import Descent
from framework.solvers.kronecker import (
    Kronecker,
    bias_of,
    dense_weights,
    kronecker_factors,
    squared_gradients,
)
from framework.solvers.krylov import KrylovQuadratic
from framework.solvers.line_search import Ray, Trial, armijo, strong_wolfe
from framework.solvers.quadratic import Quadratic
from framework.solvers.second_order import (
    SOLVERS,
    SecondOrder,
    curvature_point,
    is_dense,
    quadratic,
    require_gauss_newton,
    require_share,
    require_solver,
)
from framework.solvers.trust_region import trust_region

__all__ = [
    "SOLVERS",
    "DenseQuadratic",
    "Descent",
    "Kronecker",
    "KrylovQuadratic",
    "Quadratic",
    "Ray",
    "SecondOrder",
    "Trial",
    "armijo",
    "backtrack",
    "bias_of",
    "conjugate_gradients",
    "curvature_point",
    "dense_weights",
    "is_dense",
    "kronecker_factors",
    "quadratic",
    "require_gauss_newton",
    "require_share",
    "require_solver",
    "squared_gradients",
    "strong_wolfe",
    "trust_region",
]
