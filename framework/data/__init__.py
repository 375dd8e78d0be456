"""From a dataset plugin to the arrays of a run."""

from framework.data.cache import cache_folder, load
from framework.data.checking import check
from framework.data.files import find_file
from framework.data.preparation import Data, Split, Standardizer, digest, prepare
from framework.data.splitting import split

__all__ = [
    "Data",
    "Split",
    "Standardizer",
    "cache_folder",
    "check",
    "digest",
    "find_file",
    "load",
    "prepare",
    "split",
]
