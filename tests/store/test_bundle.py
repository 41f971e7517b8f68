"""A bundle carries a project's acts to another, as one signed file, bounded before it is read."""

import gzip
import json
import tracemalloc
from threading import Thread

import pytest

from cessl_gui.core.errors import DiskFull, NotWritten, ProjectError
from cessl_gui.core.types import State
from cessl_gui.store.care.verify import verify
from cessl_gui.store.exchange import bundle, union
from cessl_gui.store.log import device
from cessl_gui.store.project import Project
from tests.records import shown_labels
from tests.store.desks import AF, record, whole
from tests.store.projects import fill


@pytest.fixture
def written(tmp_path):
    """The bundle of a project with something of everything."""
    with Project.open(fill(tmp_path / "one.cessl")) as one:
        one.labels.set("r2", AF, State.ABSENT, "ann")
        bundle.write(one, tmp_path / "one.bundle")
        expected = whole(one)
    return tmp_path / "one.bundle", expected


def test_all_that_people_did_arrives(written, tmp_path):
    path, expected = written
    with Project.open(tmp_path / "two.cessl") as two:
        taken = bundle.merge(two, path)
        assert (taken.records, taken.refused) == (2, [])
        assert whole(two) == expected
        assert bundle.merge(two, path).acts == 0, "twice is once"
        assert whole(two) == expected
    assert verify(tmp_path / "two.cessl").wrong == []


def test_what_is_given_while_a_bundle_is_written_leaves_it_whole(tmp_path, monkeypatch):
    facts = Project.facts

    def labelled_meanwhile(self):
        for fact in facts(self):
            given = Thread(target=one.labels.set, args=("r2", AF, State.UNCERTAIN, "ann"))
            given.start()
            given.join()
            yield fact

    with Project.open(fill(tmp_path / "one.cessl")) as one, Project.open(tmp_path / "two.cessl") as two:
        before = whole(one)
        monkeypatch.setattr(Project, "facts", labelled_meanwhile)
        bundle.write(one, tmp_path / "one.bundle")
        assert bundle.merge(two, tmp_path / "one.bundle").refused == []
        assert whole(two) == before


def test_no_place_of_a_recording_goes_out(written):
    assert b"/x/1.hea" not in gzip.decompress(written[0].read_bytes())


def test_two_desks_that_exchange_bundles_end_the_same(written, tmp_path):
    path, _ = written
    with Project.open(tmp_path / "two.cessl") as two, Project.open(tmp_path / "one.cessl") as one:
        bundle.merge(two, path)
        two.labels.set("r1", AF, State.UNCERTAIN, "bob")
        one.labels.set("r1", AF, State.ABSENT, "ann")
        for number, (source, into) in enumerate([(one, two), (two, one)]):
            bundle.write(source, tmp_path / f"{number}.bundle")
            bundle.merge(into, tmp_path / f"{number}.bundle")
        assert whole(one) == whole(two)


def lines_of(path) -> list[bytes]:
    return gzip.decompress(path.read_bytes()).splitlines(keepends=True)


def head_says(lines, **change):
    kind, head = json.loads(lines[0])
    return [json.dumps([kind, head | change]).encode() + b"\n", *lines[1:]]


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (lambda lines: [*lines[:-2], lines[-2].replace(b"ann", b"eve"), lines[-1]], "was altered after it was written"),
        (lambda lines: lines[:-1], "is no bundle"),
        (lambda lines: [*lines[:3], *lines[4:]], "is no bundle|was altered"),
        (lambda lines: [*lines, b"more\n"], "is no bundle"),
        (lambda lines: [b"Dear colleague,\n"], "is no bundle"),
        (lambda lines: head_says(lines, format="cessl bundle 99"), "is no bundle"),
        (lambda lines: head_says(lines, acts=10**15), "is no bundle"),
        (lambda lines: head_says(lines, acts=-1), "is no bundle"),
        (lambda lines: [b"[" * 100_000 + b"\n", *lines], "is no bundle"),
        (lambda lines: [lines[0], b"x" * (2 << 20) + b"\n", *lines[2:]], "is no bundle"),
    ],
)
def test_what_is_no_sound_bundle_is_refused_and_changes_nothing(written, tmp_path, harm, words):
    path, _ = written
    path.write_bytes(gzip.compress(b"".join(harm(lines_of(path)))))
    with Project.open(tmp_path / "two.cessl") as two, pytest.raises(ProjectError, match=words):
        bundle.merge(two, path)
    assert verify(tmp_path / "two.cessl").acts == 0


@pytest.mark.parametrize("content", [b"", b"\x1f\x8b", b"no gzip", gzip.compress(b"x" * 1000, mtime=0)[:20]])
def test_what_is_no_file_of_ours_gets_a_sentence(tmp_path, content):
    (tmp_path / "a.bundle").write_bytes(content)
    with Project.open(tmp_path / "two.cessl") as two, pytest.raises(ProjectError, match=r"a\.bundle"):
        bundle.merge(two, tmp_path / "a.bundle")


def signed_again(path, change):
    """A stranger's bundle: lines changed, then signed with a key as it should be."""
    import hashlib

    lines = change(lines_of(path)[:-1])
    signature = device.private_key().sign(bundle._signed(hashlib.sha256(b"".join(lines)).digest()))
    last = json.dumps(["signature", [device.public_key(), signature.hex()]]).encode() + b"\n"
    path.write_bytes(gzip.compress(b"".join([*lines, last])))


@pytest.mark.parametrize(
    "change",
    [
        lambda lines: [line if b'["act"' not in line else b'["act",[1,2]]\n' for line in lines],
        lambda lines: [line if b'["device"' not in line else b'["device",[1]]\n' for line in lines],
    ],
)
def test_values_that_no_project_has_are_refused_though_they_are_signed(written, tmp_path, change):
    path, _ = written
    signed_again(path, change)
    with Project.open(tmp_path / "two.cessl") as two, pytest.raises(ProjectError):
        bundle.merge(two, path)
    with Project.open(tmp_path / "two.cessl") as two:
        assert two.records.ids() == []


IMPOSSIBLE = [
    (b'"ECG 1"', b"7"),
    (b'"fs_hz":500.0', b'"fs_hz":-1.0'),
    (b'"fs_hz":500.0', b'"fs_hz":NaN'),
    (b'"contents":["r1"]', b'"contents":["r1","../../x"]'),
    (b'"contents":["r1"]', b'"contents":{"r1":1}'),
    (b'"samples":500', b'"samples":1e99'),
    (b'"leads":"[', b'"leads":"[7,'),
]


@pytest.mark.parametrize("is_, becomes", IMPOSSIBLE)
def test_a_recording_that_no_project_can_have_is_left_out_and_said(written, tmp_path, is_, becomes):
    path, _ = written

    def change(lines: list[bytes]) -> list[bytes]:
        assert any(is_ in line for line in lines)
        return [line.replace(is_, becomes) if b'"id":"r1"' in line else line for line in lines]

    signed_again(path, change)
    with Project.open(tmp_path / "two.cessl") as two:
        taken = bundle.merge(two, path)
        assert ("r1" in two.records.ids(), taken.refused) == (
            False,
            ["1 recording described by values that no project has left out."],
        )


def test_acts_that_were_altered_and_signed_by_another_are_left_out(written, tmp_path):
    path, _ = written
    signed_again(path, lambda lines: [line.replace(b'"ann"', b'"eve"') for line in lines])
    with Project.open(tmp_path / "two.cessl") as two:
        taken = bundle.merge(two, path)
        assert taken.acts < len(lines_of(path))
        assert "was altered" in taken.refused[0]
        assert "eve" not in {row["reader"] for row in shown_labels(two)}


def test_nothing_else_is_written_over(written, tmp_path):
    other = tmp_path / "letter.txt"
    other.write_text("Dear colleague,")
    with Project.open(tmp_path / "one.cessl") as one:
        with pytest.raises(NotWritten, match="is no bundle"):
            bundle.write(one, other)
        bundle.write(one, written[0])


def test_a_bundle_is_taken_in_without_being_in_memory(tmp_path, monkeypatch):
    """6 MB of notes: half of it on one record, the others apart."""
    monkeypatch.setattr(union, "TOGETHER_TEXT", 400_000)
    with Project.open(tmp_path / "one.cessl") as one, one.atomic():
        for number in range(10):
            one.records.add(record(number))
        for number in range(60):
            one.notes.set(f"r{number // 10 if number % 2 else 0}", f"{number} " + "x" * 99_000, "ann", "")
    with Project.open(tmp_path / "one.cessl") as one:
        bundle.write(one, tmp_path / "one.bundle")
    with Project.open(tmp_path / "two.cessl") as two:
        tracemalloc.start()
        try:
            taken = bundle.merge(two, tmp_path / "one.bundle")
            most = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert taken.acts == 60
    assert most < 4_000_000


def test_who_cancels_a_bundle_of_long_notes_waits_for_no_more_than_some_of_them(tmp_path, monkeypatch):
    """Writing, the signature, looking and taking in each ask after so much text, however few the acts are."""
    monkeypatch.setattr(union, "TOGETHER_TEXT", 300_000)
    monkeypatch.setattr(bundle, "SEEN_EVERY", 300_000)
    shares: list[float] = []
    with Project.open(tmp_path / "one.cessl") as one, one.atomic():
        one.records.add(record(0))
        for number in range(40):
            one.notes.set("r0", f"{number} " + "x" * 99_000, "ann", "")
    with Project.open(tmp_path / "one.cessl") as one:
        bundle.write(one, tmp_path / "one.bundle", shares.append)
    assert len(shares) >= 10
    assert shares == sorted(shares)
    shares.clear()
    with Project.open(tmp_path / "two.cessl") as two:
        bundle.merge(two, tmp_path / "one.bundle", shares.append)
    assert shares == sorted(shares)
    for begin, end in ((0, 0.3), (0.3, 0.6), (0.6, 1.0)):
        assert len([share for share in shares if begin <= share < end]) >= 9


def test_a_disk_that_is_full_in_the_middle_of_a_merge_is_said_and_the_next_merge_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(union, "TOGETHER", 50)
    with Project.open(fill(tmp_path / "one.cessl")) as one:
        one.labels.set_many([("r1", f"local:{i}", State.PRESENT) for i in range(2000)], "ann")
        bundle.write(one, tmp_path / "one.bundle")
        expected = whole(one)
    with Project.open(tmp_path / "two.cessl") as two:
        db = two._database.connection
        db.execute(f"PRAGMA max_page_count = {db.execute('PRAGMA page_count').fetchone()[0] + 60}")
        with pytest.raises(DiskFull, match="The disk is full"):
            bundle.merge(two, tmp_path / "one.bundle")
        in_part = two.history.count()
        assert 0 < in_part < 2000
        wrong = [words for words in verify(two.folder).wrong if "is not signed: a sync or merge" not in words]
        assert wrong == [], "what is there is whole, and nothing is given on of a chain without its end"
        db.execute("PRAGMA max_page_count = 1000000")
        bundle.merge(two, tmp_path / "one.bundle")
        assert whole(two) == expected
    assert verify(tmp_path / "two.cessl").wrong == []
