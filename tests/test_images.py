"""Images from files to a trained LeNet-5, through the command line."""

from __future__ import annotations

import gzip
import json
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits

Command = Callable[..., Any]
ROOT = Path(__file__).resolve().parent.parent


def digits(rows: slice) -> tuple[np.ndarray, np.ndarray]:
    """scikit-learn's digits as 28 by 28 bytes, each pixel three by three, in a border of two."""
    bunch = load_digits()
    large = np.kron(bunch.images[rows] * 15, np.ones((1, 3, 3)))
    return np.pad(large, ((0, 0), (2, 2), (2, 2))).astype(np.uint8), bunch.target[rows]


def write(folder: Path, part: str, x: np.ndarray, y: np.ndarray, zipped: bool) -> None:
    """The two files of a part in the format that yann.lecun.com/exdb/mnist describes."""
    opened: Any = gzip.open if zipped else open
    ending = ".gz" if zipped else ""
    images, labels = f"{part}-images-idx3-ubyte{ending}", f"{part}-labels-idx1-ubyte{ending}"
    with opened(folder / images, "wb") as file:
        file.write(struct.pack(">IIII", 2051, *x.shape) + x.tobytes())
    with opened(folder / labels, "wb") as file:
        file.write(struct.pack(">II", 2049, len(y)) + y.astype(np.uint8).tobytes())


@pytest.mark.parametrize("zipped", [False, True], ids=["raw", "gz"])
def test_lenet5_learns_mnist_from_the_four_files(command: Command, zipped: bool) -> None:
    here = Path("mnist")
    here.mkdir()
    test_labels = digits(slice(600, 700))[1]
    write(here, "train", *digits(slice(600)), zipped)
    write(here, "t10k", *digits(slice(600, 700)), zipped)
    done = command(
        "model=lenet5", "data=mnist", "data.root=mnist", "train.epochs=3", "optim.lr=0.3"
    )
    assert (done.status, done.err) == (0, "")
    assert "700 rows of 28x28, 10 classes: 500 train / 100 val / 100 test" in " ".join(
        done.out.split()
    )
    (folder,) = Path("runs").iterdir()
    with np.load(folder / "evaluation.npz") as kept:
        np.testing.assert_array_equal(kept["test_targets"], test_labels)
    assert json.loads((folder / "result.json").read_text())["metrics"]["test/accuracy"] > 0.8


PEAK = """
import sys
from pathlib import Path

from framework.app import main

sys.argv = ["run.py", *sys.argv[1:]]
status = main()
peak = Path("/proc/self/status").read_text().partition("VmHWM:")[2]  # ru_maxrss begins at the parent's
print(int(peak.split()[0]) * 1024)
sys.exit(status)
"""


def noise(rng: np.random.Generator, brightness: int) -> np.ndarray:
    """227 by 227 pixels around a brightness."""
    return np.clip(rng.normal(brightness, 40, (227, 227)), 0, 255).astype(np.uint8)


def test_lenet5_on_a_folder_of_images_of_227_pixels_stays_below_2_gib(workplace: Path) -> None:
    rng = np.random.default_rng(0)
    for name, brightness in (("dark", 60), ("bright", 190)):
        (workplace / "pictures" / name).mkdir(parents=True)
        for number in range(110):
            picture = Image.fromarray(noise(rng, brightness))
            picture.save(workplace / "pictures" / name / f"{number}.png", compress_level=1)
    words = ["model=lenet5", "data=image_folder", "data.root=pictures", "data.colour=grey"]
    words += [
        "train.batch_size=128",
        "train.epochs=1",
        "optim.lr=0.001",
        "quiet=true",
        "tracking.enabled=false",
    ]
    done = subprocess.run(
        [sys.executable, "-c", PEAK, *words], capture_output=True, text=True, cwd=workplace
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert int(done.stdout.split()[-1]) < 2 * 2**30
    (folder,) = (workplace / "runs").iterdir()
    lines = (folder / "metrics.jsonl").read_text().splitlines()
    first, last = (json.loads(line)["metrics"]["train/objective"] for line in lines)
    assert last < first
