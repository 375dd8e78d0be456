"""A bench for training choices: every name that a plugin author needs."""

from typing import TYPE_CHECKING

from framework.data import find_file
from framework.errors import (
    ConfigError,
    DataError,
    FieldError,
    NonFinite,
    one_of,
    require,
    spell,
    unknown,
)
from framework.functions import Function, refuse_data
from framework.heads import ComposedHead, Head
from framework.hookspecs import hookimpl
from framework.interfaces import (
    Callback,
    Curve,
    Dataset,
    Linearization,
    Loss,
    Metric,
    Model,
    Network,
    Optimizer,
    Table,
    one_hot,
    refuse_link,
)
from framework.layers import (
    ACTIVATIONS,
    INITIALIZERS,
    POOLS,
    Activation,
    AveragePool,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    Image,
    Layer,
    LayerNorm,
    MaxPool,
    Sequential,
)
from framework.links import LINKS, Exp, Identity, Link, Sigmoid, Softmax, Tanh, sigmoid
from framework.objective import Objective, Point
from framework.params import Array, Layout, Parameter
from framework.solvers import (
    SOLVERS,
    DenseQuadratic,
    Descent,
    Kronecker,
    KrylovQuadratic,
    Quadratic,
    Ray,
    SecondOrder,
    Trial,
    armijo,
    backtrack,
    bias_of,
    conjugate_gradients,
    curvature_point,
    dense_weights,
    is_dense,
    kronecker_factors,
    quadratic,
    require_gauss_newton,
    require_share,
    require_solver,
    squared_gradients,
    strong_wolfe,
    trust_region,
)
from framework.tasks import Task
from framework.training import Epoch
from framework.work import Work

if TYPE_CHECKING:
    from framework.experiment import Run

__all__ = [
    "ACTIVATIONS",
    "INITIALIZERS",
    "LINKS",
    "POOLS",
    "SOLVERS",
    "Activation",
    "Array",
    "AveragePool",
    "Callback",
    "ComposedHead",
    "ConfigError",
    "Conv2D",
    "Curve",
    "DataError",
    "Dataset",
    "Dense",
    "DenseQuadratic",
    "Descent",
    "Dropout",
    "Epoch",
    "Exp",
    "FieldError",
    "Flatten",
    "Function",
    "Head",
    "Identity",
    "Image",
    "Kronecker",
    "KrylovQuadratic",
    "Layer",
    "LayerNorm",
    "Layout",
    "Linearization",
    "Link",
    "Loss",
    "MaxPool",
    "Metric",
    "Model",
    "Network",
    "NonFinite",
    "Objective",
    "Optimizer",
    "Parameter",
    "Point",
    "Quadratic",
    "Ray",
    "Run",
    "SecondOrder",
    "Sequential",
    "Sigmoid",
    "Softmax",
    "Table",
    "Tanh",
    "Task",
    "Trial",
    "Work",
    "armijo",
    "backtrack",
    "bias_of",
    "conjugate_gradients",
    "curvature_point",
    "dense_weights",
    "find_file",
    "hookimpl",
    "is_dense",
    "kronecker_factors",
    "one_hot",
    "one_of",
    "quadratic",
    "refuse_data",
    "refuse_link",
    "require",
    "require_gauss_newton",
    "require_share",
    "require_solver",
    "sigmoid",
    "spell",
    "squared_gradients",
    "strong_wolfe",
    "trust_region",
    "unknown",
]


def __getattr__(name: str) -> object:
    """`Run`, which hooks are handed, is imported when asked for: it pulls in the whole core."""
    if name == "Run":
        from framework.experiment import Run

        return Run
    raise AttributeError(f"module 'framework' has no attribute {name!r}")
