"""From a dataset plugin to the arrays of a run."""

from framework.data.cache import cache_folder, load
from framework.data.checking import check
from framework.data.columns import Columns, parse_number
from framework.data.files import find_file, find_folder
from framework.data.idx import IdxFiles, IdxImages
from framework.data.openml import fetch_openml
from framework.data.preparation import Data, Split, Standardizer, digest, prepare, reconstruction
from framework.data.splitting import split

__all__ = [
    "Columns",
    "Data",
    "IdxFiles",
    "IdxImages",
    "Split",
    "Standardizer",
    "cache_folder",
    "check",
    "digest",
    "fetch_openml",
    "find_file",
    "find_folder",
    "load",
    "parse_number",
    "prepare",
    "reconstruction",
    "split",
]
