"""The work a run has done, counted by the runner and never by the plugin, and budgets in its units."""

from __future__ import annotations

from dataclasses import asdict, dataclass

# The cost of one sample's pass, in forward passes. A gradient-equivalent is one forward and one backward.
FORWARD, BACKWARD, HVP, GGN = 1, 2, 4, 3
GRADIENT = FORWARD + BACKWARD


@dataclass
class Work:
    """Counters. Passes are counted in samples: a gradient of a batch of 32 is 32 forward, 32 backward.

    samples: training samples consumed by steps, an epoch is the training set once. forward, backward,
    hvp, ggn: sample passes. hessian: the cost of dense Hessians in forward-pass equivalents.
    solves: linear systems or subproblems solved. seconds: time in training steps, without evaluation,
    logging and plotting.
    """

    steps: int = 0
    samples: int = 0
    forward: int = 0
    backward: int = 0
    hvp: int = 0
    ggn: int = 0
    hessian: int = 0
    solves: int = 0
    seconds: float = 0.0

    @property
    def gradient_equivalents(self) -> float:
        """All passes in units of one sample's gradient: (1 F + 2 B + 4 Hv + 3 GGN + Hessians) / 3."""
        passes = FORWARD * self.forward + BACKWARD * self.backward + HVP * self.hvp
        return (passes + GGN * self.ggn + self.hessian) / GRADIENT

    def counts(self) -> dict[str, float]:
        """Every counter by name, gradient-equivalents included."""
        return {**asdict(self), "gradient_equivalents": self.gradient_equivalents}


@dataclass(frozen=True)
class Budget:
    """Where training ends: at whichever bound is reached first. None: no such bound."""

    epochs: int | None = None
    samples: float | None = None
    gradient_equivalents: float | None = None
    seconds: float | None = None

    def spent(self, work: Work) -> str | None:
        """The name of the first bound that `work` has reached; epochs are the loop's own."""
        for name in ("samples", "gradient_equivalents", "seconds"):
            bound = getattr(self, name)
            if bound is not None and getattr(work, name) >= bound:
                return name
        return None
