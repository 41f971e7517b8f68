"""torch's library is opened before torch is imported, and changes nothing else."""

import subprocess
import sys

import pytest

OPENED = (
    "import sys; from cessl_gui.learn.libraries import open_libraries; open_libraries();"
    "print('libtorch_cpu' in open('/proc/self/maps').read(), 'torch' in sys.modules)"
)
COMPUTES = (
    "from cessl_gui.learn.libraries import open_libraries; open_libraries(); open_libraries();"
    "import torch; print(torch.ones(3).sum().item())"
)
linux_only = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the list of open libraries is Linux's")


def said(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


@linux_only
def test_the_library_is_open_and_torch_not_imported():
    assert said(OPENED) == "True False"


def test_torch_computes_as_before():
    assert said(COMPUTES) == "3.0"
