"""MNIST where its files are, else scikit-learn's digits."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from framework import Dataset, IdxFiles, Table, find_folder, hookimpl

NAMES = tuple("0123456789")
GREATEST = 16  # ink of a pixel of scikit-learn's digits


@dataclass
class Handwritten(Dataset):
    """Handwritten digits "0" to "9": MNIST's 28 by 28 pixels if its files are there, else 8 by 8 offline.

    x: (70000, 28, 28) bytes, of which data.standardize=false makes fractions of 255, with 10,000 test rows
    of their own; or (1797, 64) fractions of 16. y: the digit. Which of the two it is, the source says.

    root: the folder with MNIST's four files, as for data=mnist; `~` expands. If there are none of them in
    the default folder, scikit-learn's 1797 digits take their place. A folder of one's own must have all.
    val: of the 60,000, or of the 1797.
    Source: LeCun, Bottou, Bengio and Haffner, Gradient-based learning applied to document recognition
    (1998), section III.A; Alpaydin and Kaynak, Optical Recognition of Handwritten Digits (1998), UCI.
    """

    val: float = 1 / 6
    root: str = "mnist"

    def load(self) -> Table:
        files = self._files()
        return self._digits() if files is None else files.table(NAMES, f"MNIST in {self.root}")

    def fingerprint(self) -> str:
        files = self._files()
        return f"scikit-learn {version('scikit-learn')}" if files is None else files.fingerprint()

    def _files(self) -> IdxFiles | None:
        """MNIST's, or None where the default folder has none of them."""
        default = self.root == type(self).root
        if default and not Path(self.root).is_dir():
            return None
        origin = f"data=handwritten data.root={self.root}"
        files = IdxFiles(find_folder(self.root, "handwritten"), origin)
        return files if files.begun or not default else None

    def _digits(self) -> Table:
        from sklearn.datasets import load_digits

        bunch = load_digits()
        features = tuple(str(name) for name in bunch.feature_names)
        source = f"scikit-learn's digits: there is no MNIST in {self.root}"
        return Table(bunch.data / GREATEST, bunch.target, NAMES, features, source)


@hookimpl
def register_datasets() -> dict[str, type[Dataset]]:
    return {"handwritten": Handwritten}
