"""Plain recordings are read without the wfdb package, to the same bits; all others are left to it."""

import numpy as np
import pytest
import wfdb

from cessl_gui.ecg.readers import find_recordings
from cessl_gui.ecg.readers.wfdb_plain import read_plain
from tests.ecg.recordings import noise, write


def test_plain_recordings_are_the_same_bits_as_those_of_the_wfdb_package(cessl_data):
    paths = [p for name in ("ptbxl", "challenge", "ludb") for p in find_recordings([cessl_data / name])[::41]]
    plain = 0
    for path in paths:
        found = read_plain(path, path.read_text())
        try:
            wanted = wfdb.rdrecord(str(path.with_suffix("")), return_res=32)
        except ValueError:  # a date or a name that the package rejects
            continue
        assert found.p_signal.tobytes() == np.ascontiguousarray(wanted.p_signal).tobytes()
        assert (found.fs, found.sig_name, found.units) == (wanted.fs, wanted.sig_name, wanted.units)
        assert found.comments == wanted.comments
        plain += 1
    assert plain > 20


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (" 16 ", " 80 "),  # another storage
        ("r1.dat", "r2.dat"),  # in one line of several: two files
        ("/mV", ""),  # a unit by default
        (" 0 II", ""),  # fields left out
    ],
)
def test_forms_that_are_left_to_the_wfdb_package(tmp_path, old, new):
    path = write(tmp_path, noise())
    assert read_plain(path, path.read_text()) is not None
    first, *rows = path.read_text().splitlines()
    rows[1] = rows[1].replace(old, new)
    assert read_plain(path, "\n".join([first, *rows])) is None
