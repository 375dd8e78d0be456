"""Tables from openml.org."""

from __future__ import annotations

import socket
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError

from framework.errors import DataError

PATIENCE = 20.0  # seconds to wait for the next byte


def fetch_openml(
    number: int, folder: Path | None, origin: str, way: str, dtype: str | None = None
) -> Any:
    """scikit-learn's Bunch for the table of this id, with a pandas frame unless the table is sparse.

    folder: where downloads are kept, as scikit-learn keeps them (its data_home), and found again
    without a network; None: kept nowhere. dtype: of all columns, which is fast; None: as the table says,
    categories as text.
    Raises DataError in one line, from `origin` to `way`, where the table cannot be had; that takes no
    longer than the network takes to fail, and a timeout of 20 s.
    Source: sklearn.datasets.fetch_openml; OpenML's REST API, https://www.openml.org/apis.
    """
    from sklearn.datasets import fetch_openml as fetch

    # scikit-learn 1.9's fast parser fails on categories that pandas 3.1 takes for numbers (its #34892)
    parser, reading = ("pandas", {"dtype": dtype}) if dtype else ("liac-arff", None)
    try:
        with _impatient():
            return fetch(
                data_id=number,
                data_home=folder,
                cache=folder is not None,
                n_retries=1,
                as_frame="auto",
                parser=parser,
                read_csv_kwargs=reading,
            )
    except (OSError, UserWarning) as error:
        cause = error.__context__ if isinstance(error, UserWarning) else error
        if cause is None:  # another warning, made an error by whoever runs this
            raise
        kept = f"; there is no copy in {folder / 'openml'}" if folder else ""
        raise DataError(
            f"{origin}: openml.org cannot be reached ({_reason(cause)}){kept}; {way}"
        ) from None
    except (ValueError, LookupError) as error:
        reason = str(error).splitlines()[0].rstrip(".")
        raise DataError(f"{origin}: openml.org gives no such table ({reason}); {way}") from None


def _reason(error: BaseException) -> str:
    cause = error.reason if isinstance(error, URLError) else error
    return getattr(cause, "strerror", None) or str(cause)


@contextmanager
def _impatient() -> Iterator[None]:
    """No retries, which scikit-learn announces by a warning, and no waiting for a silent network."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(PATIENCE)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("error", "A network error occurred while downloading")
            warnings.filterwarnings("ignore", "Invalid cache, redownloading", RuntimeWarning)
            warnings.filterwarnings("ignore", "Downloaded file could have been", RuntimeWarning)
            yield
    finally:
        socket.setdefaulttimeout(before)
