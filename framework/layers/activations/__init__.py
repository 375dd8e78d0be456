"""Elementwise activations with their first two derivatives, by name."""

from framework.layers.activations.activation import Activation
from framework.layers.activations.elu import Elu
from framework.layers.activations.gelu import Gelu
from framework.layers.activations.identity import Identity
from framework.layers.activations.leaky_relu import LeakyRelu
from framework.layers.activations.relu import Relu
from framework.layers.activations.selu import Selu
from framework.layers.activations.sigmoid import Sigmoid
from framework.layers.activations.silu import Silu
from framework.layers.activations.softplus import Softplus
from framework.layers.activations.softsign import Softsign
from framework.layers.activations.tanh import Tanh

ALL = (Identity, Sigmoid, Tanh, Relu, LeakyRelu, Elu, Selu, Gelu, Silu, Softplus, Softsign)
ACTIVATIONS: dict[str, type[Activation]] = {activation.name: activation for activation in ALL}

__all__ = ["ACTIVATIONS", "Activation"]
