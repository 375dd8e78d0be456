"""Claims about the tree: which way imports point, what plugins may use, what is documented."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest

import framework
from framework.registry import discover

ROOT = Path(framework.__file__).parent.parent
CORE = (  # from the bottom up: each imports only what stands before it
    "errors",
    "params",
    "links",
    "random",
    "work",
    "tasks",
    "heads",
    "interfaces",
    "residual",
    "first_order",
    "functions",
    "layers",
    "rows",
    "chunks",
    "objective",
    "solvers",
    "diagnostics",
    "averaging",
    "training",
)
HOSTS = {"pluggy", "hydra", "omegaconf", "mlflow"}
HEAVY = {"sklearn", "matplotlib", "pandas", "PIL", "torch", "jax"}
PLUGINS = sorted((ROOT / "plugins").glob("*/*.py"))


def files(part: str) -> list[Path]:
    """A module's file, or all files of a package."""
    path = ROOT / "framework" / part
    return sorted(path.rglob("*.py")) if path.is_dir() else [path.with_suffix(".py")]


def for_types_only(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")


def nodes(tree: ast.AST, types: bool):
    """Every node; without those under `if TYPE_CHECKING:` unless asked for."""
    for node in ast.iter_child_nodes(tree):
        if types or not for_types_only(node):
            yield node
            yield from nodes(node, types)


def imports(file: Path, types: bool = False) -> set[str]:
    """Full names of all imports, those within functions too: modules, and names from modules."""
    found = set()
    for node in nodes(ast.parse(file.read_text()), types):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: imports are absolute"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def tops(file: Path) -> set[str]:
    return {name.partition(".")[0] for name in imports(file)}


def parts(file: Path) -> set[str]:
    """The framework's modules and packages that a file imports, `x` for framework.x.y."""
    return {name.split(".")[1] for name in imports(file) if name.startswith("framework.")}


@pytest.mark.parametrize("part", CORE)
def test_imports_of_the_core_point_down(part):
    below = {*CORE[: CORE.index(part)], part}
    for file in files(part):
        assert parts(file) <= below, file


@pytest.mark.parametrize("part", CORE)
def test_the_core_is_numpy_and_scipy_only(part):
    for file in files(part):
        assert not tops(file) & (HOSTS | HEAVY | {"plugins"}), file


def test_torch_and_jax_are_the_adapters_business():
    for file in (ROOT / "framework").rglob("*.py"):
        assert file.parent.name == "adapters" or not tops(file) & {"torch", "jax"}, file


def test_training_stands_on_the_core_alone():
    reached, new = set(), {"training"}
    while new:
        reached |= new
        new = {p for part in new for file in files(part) for p in parts(file)} - reached
    assert {"objective", "heads", "links", "params", "work"} < reached <= set(CORE)


def test_no_two_parts_of_the_framework_import_each_other():
    homes = {p.stem for p in (ROOT / "framework").iterdir() if p.suffix == ".py" or p.is_dir()}
    homes -= {"__init__", "__main__", "__pycache__", "_conf"}
    below = {
        part: {p for file in files(part) for p in parts(file)} & homes - {part} for part in homes
    }
    while below:
        free = {part for part, needs in below.items() if not needs & below.keys()}
        assert free, f"these import each other: {sorted(below)}"
        below = {part: needs for part, needs in below.items() if part not in free}


def test_the_framework_names_no_plugin():
    for file in (ROOT / "framework").rglob("*.py"):
        found = {name for name in imports(file, types=True) if name.partition(".")[0] == "plugins"}
        assert found == ({"plugins"} if file.name == "registry.py" else set()), file


@pytest.mark.parametrize("file", PLUGINS, ids=lambda f: f"{f.parent.name}/{f.stem}")
def test_plugins_import_public_names_and_never_each_other(file):
    public = {f"framework.{name}" for name in framework.__all__}
    ours = {name for name in imports(file) if name.partition(".")[0] == "framework"}
    assert ours <= public
    assert not any(name.startswith("plugins") for name in imports(file, types=True))


def isort_order(name: str) -> tuple[int, str]:
    """Constants, then classes, then functions."""
    group = 0 if name.isupper() else 1 if name[0].isupper() else 2
    return group, name


def test_all_is_sorted_and_complete():
    assert framework.__all__ == sorted(framework.__all__, key=isort_order)
    file = ROOT / "framework" / "__init__.py"
    tree = ast.parse(file.read_text())
    imported = {
        alias.asname or alias.name
        for node in nodes(ast.Module([n for n in tree.body if not defines(n)], []), types=True)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert set(framework.__all__) == imported - {"TYPE_CHECKING"}


def defines(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef | ast.ClassDef)


def test_every_public_name_can_be_imported_and_is_documented():
    for name in framework.__all__:
        public = getattr(framework, name)
        if isinstance(public, type):
            assert public.__doc__, name
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = framework.nonsense


@pytest.mark.parametrize(
    "component", discover().components.values(), ids=lambda c: f"{c.kind}={c.name}"
)
def test_every_component_says_what_it_is_and_where_it_is_from(component):
    doc = vars(component.cls).get("__doc__")
    assert doc and not doc.startswith(f"{component.cls.__name__}(")  # dataclass's own
    if component.kind in ("loss", "optim", "model"):
        assert "Source: " in doc


def test_no_plugin_of_the_tree_was_set_aside():
    registry = discover()
    assert registry.quarantined == []
    modules = {c.origin.module for c in registry.components.values()}
    assert {f"plugins.{file.parent.name}.{file.stem}" for file in PLUGINS} <= modules


@pytest.mark.parametrize("file", PLUGINS, ids=lambda f: f"{f.parent.name}/{f.stem}")
def test_everything_in_a_plugin_has_a_docstring(file):
    tree = ast.parse(file.read_text())
    assert ast.get_docstring(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            assert ast.get_docstring(node), node.name


def test_plugins_are_a_namespace_package():
    assert not list((ROOT / "plugins").rglob("__init__.py"))
    assert importlib.import_module("plugins").__file__ is None


def test_one_home_for_each_plugin():
    """A file of a plugin is named by its class: MeanSquaredError lives in mean_squared_error.py."""
    for component in discover().components.values():
        stem = Path(component.origin.path).stem
        assert stem.replace("_", "") in component.cls.__name__.lower(), component.name
