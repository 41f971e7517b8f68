"""Answers out of fold: kept with a version, checked when they are read."""

import json

import numpy as np
import pytest

from cessl_gui.core.errors import ProjectError
from cessl_gui.core.training.results import OutOfFold
from cessl_gui.store.folder import out_of_fold

NAN = np.nan


def answers(**given) -> OutOfFold:
    values = {
        "ids": ("r1", "r2", "r3"),
        "patients": ("p1", "p1", "p2"),
        "statements": ("AF", "LBBB"),
        "targets": [[1, 0], [0, NAN], [1, 1]],
        "before": [[0.2, NAN], [0.4, NAN], [0.9, NAN]],
        "after": [[0.6, 0.1], [0.3, 0.2], [0.8, 0.7]],
        "folds": [0, 0, 1],
        "cuts_before": [0.5, NAN],
        "cuts_after": [[0.4, 0.3], [0.6, 0.2]],
    }
    return OutOfFold(**{**values, **given})


def written(folder, given: OutOfFold, **changed: bytes):
    for name, content in {**out_of_fold.to_files(given), **changed}.items():
        (folder / name).write_bytes(content)
    return folder


def test_they_come_back_from_their_files_as_they_were(tmp_path):
    back = out_of_fold.from_folder(written(tmp_path, answers(base=[[0.1, 0.2]] * 3)))
    assert (back.ids, back.patients, back.statements) == (("r1", "r2", "r3"), ("p1", "p1", "p2"), ("AF", "LBBB"))
    for name in ("targets", "before", "after", "folds", "cuts_before", "cuts_after", "base"):
        np.testing.assert_array_equal(getattr(back, name), getattr(answers(base=[[0.1, 0.2]] * 3), name))


def test_a_version_of_before_the_folds_has_none(tmp_path):
    assert out_of_fold.from_folder(tmp_path) is None


def test_each_record_is_judged_by_the_thresholds_of_its_fold():
    np.testing.assert_allclose(answers().cuts, [[0.4, 0.3], [0.4, 0.3], [0.6, 0.2]])


def test_rows_keep_what_belongs_to_them():
    some = answers().rows(np.array([False, True, True]))
    assert (some.ids, some.patients) == (("r2", "r3"), ("p1", "p2"))
    np.testing.assert_allclose(some.after[:, 0], [0.3, 0.8])


@pytest.mark.parametrize(
    "changed",
    [{"folds": [0, 0, 2]}, {"folds": [0, -1, 1]}, {"after": [[0.1, 0.2]]}, {"patients": ("p1",)}, {"cuts_before": [1]}],
    ids=["fold without thresholds", "negative fold", "fewer rows", "fewer patients", "fewer thresholds"],
)
def test_shapes_that_do_not_belong_together_are_refused(changed):
    with pytest.raises(ValueError):
        answers(**changed)


@pytest.mark.parametrize(
    "changed",
    [
        {out_of_fold.ARRAYS: b"no safetensors"},
        {out_of_fold.NAMES: b"{}"},
        {out_of_fold.NAMES: json.dumps({"ids": [1, 2, 3], "patients": ["a"] * 3, "statements": ["AF"]}).encode()},
        {out_of_fold.NAMES: json.dumps({"ids": ["r1"], "patients": ["a"], "statements": ["AF"]}).encode()},
    ],
)
def test_damaged_files_are_refused_in_a_sentence(tmp_path, changed):
    with pytest.raises(ProjectError, match="is damaged"):
        out_of_fold.from_folder(written(tmp_path, answers(), **changed))


def test_files_too_large_are_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(out_of_fold, "MOST_BYTES", 100)
    with pytest.raises(ProjectError, match="is damaged"):
        out_of_fold.from_folder(written(tmp_path, answers()))
