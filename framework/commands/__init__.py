"""The verbs of `python -m framework`, one file each."""
