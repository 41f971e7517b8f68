"""A moment of a project is read as it was, whatever people do meanwhile."""

from threading import Thread

import pytest

from cessl_gui.core.errors import ProjectError
from cessl_gui.core.types import State

AF = "164889003"


def said(project):
    return project.readers.by_reader().get("r1", {})


def test_what_is_entered_after_a_moment_is_not_read_in_it(with_record):
    with_record.labels.set("r1", AF, State.PRESENT, "dr one")
    moment, read = with_record.moment(), []

    def work():
        with moment:
            read.append(said(with_record))
        read.append(said(with_record))

    with_record.labels.set("r1", AF, State.ABSENT, "dr one")
    with_record.labels.set("r1", AF, State.ABSENT, "dr two")
    thread = Thread(target=work)
    thread.start()
    thread.join()
    assert read[0] == {"dr one": {AF: State.PRESENT}}
    assert read[1] == {"dr one": {AF: State.ABSENT}, "dr two": {AF: State.ABSENT}}


def test_a_moment_waits_for_nobody_and_nobody_waits_for_it(with_record):
    with_record.labels.set("r1", AF, State.PRESENT, "dr one")
    with with_record.moment():
        other = Thread(target=lambda: with_record.labels.set("r1", AF, State.ABSENT, "dr two"))
        other.start()
        other.join()
    assert set(said(with_record)) == {"dr one", "dr two"}


def test_nothing_is_written_in_a_moment(with_record):
    with pytest.raises(ProjectError), with_record.moment():
        with_record.labels.set("r1", AF, State.PRESENT, "dr one")
    assert said(with_record) == {}
