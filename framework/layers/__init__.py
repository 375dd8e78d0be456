"""Layers with hand-written forward, vjp, jvp and R-operator, and their composition."""

from framework.layers.activations import ACTIVATIONS, Activation
from framework.layers.dense import Dense
from framework.layers.flatten import Flatten
from framework.layers.initializers import INITIALIZERS
from framework.layers.layer import Layer
from framework.layers.sequential import Sequential

__all__ = ["ACTIVATIONS", "INITIALIZERS", "Activation", "Dense", "Flatten", "Layer", "Sequential"]
