"""Shared fixtures: where the real ECGs lie, and Qt without a screen."""

import gc
import os
import shutil
import sys
from contextlib import contextmanager
from functools import partial
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
if "PYTEST_XDIST_WORKER" in os.environ:
    # Read when torch is loaded: the other core has a worker of its own. Who computes on both all the same waits asleep.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import pytest

from cessl_gui.store.project import Project

_CHECKOUT = Path(__file__).resolve().parent.parent
IN_MEMORY, ROOM = Path("/dev/shm"), 4 << 30  # bytes; a container may have as little as 64 MB there


def _folder(variable: str, default: str, what: str) -> Path:
    folder = Path(os.environ.get(variable, _CHECKOUT.parent / "shared" / default))
    if not folder.is_dir():
        reason = f"{what} are not at {folder}; set {variable} to their folder"
        if os.environ.get("CESSL_DATA_REQUIRED"):
            pytest.fail(reason)
        pytest.skip(reason)
    return folder


def pytest_configure():
    """Projects of tests lie in memory where it has room: each commit waits for the disk, and a test makes dozens."""
    has_room = IN_MEMORY.is_dir() and shutil.disk_usage(IN_MEMORY).free > ROOM
    if has_room and not os.statvfs(IN_MEMORY).f_flag & os.ST_NOEXEC:  # one test runs the Python that it has made there
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(IN_MEMORY))


def pytest_collection_finish():
    """What is imported and collected by now stays: no later collection of garbage looks at it again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def cessl_data() -> Path:
    """Folder of the real ECGs (read-only, never copied into the project)."""
    return _folder("CESSL_DATA", "data", "the real ECGs")


@pytest.fixture(scope="session")
def cessl_parity() -> Path:
    """Folder of the tensors recorded from the published implementation."""
    return _folder("CESSL_PARITY_DIR", "parity", "the recorded tensors of the published implementation")


@pytest.fixture(scope="session", autouse=True)
def home_of_the_tests(tmp_path_factory):
    """What the program keeps outside projects goes to a temporary folder: no test writes into anybody's home."""
    folder = str(tmp_path_factory.mktemp("home"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", folder)
        patch.setenv("XDG_CONFIG_HOME", folder)
        yield


@pytest.fixture(scope="module")
def configured_data_alone():
    """CESSL_DATA, where a person or CI has set it, would take the place of the folder that a configuration names."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("CESSL_DATA", raising=False)
        yield


@pytest.fixture(scope="module")
def few_draws():
    """Intervals on the card of a backbone from 50 bootstrap draws: a thousand take longer than the training."""
    from cessl_gui.learn.judging import metrics

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(metrics, "bootstrap_interval", partial(metrics.bootstrap_interval, draws=50))
        yield


@contextmanager
def full_disk(left: int = 0):
    """No file takes more than so many bytes: writes end as on a full disk, with another word for it."""
    if sys.platform == "win32":
        pytest.skip("Windows has no such limit")
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (left, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture
def project(tmp_path):
    """An empty open project."""
    with Project.open(tmp_path / "ward.cessl") as opened:
        yield opened
