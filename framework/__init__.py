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
    Activation,
    Dense,
    Flatten,
    Layer,
    Sequential,
)
from framework.links import LINKS, Exp, Identity, Link, Sigmoid, Softmax, Tanh, sigmoid
from framework.objective import Objective, Point
from framework.params import Array, Layout, Parameter
from framework.solvers import DenseQuadratic, KrylovQuadratic, Quadratic
from framework.tasks import Task
from framework.training import Epoch
from framework.work import Work

if TYPE_CHECKING:
    from framework.experiment import Run

__all__ = [
    "ACTIVATIONS",
    "INITIALIZERS",
    "LINKS",
    "Activation",
    "Array",
    "Callback",
    "ComposedHead",
    "ConfigError",
    "Curve",
    "DataError",
    "Dataset",
    "Dense",
    "DenseQuadratic",
    "Epoch",
    "Exp",
    "FieldError",
    "Flatten",
    "Head",
    "Identity",
    "KrylovQuadratic",
    "Layer",
    "Layout",
    "Linearization",
    "Link",
    "Loss",
    "Metric",
    "Model",
    "Network",
    "NonFinite",
    "Objective",
    "Optimizer",
    "Parameter",
    "Point",
    "Quadratic",
    "Run",
    "Sequential",
    "Sigmoid",
    "Softmax",
    "Table",
    "Tanh",
    "Task",
    "Work",
    "find_file",
    "hookimpl",
    "one_hot",
    "one_of",
    "refuse_link",
    "require",
    "sigmoid",
    "spell",
    "unknown",
]


def __getattr__(name: str) -> object:
    """`Run`, which hooks are handed, is imported when asked for: it pulls in the whole core."""
    if name == "Run":
        from framework.experiment import Run

        return Run
    raise AttributeError(f"module 'framework' has no attribute {name!r}")
