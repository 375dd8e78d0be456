"""Train what the command line says: `python run.py loss=ce optim=sgd`."""

import sys

from framework.app import main

if __name__ == "__main__":
    sys.exit(main())
