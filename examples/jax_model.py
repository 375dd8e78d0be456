"""A model in JAX: a function of any pytree of parameters makes the logits, the framework does the rest.

pip install -c constraints.txt -e '.[jax]'
python run.py plugins.paths=[examples/jax_model.py] model=jax_mlp optim=sgd
python run.py plugins.paths=[examples/jax_model.py] model=jax_mlp optim=newton_cg
"""

from dataclasses import dataclass
from math import prod

import jax
import jax.numpy as jnp

from framework import Model, hookimpl
from framework.adapters.jax import JaxNetwork


def logits(params, x):
    """W₂ tanh(W₁ x + b₁) + b₂."""
    x = x.reshape(len(x), -1)
    h = jnp.tanh(x @ params["hidden"]["w"] + params["hidden"]["b"])
    return h @ params["output"]["w"] + params["output"]["b"]


@dataclass
class TwoLayers(Model):
    """Two dense layers.  Source: Rumelhart, Hinton and Williams (1986)."""

    hidden: int = 32

    def build(self, inputs, outputs):
        def layer(key, rows, columns):
            w = jax.nn.initializers.glorot_uniform()(key, (rows, columns))
            return {"w": w, "b": jnp.zeros(columns)}

        def init(key):
            one, two = jax.random.split(key)
            return {
                "hidden": layer(one, prod(inputs), self.hidden),
                "output": layer(two, self.hidden, outputs),
            }

        return JaxNetwork(init, logits, inputs, outputs)


@hookimpl
def register_models():
    return {"jax_mlp": TwoLayers}
