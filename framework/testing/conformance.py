"""The checks as a plugin's own tests use them."""

from __future__ import annotations

from framework.testing.check import Thing, check, planned
from framework.testing.outcome import Check


def assert_conforms(thing: Thing) -> None:
    """Raise AssertionError, with a line for each, unless every check of the component passes.

    thing: an instance, with the fields you care for; a class, for its defaults; or a registered Component.
    """
    failed = [outcome for outcome in check(thing) if outcome.passed is False]
    if failed:
        raise AssertionError("\n".join(f"{o.check} ({o.compared}): {o.evidence}" for o in failed))


def conformance(thing: Thing) -> list[Check]:
    """The checks one by one, to be called; their text is their name.

    A class of datasets whose example lives in a file is for `assert_conforms`: the file is gone when the
    checks are called.
    """
    with planned(thing) as checks:
        return checks
