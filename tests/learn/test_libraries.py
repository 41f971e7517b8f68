"""torch is loaded behind the window, and is then the torch that it always is."""

import os
import subprocess
import sys
import threading

import pytest

from cessl_gui.core.errors import Cancelled
from cessl_gui.learn import libraries

WATCHED = """
import gc, sys, threading
from cessl_gui.learn import libraries
order, load, opened = [], libraries.scipy_later.load, libraries._open_libraries
libraries.scipy_later.load = lambda: (load(), order.append("scipy"))
libraries._open_libraries = lambda: (opened(), order.extend(name in sys.modules for name in ("h5py", "torch")))
thread = threading.Thread(target=libraries.load_torch)
thread.start()
thread.join()
libraries.load_torch()
import torch
print(torch.ones(3).sum().item(), gc.isenabled(), gc.get_freeze_count() > 100_000, order, sep="|")
"""


@pytest.fixture(scope="module")
def loaded() -> dict[str, str]:
    """What a process says that has loaded torch in a thread: name -> word."""
    done = subprocess.run([sys.executable, "-c", WATCHED], capture_output=True, text=True, check=True)
    return dict(zip(("sum", "collecting", "frozen", "order"), done.stdout.strip().split("|"), strict=True))


def test_torch_computes_as_before(loaded):
    assert loaded["sum"] == "3.0"


def test_garbage_is_collected_again_once_torch_is_there(loaded):
    assert loaded["collecting"] == "True"


def test_what_torch_made_is_left_out_of_later_collections(loaded):
    assert loaded["frozen"] == "True"


def test_no_other_library_is_loaded_while_that_of_torch_is_opened(loaded):
    assert loaded["order"] == "['scipy', True, False]"


@pytest.fixture
def never_loaded(monkeypatch):
    """torch takes until the test is over."""
    over = threading.Event()
    monkeypatch.setattr(libraries, "_load", over.wait)
    yield over
    over.set()


def cancel():
    raise Cancelled


def test_a_cancel_is_answered_while_torch_is_loaded(never_loaded):
    with pytest.raises(Cancelled):
        libraries.load_torch(cancel)
    assert not never_loaded.is_set()


def test_what_fails_while_torch_is_loaded_is_said(monkeypatch):
    monkeypatch.setattr(libraries, "_load", cancel)
    with pytest.raises(Cancelled):
        libraries.load_torch()


STEP = """
import sys
from tests.learn.adapting import job, run
run(job(mode="fast"))
print([name for name in ("torch._dynamo", "sympy") if name in sys.modules])
"""


def test_a_training_loads_no_compiler():
    """torch brings one for its own optimizer and its empty layers; no stop is answered while it is imported."""
    done = subprocess.run([sys.executable, "-c", STEP], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_numpy_multiplies_on_one_thread():
    """Several wait for each other, thousands of times in the fits of an output layer."""
    code = (
        "import cessl_gui, numpy, scipy.linalg, threadpoolctl;"
        "print({one['num_threads'] for one in threadpoolctl.threadpool_info() if one['user_api'] == 'blas'})"
    )
    bare = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=bare)
    assert done.stdout.strip() == "{1}"
