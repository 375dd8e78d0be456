"""PyTorch modules as networks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from copy import copy
from itertools import chain
from math import ceil
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from framework.adapters.naming import check_logits, named_layout, one_line
from framework.adapters.no_rows import NoRows
from framework.errors import ConfigError, FrameworkError
from framework.interfaces import Curve, Linearization, Network
from framework.params import Array
from framework.random import stream

try:
    import torch
except ImportError as error:
    raise ConfigError(f"{error}: pip install -c constraints.txt -e '.[torch]'") from error

threadpool_limits(1, user_api="openmp")  # PyTorch's threads; a run sets the number it is allowed

TRIAL = 2  # samples of zeros that a new module is tried with


class TorchNetwork(Network):
    """Logits z = module(x) of the module that `make()` returns; x: (N, *inputs), z: (N, outputs).

    The parameters are views of theta, under the module's own names; `framework.adapters.naming` says which
    of them are biases, unless `biases` does. Buffers and parameters without `requires_grad` are constants,
    those of a module made with seed 0, and saved with the model. `make` draws from PyTorch's generator,
    which is seeded for it and restored, so that `init` depends on the rng it is given alone.
    The module is in evaluation mode, for the mini-batch of a training step in training mode, its noise
    seeded by the step, and the same however often the step looks. Everything is on the CPU.
    Raises ConfigError if samples do not go through the module, or if they change its buffers: batch
    normalisation does, and ties the rows of a batch together.
    """

    requirements = ("torch",)

    def __init__(
        self,
        make: Callable[[], Any],
        inputs: tuple[int, ...],
        outputs: int,
        biases: Collection[str] | None = None,
    ) -> None:
        self._make, self.inputs, self.outputs = make, inputs, outputs
        self.module, self.noisy, self.kept = self._made(0)
        self._owners = _owners(self.module)
        trained, constant = _trained(self.module), _constant(self.module)
        self.layout = named_layout({name: tuple(p.shape) for name, p in trained.items()}, biases)
        self.constants = {name: value.detach().numpy() for name, value in constant.items()}
        self._noise: int | None = None  # the seed of this step's
        self._planted: tuple[Any, int] | None = None  # dtype and identity of the constants in place

    def init(self, rng: np.random.Generator, dtype: Any = np.float64) -> Array:
        module, _, _ = self._made(int(rng.integers(2**63)))
        theta = np.empty(self.layout.size, dtype)
        for view, value in zip(
            self.layout.views(theta).values(), _trained(module).values(), strict=True
        ):
            view[...] = value.detach().numpy()
        return theta

    def linearize(self, theta: Array, x: Array) -> Linearization:
        return _Pass(self, theta, x) if len(x) else NoRows(self, theta, x, self.outputs)

    def training(self, seed: int, step: int) -> Network:
        if not self.noisy:
            return self
        network = copy(self)
        network._noise = int(stream(seed, f"noise {step}").integers(2**63))
        return network

    def forward(self, theta: Array, x: Array) -> tuple[Any, list[Any]]:
        """The logits, and the leaves of their graph: the parameters, views of theta."""
        noisy = self._noise is not None
        if self.module.training is not noisy:
            self.module.train(noisy)
        views = self.layout.views(theta)
        leaves = {name: torch.nn.Parameter(_tensor(view)) for name, view in views.items()}
        self._plant(leaves)
        self._plant_constants(_tensor(theta).dtype)
        with _plain_attention(), nullcontext() if self._noise is None else _seeded(self._noise):
            return self.module(_tensor(np.asarray(x, theta.dtype))), list(leaves.values())

    def _plant(self, tensors: Mapping[str, Any]) -> None:
        """Put tensors into the module, wherever it has the parameter or buffer of that name."""
        for name, tensor in tensors.items():
            for owner, attribute in self._owners[name]:
                setattr(owner, attribute, tensor)

    def _plant_constants(self, dtype: Any) -> None:
        if self._planted == (dtype, id(self.constants)):
            return
        frozen = {name for name, _ in self.module.named_parameters()} - self.layout.slices.keys()
        for name, value in self.constants.items():
            tensor = torch.from_numpy(np.array(value))
            tensor = tensor.to(dtype) if tensor.is_floating_point() else tensor
            if name in frozen:
                tensor = torch.nn.Parameter(tensor, requires_grad=False)
            self._plant({name: tensor})
        self._planted = dtype, id(self.constants)

    def _made(self, seed: int) -> tuple[Any, bool, int]:
        """A module, whether it draws noise in training, and how many numbers it keeps for a sample."""
        x = torch.zeros(TRIAL, *self.inputs)
        kept: list[Any] = []
        try:
            with _seeded(seed):
                module = self._make()
                x = x.to(next(module.parameters(), x).dtype)
                module.eval()(x)  # from here on lazy modules have their parameters
                _refuse_batch_norm(module)
                before = _versions(module)
                state = torch.get_rng_state()
                with torch.autograd.graph.saved_tensors_hooks(kept.append, lambda _: None):
                    z = module.train()(x)
                noisy = not torch.equal(state, torch.get_rng_state())
        except FrameworkError:
            raise
        except Exception as error:
            raise ConfigError(
                f"samples of shape {self.inputs} do not go through the module: {one_line(error)}"
            ) from error
        _refuse_changes(before, _versions(module))
        check_logits(tuple(z.shape), TRIAL, self.outputs)
        return module.eval(), noisy, ceil(_numbers(kept, module) / TRIAL)


class _Pass(Linearization):
    """One forward pass and its graph.

    With w = dz, g = Jᵀ w is differentiable in theta and w: Jv is the derivative of ⟨g, v⟩ in w, and Hv that
    of ⟨g, v⟩ + ⟨z, curve(Jv)⟩ in theta.  g is kept, so that a product costs one backward pass through it.
    """

    network: TorchNetwork

    def __init__(self, network: TorchNetwork, theta: Array, x: Array) -> None:
        super().__init__(network, theta, x)
        self._logits, self._leaves = network.forward(theta, x)
        self.z = self._logits.detach().numpy()
        self._graph: tuple[Any, list[Any]] | None = None  # w and g

    def vjp(self, dz: Array, out: Array) -> Array:
        return _join(_grad([self._logits], self._leaves, [_tensor(dz)]), out)

    def jvp(self, v: Array) -> Array:
        w, g = self._pullback()
        return _grad(g, [w], self._blocks(v))[0].numpy()

    def hvp(self, v: Array, dz: Array, curve: Curve, out: Array) -> Array:
        _, g = self._pullback(dz)
        tdz = _tensor(np.asarray(curve(self.jvp(v))))
        return _join(_grad([*g, self._logits], self._leaves, [*self._blocks(v), tdz]), out)

    def _blocks(self, v: Array) -> list[Any]:
        return [_tensor(view) for view in self.network.layout.views(v).values()]

    def _pullback(self, dz: Array | None = None) -> tuple[Any, list[Any]]:
        """w and g: at w = dz if it is given, else anywhere."""
        known = self._graph
        if known is None or (dz is not None and not np.array_equal(known[0].detach().numpy(), dz)):
            w = torch.from_numpy(np.zeros_like(self.z) if dz is None else np.array(dz))
            g = _grad([self._logits], self._leaves, [w.requires_grad_()], create_graph=True)
            self._graph = known = w, g
        return known


def _grad(ends: list[Any], starts: list[Any], along: list[Any], create_graph: bool = False) -> Any:
    """The gradient of Σ ⟨end, along⟩ in each start; ends that depend on nothing add nothing."""
    pairs = [(end, a) for end, a in zip(ends, along, strict=True) if end.requires_grad]
    if not pairs:
        return [torch.zeros_like(start) for start in starts]
    ends, along = (list(part) for part in zip(*pairs, strict=True))
    return torch.autograd.grad(
        ends,
        starts,
        along,
        retain_graph=True,
        create_graph=create_graph,
        allow_unused=True,
        materialize_grads=True,
    )


def _join(blocks: list[Any], out: Array) -> Array:
    torch.cat([block.reshape(-1) for block in blocks], out=torch.from_numpy(out))
    return out


def _tensor(array: Array) -> Any:
    """The array's own memory; a copy where it is read-only, of which PyTorch warns."""
    return torch.from_numpy(array if array.flags.writeable else array.copy())


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """PyTorch's generator, seeded for a while; its state is what it was afterwards."""
    generator = torch.default_generator
    state = generator.get_state()
    generator.manual_seed(seed)
    try:
        yield
    finally:
        generator.set_state(state)


@contextmanager
def _plain_attention() -> Iterator[None]:
    """Attention by products and softmax: PyTorch's fused one has no second derivatives."""
    fused = torch.backends.cuda.flash_sdp_enabled()  # on the CPU as well
    torch.backends.cuda.enable_flash_sdp(False)
    try:
        yield
    finally:
        torch.backends.cuda.enable_flash_sdp(fused)


def _trained(module: Any) -> dict[str, Any]:
    return {name: p for name, p in module.named_parameters() if p.requires_grad}


def _constant(module: Any) -> dict[str, Any]:
    frozen = {name: p for name, p in module.named_parameters() if not p.requires_grad}
    return frozen | dict(module.named_buffers())


def _owners(module: Any) -> dict[str, list[tuple[Any, str]]]:
    """By name of a parameter or buffer: the modules that hold it, and under which attribute."""
    names = {id(t): n for n, t in chain(module.named_parameters(), module.named_buffers())}
    owners: dict[str, list[tuple[Any, str]]] = {name: [] for name in names.values()}
    for part in module.modules():
        for attribute, tensor in chain(part._parameters.items(), part._buffers.items()):
            if tensor is not None:
                owners[names[id(tensor)]].append((part, attribute))
    return owners


def _numbers(kept: list[Any], module: Any) -> int:
    """How many numbers a graph has kept, without those of the parameters."""
    own = {p.untyped_storage().data_ptr() for p in module.parameters()}
    sizes = {t.untyped_storage().data_ptr(): t.numel() for t in kept}
    return sum(size for pointer, size in sizes.items() if pointer not in own)


def _refuse_batch_norm(module: Any) -> None:
    for name, part in module.named_modules():
        if isinstance(part, torch.nn.modules.batchnorm._BatchNorm):
            raise ConfigError(
                f"'{name}' is a {type(part).__name__}: it ties the rows of a batch together and changes "
                "its buffers in training; use LayerNorm or GroupNorm"
            )


def _versions(module: Any) -> dict[str, tuple[int, int]]:
    """What each buffer is, and how often it was written to."""
    return {name: (id(buffer), buffer._version) for name, buffer in module.named_buffers()}


def _refuse_changes(before: dict[str, tuple[int, int]], after: dict[str, tuple[int, int]]) -> None:
    for name in after:
        if after[name] != before[name]:
            raise ConfigError(
                f"training changes the buffer '{name}', and theta alone may change; use a module without it"
            )
