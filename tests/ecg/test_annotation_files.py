"""WFDB annotation files: the format against the wfdb package, and marks that come back as they were."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cessl_gui.core.annotations import Annotation
from cessl_gui.core.errors import UnreadableRecording
from cessl_gui.core.types import LEADS_12
from cessl_gui.ecg.annotation_files import read_annotations, write_annotations
from cessl_gui.ecg.wfdb_annotations import Entry, decode, encode

PVC, AF = "427172004", "164889003"
TEXTS = st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=60)
ENTRIES = st.lists(
    st.builds(
        Entry,
        sample=st.integers(0, 5_000_000_000),
        kind=st.integers(1, 49),
        subtype=st.integers(-128, 127),
        channel=st.integers(0, 255),
        number=st.integers(-128, 127),
        aux=TEXTS,
    ),
    max_size=20,
).map(lambda entries: sorted(entries, key=lambda entry: entry.sample))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ENTRIES)
def test_what_is_written_is_read(entries):
    assert list(decode(encode(entries))) == entries


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_in_words(content):
    try:
        list(decode(content))
    except UnreadableRecording as error:
        assert error.todo


def test_the_wfdb_package_reads_what_we_write(tmp_path):
    import wfdb

    entries = [Entry(10, 1), Entry(400, 5, channel=2), Entry(90_000, 28, aux="(AFIB"), Entry(200_000, 8, subtype=3)]
    (tmp_path / "100.mark").write_bytes(encode(entries))
    theirs = wfdb.rdann(str(tmp_path / "100"), "mark")
    assert list(zip(theirs.sample, theirs.symbol, theirs.chan, theirs.subtype, strict=True)) == [
        (10, "N", 0, 0),
        (400, "V", 2, 0),
        (90_000, "+", 0, 0),
        (200_000, "A", 0, 3),
    ]


def test_we_read_what_the_wfdb_package_writes(tmp_path):
    import wfdb

    samples = np.array([5, 700, 70_000, 900_000])
    wfdb.wrann(
        *("100", "atr", samples, ["N", "V", "+", "A"]), aux_note=["", "", "(AFL", ""], fs=360, write_dir=str(tmp_path)
    )
    entries = [e for e in decode((tmp_path / "100.atr").read_bytes()) if not e.aux.startswith("##")]
    assert [(e.sample, e.kind, e.aux) for e in entries] == [
        (5, 1, ""),
        (700, 5, ""),
        (70_000, 28, "(AFL"),
        (900_000, 8, ""),
    ]


def test_a_real_file_is_read_as_by_the_wfdb_package(cessl_data):
    import wfdb

    path = min((cessl_data / "ludb").rglob("*.ii"))
    theirs = wfdb.rdann(str(path.with_suffix("")), "ii")
    assert [e.sample for e in decode(path.read_bytes())] == theirs.sample.tolist()


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(
            st.sampled_from([PVC, AF, "local:odd beat, here"]),
            st.integers(0, 500_000),
            st.none() | st.integers(1, 500_000),
            st.sampled_from(["", *LEADS_12]),
        ),
        max_size=8,
    )
)
def test_marks_come_back_as_they_were(tmp_path_factory, drawn):
    marks = [
        Annotation(f"m{i}", code, start / 500, None if length is None else (start + length) / 500, lead)
        for i, (code, start, length, lead) in enumerate(drawn)
    ]
    path = tmp_path_factory.mktemp("marks") / "100.mark"
    write_annotations(path, marks, 500, LEADS_12)
    assert read_annotations(path, 500, LEADS_12) == sorted(marks, key=lambda mark: (mark.start_s, mark.id))


def foreign(tmp_path, *entries: Entry) -> list[Annotation]:
    path = tmp_path / "100.atr"
    path.write_bytes(encode(entries))
    return read_annotations(path, 100, LEADS_12)


def test_a_beat_of_another_program_carries_its_statement(tmp_path):
    (mark,) = foreign(tmp_path, Entry(250, 5))
    assert (mark.code, mark.start_s, mark.end_s) == (PVC, 2.5, None)


def test_normal_beats_carry_no_statement(tmp_path):
    assert foreign(tmp_path, Entry(10, 1), Entry(90, 1)) == []


def test_a_rhythm_lasts_until_the_next_one(tmp_path):
    (mark,) = foreign(tmp_path, Entry(100, 28, aux="(AFIB"), Entry(300, 28, aux="(N"), Entry(900, 1))
    assert (mark.code, mark.start_s, mark.end_s) == (AF, 1.0, 3.0)


def test_the_last_rhythm_lasts_until_the_last_annotation(tmp_path):
    (mark,) = foreign(tmp_path, Entry(100, 28, aux="(AFIB"), Entry(900, 1))
    assert mark.end_s == 9.0


def test_a_file_that_states_its_rate_is_read_by_it(tmp_path):
    (mark,) = foreign(tmp_path, Entry(0, 22, aux="## time resolution: 250"), Entry(250, 5))
    assert mark.start_s == 1.0


def test_marks_of_another_file_have_the_same_ids_each_time(tmp_path):
    assert foreign(tmp_path, Entry(250, 5)) == foreign(tmp_path, Entry(250, 5))


def test_a_file_that_is_cut_is_refused(tmp_path):
    path = tmp_path / "100.atr"
    path.write_bytes(encode([Entry(250, 5)])[:-2])
    with pytest.raises(UnreadableRecording, match="end mark"):
        read_annotations(path, 100, LEADS_12)
