"""HDF5 files that announce more than they hold: refused before the memory is taken."""

import re
import resource
import struct

import h5py
import numpy as np
import pytest

from cessl_gui.core.types import LEADS_12
from cessl_gui.ecg.readers import read_recording
from tests.ecg.recordings import refusal

NAMES = " ".join(LEADS_12)


def rows(seed=0):
    return np.random.default_rng(seed).integers(-900, 900, (12, 700)).astype("i2")


def written(path, libver=None, unit="uV", leads=NAMES, **more):
    with h5py.File(path, "w", libver=libver) as file:
        file["signals"] = rows()
        file.attrs.update({"fs": 500, "unit": unit, **({"leads": leads} if leads else {}), **more})
    return path


def announcing(path, length, announced):
    """Let each text of this length announce another one."""
    data = path.read_bytes()
    heaps = [found.start() for found in re.finditer(b"GCOL", data)]
    olds = [struct.pack("<IQ", length, heap) for heap in heaps]
    assert sum(data.count(old) for old in olds) == 1
    for old in olds:
        data = data.replace(old, struct.pack("<I", announced) + old[4:])
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("announced", [1 << 21, 945_000_000, 0xFFFFFFFF])
def test_a_text_that_announces_too_much_is_refused(tmp_path, announced):
    path = announcing(written(tmp_path / "a.h5", unit="µV"), 3, announced)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert f"its text unit announces {announced:,} bytes" in refusal(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # KB


def test_so_is_one_text_of_several(tmp_path):
    path = written(tmp_path / "a.h5", leads=[*LEADS_12[:11], "V6 (left)"])
    assert "its text leads announces" in refusal(announcing(path, 9, 1 << 30))


def test_so_is_one_among_many_attributes(tmp_path):
    path = written(tmp_path / "a.h5", leads=[], **{f"note{i}": "x" * i for i in range(40, 90)})
    with h5py.File(path, "a") as file:
        file.attrs["leads"] = NAMES
    assert "its text leads announces" in refusal(announcing(path, len(NAMES), 1 << 30))


def test_a_text_that_nobody_asked_for_is_not_read(tmp_path):
    path = announcing(written(tmp_path / "a.h5", comment="seen by nobody"), 14, 945_000_000)
    assert read_recording(path).leads == LEADS_12


def test_a_long_text_of_fixed_length_in_a_dataset_is_left_out(tmp_path):
    path = written(tmp_path / "a.h5", leads=[])
    with h5py.File(path, "a") as file:
        file["leads"] = np.bytes_("I" * (3 << 20))
    assert read_recording(path).guesses[0].startswith("leads not named")


def test_texts_in_a_dataset_are_read(tmp_path):
    path = written(tmp_path / "a.h5", leads=[])
    with h5py.File(path, "a") as file:
        file["leads"] = list(LEADS_12)
    assert read_recording(path).leads == LEADS_12


def test_texts_in_a_dataset_that_announce_too_much_are_refused(tmp_path):
    path = written(tmp_path / "a.h5", leads=[], unit=np.bytes_("uV"))
    with h5py.File(path, "a") as file:
        file["leads"] = [*LEADS_12[:11], "V6 (left)"]
    assert "its text leads announces" in refusal(announcing(path, 9, 945_000_000))


def test_samples_that_were_never_written_are_no_zeros(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("signals", (12, 5000), "f4")
        file.attrs.update({"fs": 500, "unit": "mV", "leads": NAMES})
    assert "announces 240,000 bytes of samples and holds 0" in refusal(tmp_path / "a.h5")


@pytest.mark.parametrize("libver", [None, "latest"])
def test_texts_behind_many_others_are_found(tmp_path, libver):
    path = written(tmp_path / "a.h5", libver, zone="Berlin")
    with h5py.File(path, "a", libver=libver) as file:
        for i in range(6):
            file["signals"].attrs[f"note{i}"] = "words " * 50
        file["signals"].attrs["unit"] = "mV"
    assert np.allclose(read_recording(path).signal_mv, rows())
