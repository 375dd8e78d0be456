"""Training from inside: signals layer by layer, steps, curvature, and slices of the objective."""

from framework.diagnostics.derivative_error import derivative_error
from framework.diagnostics.layers import (
    gradient_norms,
    output_saturation,
    signal_sizes,
    update_ratios,
)
from framework.diagnostics.sample import first_rows
from framework.diagnostics.slices import heights, plane_of_paths
from framework.diagnostics.spectrum import extreme_eigenvalues
from framework.diagnostics.step_quality import step_quality
from framework.diagnostics.trace import hutchinson_trace
from framework.diagnostics.trajectory import Trajectory

__all__ = [
    "Trajectory",
    "derivative_error",
    "extreme_eigenvalues",
    "first_rows",
    "gradient_norms",
    "heights",
    "hutchinson_trace",
    "output_saturation",
    "plane_of_paths",
    "signal_sizes",
    "step_quality",
    "update_ratios",
]
