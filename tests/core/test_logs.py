"""A log outside a project names no file and nobody, and only its owner reads it."""

import logging
import os
import stat
import sys

import pytest

from cessl_gui.core import logs


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "program" / "cessl-gui.log"
    root, before = logging.getLogger(), logging.getLogger().handlers[:]
    root.handlers.clear()
    logs.log_to(path)
    yield path
    for handler in root.handlers:
        handler.close()
    root.handlers[:] = before


def test_neither_a_message_nor_a_traceback_names_a_file(log):
    ours = logging.getLogger("cessl_gui.ecg")
    try:
        try:
            open("/ward/Müller_Hans.hea")  # noqa: PTH123, SIM115
        except OSError as error:
            raise ValueError("Müller_Hans is not read") from error
    except ValueError:
        ours.warning("%s could not be read after %d s", "/ward/Müller_Hans.hea", 7, exc_info=True)
    logging.getLogger("wfdb").warning("Müller_Hans.hea is odd")
    text = log.read_text(encoding="utf-8")
    assert "Müller" not in text
    assert "ward" not in text
    assert "could not be read after 7 s" in text
    assert "ValueError" in text
    assert "FileNotFoundError" in text
    assert "test_logs.py:" in text


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_the_log_is_its_owners_alone(log):
    logging.getLogger("cessl_gui").warning("here")
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert stat.S_IMODE(log.parent.stat().st_mode) == 0o700


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_permissions_that_a_person_chose_are_kept(log):
    log.chmod(0o640)
    logging.getLogger("cessl_gui").warning("here")
    assert stat.S_IMODE(log.stat().st_mode) == 0o640
    assert os.access(log, os.R_OK)
