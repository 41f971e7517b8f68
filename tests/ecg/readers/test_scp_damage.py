"""SCP-ECG with broken, missing or impossible sections: what is there is read, and what is not is said."""

import struct

import numpy as np
import pytest

from cessl_gui.ecg.readers import read_recording
from tests.ecg.readers import scp_files as scp
from tests.ecg.readers.scp_signals import beside, coded_by_own_tables, counts, own_tables, stored, with_beats
from tests.ecg.recordings import refusal


@pytest.mark.parametrize("number", [1, 4, 5, 7, 8, 10])
@pytest.mark.parametrize("held", [b"", b"\xff", b"\x07\xff\xff\x01", b"\xff" * 40])
def test_a_broken_section_that_is_not_needed_does_not_stop_the_rest(tmp_path, number, held):
    rows = counts()
    record = read_recording(scp.record(tmp_path, scp.simple(rows) | {number: held}))
    assert np.array_equal(stored(record), rows)


def test_a_section_that_lies_elsewhere_is_a_warning(tmp_path):
    rows = counts()
    path = scp.record(tmp_path, scp.simple(rows) | {8: scp.statements([b"AF"])})
    data = bytearray(path.read_bytes())
    struct.pack_into("<I", data, 22 + 8 * 10 + 6, 300)
    path.write_bytes(data)
    record = read_recording(path)
    assert beside(record, "section 8 is not where the file says")
    assert np.array_equal(stored(record), rows)


def test_a_wrong_checksum_opens_with_a_warning(tmp_path):
    path = scp.record(tmp_path, scp.simple(counts()))
    data = bytearray(path.read_bytes())
    data[-1] ^= 0x10
    path.write_bytes(data)
    record = read_recording(path)
    assert beside(record, "checksum of the file")
    assert beside(record, "checksum of section 6")
    assert not beside(record, "checksum of section 3")


def test_a_file_cut_off_shows_what_is_there(tmp_path):
    rows = counts()
    path = scp.record(tmp_path, scp.simple(rows))
    path.write_bytes(path.read_bytes()[:-400])
    record = read_recording(path)
    assert beside(record, "the file is cut off")
    assert beside(record, "lead V1 ends before its end is due")
    last = record.signal_mv[record.leads.index("V1")]
    there = np.isfinite(last)
    assert 0 < there.sum() < len(last)
    assert np.array_equal(np.rint(last[there] / 0.0025), rows[2, : there.sum()])
    assert np.array_equal(stored(record, names=("I", "II")), rows[:2])


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        ({3: None}, "without its leads"),
        ({6: None}, "without its rhythm"),
        ({3: b"\x05\0"}, "5 leads"),
        ({3: struct.pack("<BBIIB", 1, 4, 9, 2, 1)}, "ends before it begins"),
        ({3: struct.pack("<BBIIB", 1, 4, 1, 0xFFFFFFFF, 1)}, "4,294,967,295 samples"),
        ({2: struct.pack("<HH", 3, 900)}, "table of codes"),
        ({6: scp.coded(counts(), step_nv=0)}, "0 nV"),
        ({6: scp.coded(counts(), decimated=1)}, "section 4"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path, broken, says):
    sections = scp.simple(counts()) | broken
    path = scp.record(tmp_path, {number: held for number, held in sections.items() if held is not None})
    assert says in refusal(path)


@pytest.mark.parametrize(("gone", "says"), [(4, "section 4"), (5, "section 5")])
def test_a_residue_is_never_shown_without_its_beats(tmp_path, gone, says):
    sections = with_beats()[0]
    del sections[gone]
    assert says in refusal(scp.record(tmp_path, sections))


def test_a_damaged_lead_leaves_the_others(tmp_path):
    rows = counts()
    sections = scp.simple(rows, order=1, code=coded_by_own_tables)
    # Of the second table "01" is no code.
    sections |= {2: own_tables()}
    data = bytearray(sections[6])
    sizes = struct.unpack_from("<3H", data, 6)
    data[12 + sizes[0] : 14 + sizes[0]] = bytes([0b11101000, 0])
    record = read_recording(scp.record(tmp_path, sections | {6: bytes(data)}))
    assert beside(record, "lead II are damaged")
    assert np.isnan(record.signal_mv[record.leads.index("II")]).all()
    assert np.array_equal(stored(record, names=("I", "V1")), rows[[0, 2]])


def test_a_file_of_that_name_alone_is_not_taken_for_it(tmp_path):
    path = tmp_path / "other.scp"
    path.write_bytes(bytes(range(256)) * 30)
    assert "no format" in refusal(path)
