"""Shared fixtures: where the real ECGs lie, and Qt without a screen."""

import os
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest

_CHECKOUT = Path(__file__).resolve().parent.parent


def _folder(variable: str, default: str, what: str) -> Path:
    folder = Path(os.environ.get(variable, _CHECKOUT.parent / "shared" / default))
    if not folder.is_dir():
        reason = f"{what} are not at {folder}; set {variable} to their folder"
        if os.environ.get("CESSL_DATA_REQUIRED"):
            pytest.fail(reason)
        pytest.skip(reason)
    return folder


@pytest.fixture(scope="session")
def cessl_data() -> Path:
    """Folder of the real ECGs (read-only, never copied into the project)."""
    return _folder("CESSL_DATA", "data", "the real ECGs")


@pytest.fixture(scope="session")
def cessl_parity() -> Path:
    """Folder of the tensors recorded from the published implementation."""
    return _folder("CESSL_PARITY_DIR", "parity", "the recorded tensors of the published implementation")
