"""The checks that prove a plugin right: for authors of plugins, and for `python -m framework check`.

from framework.testing import assert_conforms, conformance

def test_my_loss():
    assert_conforms(MyLoss(gamma=3))

@pytest.mark.parametrize("check", conformance(MyLoss), ids=str)  # or one test a check
def test_my_loss(check):
    check()
"""

from framework.testing.check import cheap, check
from framework.testing.conformance import assert_conforms, conformance
from framework.testing.outcome import Check, Outcome

__all__ = ["Check", "Outcome", "assert_conforms", "cheap", "check", "conformance"]
