"""Tracking: the run folder is the truth, MLflow a copy.

    folder    what the training process writes, with the standard library alone
    syncer    a process of its own that brings the folders of one command to MLflow
    store     where MLflow keeps things, and how a store is opened
    record    a run folder read back, for figures and models
    repair    finishes what a killed process or an unreachable server left behind

Nothing is imported here, so that a training process pays only for `folder`.
"""
