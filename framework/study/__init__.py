"""A sweep, from its words to its runs; what they come to is `framework.verdict`'s.

    words            the words of a sweep, taken apart
    arms, drafts     the arms, of recipes and of sweeps, in words
    plan, sketch     arms and seeds, all composed and assembled before the first run starts
    asked            whether the verdict that is asked for can be given
    preview          what would be run
    conduct          the study: runs, searches, the verdict at the end
    runs, finished   each run is made, or reused from where it is there already
    crew             who makes them: this process, or a pool
    order, pool      a run in a process of its own; preload: what that process finds imported
    board            the course of a study in the terminal
    search, tuning   equal trials for every arm

Nothing is imported here: a run that is no study pays nothing for it.
"""
