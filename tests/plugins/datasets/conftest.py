"""A stand-in for openml.org: scikit-learn's URL opener gets files instead of a network."""

from __future__ import annotations

import gzip
import io
import json
from hashlib import md5
from pathlib import Path
from socket import gaierror
from urllib.error import HTTPError, URLError
from urllib.parse import urlparse

import pytest
import sklearn
from sklearn.datasets import _openml

REAL = Path(sklearn.__file__).parent / "datasets" / "tests" / "data" / "openml"
API = "api/v1/json/data"


class Answer(io.BytesIO):
    """What urlopen returns."""

    def info(self) -> dict[str, str]:
        return {}


class Site:
    """openml.org with the tables that a test puts there; everything else is an unknown id."""

    def __init__(self) -> None:
        self.answers: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.online = True

    def real(self, number: int) -> None:
        """The table as openml.org gave it to the tests of scikit-learn, a little shortened."""
        folder = REAL / f"id_{number}"
        for name, part in (("jd", ""), ("jdf", "features/"), ("jdq", "qualities/")):
            for file in folder.glob(f"api-v1-{name}-{number}.json.gz"):
                self.answers[f"{API}/{part}{number}"] = gzip.decompress(file.read_bytes())
        url = json.loads(self.answers[f"{API}/{number}"])["data_set_description"]["url"]
        (data,) = folder.glob("data-v1-dl-*.arff.gz")
        self.answers[urlparse(url).path.lstrip("/")] = gzip.decompress(data.read_bytes())

    def table(self, number: int, columns: dict[str, str], rows: list[list], target: str) -> None:
        """columns: ARFF types by name."""
        lines = [f"@ATTRIBUTE {name} {kind}" for name, kind in columns.items()]
        data = [",".join(map(str, row)) for row in rows]
        arff = "\n".join(["@RELATION t", *lines, "@DATA", *data, ""]).encode()
        kinds = {"{": "nominal", "s": "string"}
        features = [
            {
                "index": str(index),
                "name": name,
                "data_type": kinds.get(kind[0], "numeric"),
                "is_target": str(name == target).lower(),
                "is_ignore": "false",
                "is_row_identifier": "false",
                "number_of_missing_values": "0",
            }
            for index, (name, kind) in enumerate(columns.items())
        ]
        description = {
            "name": "mine",
            "version": "2",
            "description": "",
            "format": "ARFF",
            "status": "active",
            "file_id": "7",
            "url": "https://api.openml.org/data/v1/download/7",
            "md5_checksum": md5(arff).hexdigest(),
        }
        self.answers |= {
            f"{API}/{number}": json.dumps({"data_set_description": description}).encode(),
            f"{API}/features/{number}": json.dumps(
                {"data_features": {"feature": features}}
            ).encode(),
            f"{API}/qualities/{number}": json.dumps({"data_qualities": {"quality": []}}).encode(),
            "data/v1/download/7": arff,
        }

    def open(self, request, *args, **kwargs) -> Answer:
        self.asked.append(request.full_url)
        if not self.online:
            raise URLError(gaierror(-2, "Name or service not known"))
        path = urlparse(request.full_url).path.lstrip("/")
        if path not in self.answers:
            raise HTTPError(request.full_url, 412, "Precondition Failed", None, io.BytesIO())
        return Answer(self.answers[path])


@pytest.fixture
def site(tmp_path, monkeypatch) -> Site:
    """openml.org, and an empty cache; nobody may wait."""

    def wait(seconds):
        raise AssertionError(f"waits for {seconds} s")

    stand_in = Site()
    monkeypatch.setenv("FRAMEWORK_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(_openml, "urlopen", stand_in.open)
    monkeypatch.setattr(_openml.time, "sleep", wait)
    return stand_in
