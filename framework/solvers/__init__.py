"""Local quadratic models of an objective and their minimisers, for second-order optimizers."""

from framework.solvers.dense import DenseQuadratic
from framework.solvers.krylov import KrylovQuadratic
from framework.solvers.quadratic import Quadratic

__all__ = ["DenseQuadratic", "KrylovQuadratic", "Quadratic"]
