"""Layers with hand-written forward, vjp, jvp and R-operator, and their composition."""

from framework.layers.activations import ACTIVATIONS, Activation
from framework.layers.average_pool import AveragePool
from framework.layers.conv2d import Conv2D
from framework.layers.dense import Dense, dense_hessian
from framework.layers.dropout import Dropout
from framework.layers.flatten import Flatten
from framework.layers.image import Image
from framework.layers.initializers import INITIALIZERS, Initializer
from framework.layers.layer import Layer
from framework.layers.layer_norm import LayerNorm
from framework.layers.max_pool import MaxPool
from framework.layers.radial_basis import RadialBasis
from framework.layers.sequential import Sequential

POOLS: dict[str, type[AveragePool] | type[MaxPool]] = {"average": AveragePool, "max": MaxPool}

__all__ = [
    "ACTIVATIONS",
    "INITIALIZERS",
    "POOLS",
    "Activation",
    "AveragePool",
    "Conv2D",
    "Dense",
    "Dropout",
    "Flatten",
    "Image",
    "Initializer",
    "Layer",
    "LayerNorm",
    "MaxPool",
    "RadialBasis",
    "Sequential",
    "dense_hessian",
]
