"""Initial weights and biases by name."""

from framework.layers.initializers.glorot import GlorotNormal, GlorotUniform
from framework.layers.initializers.he import HeNormal, HeUniform
from framework.layers.initializers.initializer import Initializer
from framework.layers.initializers.lecun import LeCunNormal, LeCunUniform
from framework.layers.initializers.nielsen import Nielsen, NielsenLarge
from framework.layers.initializers.normal import Normal
from framework.layers.initializers.orthogonal import Orthogonal
from framework.layers.initializers.uniform import Uniform
from framework.layers.initializers.zeros import Zeros

ALL: tuple[Initializer, ...] = (
    *(Zeros(), Normal(), Uniform()),
    *(GlorotNormal(), GlorotUniform(), HeNormal(), HeUniform(), LeCunNormal(), LeCunUniform()),
    *(Orthogonal(), Nielsen(), NielsenLarge()),
)
INITIALIZERS: dict[str, Initializer] = {initializer.name: initializer for initializer in ALL}
USUAL = {"glorot": GlorotUniform.name, "he": HeNormal.name, "lecun": LeCunNormal.name}
INITIALIZERS |= {short: INITIALIZERS[name] for short, name in USUAL.items()}

__all__ = ["INITIALIZERS", "Initializer"]
