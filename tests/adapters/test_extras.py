"""What the adapters need is imported when they are, and not before; without it, one line says what to do."""

from __future__ import annotations

import subprocess
import sys

import pytest

EVERYTHING = """
import sys
import framework, framework.app, framework.testing
from framework.registry import discover
discover()
print(sorted({"torch", "jax"} & set(sys.modules)))
"""


def python(source: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", source], capture_output=True, text=True)


def test_the_framework_and_its_plugins_import_neither():
    assert python(EVERYTHING).stdout.strip() == "[]"


@pytest.mark.parametrize("name", ["torch", "jax"])
def test_an_adapter_without_its_library_says_what_to_install(name):
    done = python(
        f"import sys; sys.modules[{name!r}] = None\n"
        "from framework import ConfigError\n"
        f"try: import framework.adapters.{name}\n"
        "except ConfigError as error: print(error)"
    )
    told = done.stdout.strip()
    assert name in told and told.endswith(f": pip install -c constraints.txt -e '.[{name}]'"), done
