"""The syncer of a command: it brings run folders to MLflow, and the verdict of a study too.

python -m framework.verdict.syncer runs/<session>
"""

from __future__ import annotations

import os
import sys

from framework.tracking import syncer
from framework.verdict.published import publish

if __name__ == "__main__":
    status = syncer.main(sys.argv[1:], publish)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # all is written; taking MLflow down in order would take another half second
