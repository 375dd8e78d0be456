"""What runs come to: from their numbers to a sentence that says no more than they do.

    outcome          a run as a verdict sees it
    recorded         outcomes from folders; stored, selection, grouping: from MLflow
    searched         what a search tried and found
    judge            outcomes -> verdict: what may be said, and with what certainty
    copies, missing                   which runs count, and what is said of those that do not
    measures, directions, targets, pairs, lint, facts, sentences, wording    its other parts
    statistics       differences: permutation tests, bootstrap intervals, corrections
    self_comparison  an arm against itself
    verdict          the verdict itself, plain data
    terminal, markdown, page (HTML), figures (curves, looks)     how it is shown
    report           written into the study's folder
    links, published, syncer                                     brought to MLflow, with links

Nothing is imported here: a run that is no study pays nothing for it.
"""
