"""Pages of all that can be chosen by name, made from the docstrings and from what the classes tell."""

from framework.documentation.figures import drawing
from framework.documentation.site import Site, prune, write

__all__ = ["Site", "drawing", "prune", "write"]
