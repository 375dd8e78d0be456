"""A model in PyTorch: its module makes the logits, the framework's optimizers move its parameters.

pip install -c constraints.txt -e '.[torch]'
python run.py plugins.paths=[examples/torch_model.py] model=torch_mlp optim=sgd
python run.py plugins.paths=[examples/torch_model.py] model=torch_mlp optim=newton_cg
"""

from dataclasses import dataclass
from math import prod

from torch import nn

from framework import Model, hookimpl
from framework.adapters.torch import TorchNetwork


@dataclass
class TwoLayers(Model):
    """z = W₂ tanh(W₁ x + b₁) + b₂.  Source: Rumelhart, Hinton and Williams (1986)."""

    hidden: int = 32
    dropout: float = 0.0

    def build(self, inputs, outputs):
        def make():
            return nn.Sequential(
                nn.Flatten(),
                nn.Linear(prod(inputs), self.hidden),
                nn.Tanh(),
                nn.Dropout(self.dropout),
                nn.Linear(self.hidden, outputs),
            )

        return TorchNetwork(make, inputs, outputs)


@hookimpl
def register_models():
    return {"torch_mlp": TwoLayers}
