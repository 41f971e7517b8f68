"""The direction of imports, read from the source: a wrong one fails here before it spreads."""

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "cessl_gui"

# What a room may import of the project, and which outside packages it must not touch.
MAY_IMPORT = {
    "core": {"core"},
    "ecg": {"core", "ecg"},
    "learn": {"core", "ecg", "learn"},
    "store": {"core", "store"},
    "tasks": {"core", "ecg", "learn", "store", "tasks"},
    "cli": {"core", "ecg", "learn", "store", "tasks", "cli"},
    "bridge": {"core", "ecg", "learn", "store", "tasks", "bridge"},
    "ui": {"core", "ecg", "bridge", "ui"},
}
QT = {"PySide6", "pyqtgraph"}
MUST_NOT = {
    "core": QT | {"torch", "scipy", "wfdb", "h5py", "sqlite3"},
    "ecg": QT | {"torch", "sqlite3"},
    "learn": QT | {"sqlite3", "wfdb"},
    "store": QT | {"torch", "scipy", "wfdb"},
    "tasks": QT | {"sqlite3"},
    "cli": QT | {"sqlite3"},
    "bridge": {"torch", "sqlite3", "h5py", "wfdb", "pyqtgraph"},
    "ui": {"torch", "sqlite3", "h5py", "wfdb"},
}


@cache
def imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, "imports are absolute, so that the direction can be read"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


SOURCES = sorted(p for p in PACKAGE.rglob("*.py") if p.parent != PACKAGE)


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_go_down_only(path):
    room = path.relative_to(PACKAGE).parts[0]
    for name in imported(path):
        parts = name.split(".")
        if parts[0] == "cessl_gui" and len(parts) > 1 and (PACKAGE / parts[1]).is_dir():
            assert parts[1] in MAY_IMPORT[room], f"{room} must not import {name}"
        assert parts[0] not in MUST_NOT[room], f"{room} must not import {name}"


@cache
def of_module(name: str) -> set[str]:
    """The names that a module of the checkout defines or imports, and those of the modules in it."""
    place = PACKAGE.parent.joinpath(*name.split("."))
    file = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
    names = {path.stem for path in place.iterdir()} if place.is_dir() else set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if file.exists() else ():
        match node:
            case ast.FunctionDef() | ast.ClassDef():
                names.add(node.name)
            case ast.Import() | ast.ImportFrom():
                names |= {alias.asname or alias.name for alias in node.names}
            case ast.Name(ctx=ast.Store()):
                names.add(node.id)
    return names


@pytest.mark.parametrize("folder", ["cessl_gui", "benchmarks"])
def test_what_is_imported_is_there(folder):
    """Also what is imported within a function, or by a benchmark that no test runs."""
    missing = [
        f"{path.name}:{node.lineno}: {node.module}.{alias.name}"
        for path in (PACKAGE.parent / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module.split(".")[0] in ("cessl_gui", "benchmarks")
        for alias in node.names
        if alias.name not in of_module(node.module)
    ]
    assert missing == []


# What takes long to load, or is needed for what a reader seldom does.
LATER = (
    *("torch", "pandas", "wfdb", "scipy.signal", "scipy.stats", "h5py", "rapidfuzz", "psycopg", "keyring", "pyqtgraph"),
    *("importlib.metadata", "multiprocessing", "concurrent.futures", "pydicom", "edfio", "pypdf"),
    *("cryptography", "safetensors"),
    *("cessl_gui.ecg.readers.scp_ecg.scp", "cessl_gui.ecg.writers", "cessl_gui.tasks.recordings.reading_ahead"),
    *(
        "cessl_gui.ui.training.view",
        "cessl_gui.ui.shell.main_rooms.help_room",
        "cessl_gui.ui.shell.main_rooms.settings",
    ),
)


@pytest.fixture(scope="module")
def loaded_with_the_window() -> set[str]:
    code = "import sys, cessl_gui.ui.shell.app; print(*sys.modules)"
    return set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split())


@pytest.mark.parametrize("name", LATER)
def test_the_window_loads_without(name, loaded_with_the_window):
    assert name not in loaded_with_the_window, "import it inside the function that needs it"


def test_the_commands_load_without_torch_pandas_wfdb_or_scipy():
    slow = ["torch", "pandas", "wfdb", "scipy.signal", "scipy.stats"]
    code = f"import sys, cessl_gui.cli; print([m for m in {slow} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]", "import it inside the function that needs it: it takes seconds to load"


def test_what_the_window_paints_loads_no_more_of_numpy():
    """These load numpy.ma at their first call, 25 ms of the window's first picture."""
    calls = re.compile(r"np\.(quantile\(|percentile\(|unique\(|ma\.)")
    found = [str(path) for path in (PACKAGE / "ui").rglob("*.py") if calls.search(path.read_text(encoding="utf-8"))]
    assert found == []


def test_every_room_is_covered():
    rooms = {p.name for p in PACKAGE.iterdir() if p.is_dir() and (p / "__init__.py").exists()}
    assert rooms == set(MAY_IMPORT)


# The rooms of the window, from the bottom up: a room may import those before it.
WINDOW_ROOMS = ("parts", "page", "reading", "evidence", "training", "worklist", "shell")
WINDOW_MAY_ALSO = {"page": set(), "reading": {"page"}, "evidence": {"page"}, "training": {"page"}, "worklist": {"page"}}


@pytest.mark.parametrize("path", sorted((PACKAGE / "ui").rglob("*.py")), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_rooms_of_the_window_import_one_way(path):
    room = path.relative_to(PACKAGE / "ui").parts[0]
    if room == "__init__.py":
        return
    allowed = {"parts", room} | WINDOW_MAY_ALSO.get(room, set(WINDOW_ROOMS) if room == "shell" else set())
    for name in imported(path):
        if name.startswith("cessl_gui.ui."):
            assert name.split(".")[2] in allowed, f"ui/{room} must not import {name}"


# Of large packages: each subpackage, and which others of the same package it may import. All may use its own level.
SUBPACKAGES = {
    "bridge": {"background": set(), "reader": {"background"}, "models": {"background"}},
    "store": {
        "columns": set(),
        "folder": {"tables"},
        "log": {"sqlite"},
        "sqlite": {"log", "folder", "care"},
        "tables": {"columns", "folder", "log", "sqlite"},
        "care": {"exchange", "folder", "log", "sqlite"},
        "exchange": {"care", "folder", "log", "sqlite", "tables"},
    },
    "tasks": {
        "recordings": set(),
        "worklist": set(),
        "models": {"recordings"},
        "team": {"recordings", "models"},
        "export": {"recordings", "models"},
        "labels": {"export"},
        "evaluation": {"recordings", "models", "labels"},
    },
    "ecg/readers": {
        "wfdb": set(),
        "tables": {"wfdb"},
        "scp_ecg": set(),
        "xml": set(),
        "binary": set(),
        "ecgdatakit": set(),
    },
    "ui/page": {
        "layout": set(),
        "bars": {"layout"},
        "drawing": {"layout", "tools"},
        "tools": {"layout", "drawing"},
    },
    "ui/shell": {
        "notices": set(),
        "start_page": set(),
        "commands": {"notices"},
        "main_rooms": {"commands", "start_page"},
    },
}


@pytest.mark.parametrize("package", SUBPACKAGES)
def test_subpackages_import_one_way(package):
    allowed, above = SUBPACKAGES[package], f"cessl_gui.{package.replace('/', '.')}."
    wrong = [
        f"{package}/{own} must not import {name}"
        for own, others in allowed.items()
        for path in (PACKAGE / package / own).glob("*.py")
        for name in imported(path)
        if name.startswith(above) and name.removeprefix(above).split(".")[0] in allowed.keys() - others - {own}
    ]
    assert wrong == []


@pytest.mark.parametrize("package", SUBPACKAGES)
def test_every_subpackage_is_covered(package):
    found = {path.name for path in (PACKAGE / package).iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert found == SUBPACKAGES[package].keys()


def test_every_room_of_the_window_is_covered():
    assert {p.name for p in (PACKAGE / "ui").iterdir() if p.is_dir() and p.name != "__pycache__"} == set(WINDOW_ROOMS)
