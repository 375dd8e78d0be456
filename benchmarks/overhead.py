"""What a study costs beside its training: seconds a run, against Hydra's own sweep over an empty task.

    python benchmarks/overhead.py

Both run 40 jobs one after another in one process, without MLflow; ours are whole runs on iris, of which the
time in training steps is taken off. The process is started twice, for few jobs and for many, and the
difference counts.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FEW, MANY = 10, 50
PEER = """
import hydra
from omegaconf import OmegaConf

@hydra.main(version_base="1.3", config_path=None)
def task(config):
    pass

task()
"""


def main() -> None:
    """Print both, and their ratio."""
    with tempfile.TemporaryDirectory(prefix="framework-") as folder:
        place = Path(folder)
        (place / "peer.py").write_text(PEER)
        ours = _slope(lambda jobs: _ours(jobs, place))
        peer = _slope(lambda jobs: _peer(jobs, place))
    print(f"a run of a study     {1e3 * ours:6.1f} ms beside its training")
    print(f"a job of Hydra's own {1e3 * peer:6.1f} ms, doing nothing")
    print(f"ratio                {ours / peer:6.2f}")


def _slope(seconds) -> float:
    return (seconds(MANY) - seconds(FEW)) / (MANY - FEW)


def _ours(jobs: int, place: Path) -> float:
    """Seconds of a study of so many runs, without those of its training steps."""
    runs = place / f"runs-{jobs}"
    words = ["-m", f"seed=range({jobs})", "data=iris", "model=linear", "train.epochs=1"]
    words += ["study.workers=0", "quiet=true", "tracking.enabled=false", f"tracking.folder={runs}"]
    whole = _timed([sys.executable, "-m", "framework", "run", *words], place)
    results = [json.loads(path.read_text()) for path in runs.glob("*/*/result.json")]
    return whole - sum(result["metrics"]["work/seconds"] for result in results)


def _peer(jobs: int, place: Path) -> float:
    words = ["-m", f"+seed=range({jobs})", "hydra.sweep.dir=sweep", "hydra.output_subdir=null"]
    return _timed([sys.executable, "peer.py", *words], place)


def _timed(command: list[str], place: Path) -> float:
    start = time.perf_counter()
    subprocess.run(command, cwd=place, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
