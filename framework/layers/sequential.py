"""Layers in a row as a network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np

from framework.interfaces import Curve, Linearization, Network, Signal
from framework.layers.dense import Dense, dense_hessian
from framework.layers.layer import Layer, Views
from framework.layers.pages import keep_pages
from framework.params import Array, Layout
from framework.random import stream


class Sequential(Network):
    """z = f_L(... f_2(f_1(x))). Parameters are named `<number>.<layer>.<name>`, numbered from 1."""

    layers: tuple[Layer, ...]

    def __init__(self, layers: Sequence[Layer], inputs: tuple[int, ...]) -> None:
        keep_pages()
        self.layers = tuple(layers)
        self.names = [f"{i}.{type(layer).__name__.lower()}" for i, layer in enumerate(layers, 1)]
        shape, parameters, self.kept = inputs, [], 0
        for name, layer in zip(self.names, self.layers, strict=True):
            shape = layer.build(shape)
            self.kept += prod(shape)
            parameters += [replace(p, name=f"{name}.{p.name}") for p in layer.parameters]
        self.layout, self.outputs = Layout(parameters), shape
        slices = iter(self.layout.slices.values())
        self._blocks = [
            [(p.name, next(slices), p.shape) for p in x.parameters] for x in self.layers
        ]
        # No one asks for gradients below the first layer that has parameters.
        self.bottom = next(i for i, layer in enumerate(self.layers) if layer.parameters)
        self._keep_constants()
        self.noisy = any(type(layer).training is not Layer.training for layer in self.layers)

    def fit(self, x: Array, rng: np.random.Generator) -> None:
        """Layers up to the first with parameters learn from what reaches them; later ones are not asked."""
        below = self.layers[: self.bottom + 1]
        while below and type(below[-1]).fit is Layer.fit:
            below = below[:-1]
        if not below:
            return
        x = np.asarray(x)
        for layer, own in zip(below, rng.spawn(len(below)), strict=True):
            layer.fit(x, own)
            if layer is not below[-1]:
                x, _ = layer.forward(layer.constants, x)
        self._keep_constants()

    def init(self, rng: np.random.Generator, dtype: Any = np.float64) -> Array:
        """Each layer draws from a stream of its own, so that changing one leaves the others' start alone."""
        theta = np.zeros(self.layout.size, dtype)
        streams = rng.spawn(len(self.layers))
        for views, layer, own in zip(self.split(theta), self.layers, streams, strict=True):
            for name, value in layer.init(own).items():
                views[name][...] = value
        return theta

    def linearize(self, theta: Array, x: Array) -> Linearization:
        return _Pass(self, theta, x)

    def weights(self, theta: Array) -> list[Views]:
        """Each layer's parameters and constants."""
        views = self.split(theta)
        for name, value in self.constants.items():
            number, _, own = name.split(".")
            layer = int(number) - 1
            views[layer] = {**views[layer], own: value.astype(theta.dtype, copy=False)}
        return views

    def training(self, seed: int, step: int) -> Network:
        if not self.noisy:
            return self
        network, streams = copy(self), stream(seed, f"noise {step}").spawn(len(self.layers))
        pairs = zip(self.layers, streams, strict=True)
        network.layers = tuple(layer.training(own) for layer, own in pairs)
        return network

    def split(self, vector: Array) -> list[Views]:
        """One dictionary of views a layer, of theta or of any vector of its shape."""
        if vector.shape != (self.layout.size,):
            raise ValueError(f"{vector.shape} is not the shape of theta, ({self.layout.size},)")
        return [
            {name: vector[part].reshape(shape) for name, part, shape in block}
            for block in self._blocks
        ]

    def _keep_constants(self) -> None:
        self.constants = {
            f"{name}.{own}": value
            for name, layer in zip(self.names, self.layers, strict=True)
            for own, value in layer.constants.items()
        }


class _Pass(Linearization):
    """One forward pass, and the sweeps back and forth through what it kept."""

    network: Sequential

    def __init__(self, network: Sequential, theta: Array, x: Array) -> None:
        super().__init__(network, theta, x)
        self.weights = network.weights(theta)
        self.saved = []
        for layer, w in zip(network.layers, self.weights, strict=True):
            x, saved = layer.forward(w, x)
            self.saved.append(saved)
        self.z = x

    def vjp(self, dz: Array, out: Array) -> Array:
        gradients = self.network.split(out)
        dy: Any = dz
        for i in range(len(self.saved) - 1, self.network.bottom - 1, -1):
            layer = self.network.layers[i]
            dy = layer.vjp(
                self.weights[i], self.saved[i], dy, gradients[i], first=i == self.network.bottom
            )
        return out

    def signals(self, dz: Array) -> Iterator[Signal]:
        network = self.network
        unused = network.split(np.empty_like(self.theta))
        dy: Any = dz
        for i in range(len(self.saved) - 1, network.bottom - 1, -1):
            layer, saved = network.layers[i], self.saved[i]
            yield Signal(network.names[i], layer, saved, dy)
            if i > network.bottom:
                dy = layer.vjp(self.weights[i], saved, dy, unused[i], first=False)

    def dense_signals(self, dz: Array) -> dict[str, tuple[Array, Array]]:
        dense = (each for each in self.signals(dz) if isinstance(each.layer, Dense))
        return {f"{each.name}.weight": (each.saved, each.delta) for each in dense}

    def hessian(self, curve: Curve) -> Array | None:
        """In closed form where the last layer is dense and alone has parameters."""
        last = self.network.layers[-1]
        if not isinstance(last, Dense) or self.network.bottom < len(self.saved) - 1:
            return None
        return dense_hessian(self.saved[-1], curve, last.units, last.bias)

    def jvp(self, v: Array) -> Array:
        return self._tangents(self.network.split(v))[-1]

    def hvp(self, v: Array, dz: Array, curve: Curve, out: Array) -> Array:
        directions, products = self.network.split(v), self.network.split(out)
        tangents = self._tangents(directions)
        dy, tdy = dz, curve(tangents.pop())
        for i in range(len(self.saved) - 1, self.network.bottom - 1, -1):
            below = self.network.layers[i].hvp(
                self.weights[i],
                self.saved[i],
                directions[i],
                tangents.pop(),
                dy,
                tdy,
                products[i],
                first=i == self.network.bottom,
            )
            if below is not None:
                dy, tdy = below
        return out

    def stages(self) -> Iterator[tuple[str, Array]]:
        x = self.x
        for name, layer, w in zip(
            self.network.names, self.network.layers, self.weights, strict=True
        ):
            x, _ = layer.forward(w, x)
            yield f"the output of layer '{name}'", x

    def _tangents(self, directions: list[Views]) -> list[Any]:
        """The derivative of every layer's input along the direction, and of the logits last."""
        tangents: list[Any] = [None]
        for layer, w, saved, tw in zip(
            self.network.layers, self.weights, self.saved, directions, strict=True
        ):
            tangents.append(layer.jvp(w, saved, tw, tangents[-1]))
        if tangents[-1] is None:
            tangents[-1] = np.zeros_like(self.z)
        return tangents
