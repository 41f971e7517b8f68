"""Sensitivities that thresholds are to reach: what a person writes, what is refused, what a project keeps."""

import math

import pytest

from cessl_gui.core.errors import CesslError
from cessl_gui.core.statements.vocabulary import OWN
from cessl_gui.tasks.merging_statements import merge
from cessl_gui.tasks.models.sensitivities import as_written, keep, sensitivities

AF, PVC, LBBB = "164889003", "427172004", "733534002"
ATHLETE = f"{OWN}Athlete"


@pytest.fixture
def worded(project):
    """A project with a statement of its own, one that is renamed, and one that is merged into another."""
    project.settings.set("statements", [ATHLETE])
    project.settings.set("panel", [AF, PVC, ATHLETE])
    project.settings.word(AF, "name", "Flutterfree", "dr test")
    merge(project, PVC, LBBB, "dr test")
    return project


@pytest.mark.parametrize(
    ("words", "chosen"),
    [
        (["AF=95", "LBBB=f2"], {AF: 0.95, LBBB: None}),
        ([f"{AF} = 95%"], {AF: 0.95}),
        (["Flutterfree=90"], {AF: 0.9}),
        (["athlete=100"], {ATHLETE: 1.0}),
        ([f"{ATHLETE}=80"], {ATHLETE: 0.8}),
        (["AF=95", f"{AF}=95"], {AF: 0.95}),
    ],
)
def test_statements_are_known_by_every_name_that_the_project_has_for_them(worded, words, chosen):
    assert as_written(worded, words) == chosen


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("LBBB=0", "0 % is no sensitivity"),
        ("LBBB=-5", "-5 % is no sensitivity"),
        ("LBBB=100.5", "100.5 % is no sensitivity"),
        ("LBBB=nan", "nan % is no sensitivity"),
        ("LBBB=inf", "inf % is no sensitivity"),
        ("LBBB=high", "high is no percentage"),
        ("LBBB", "names no sensitivity"),
        ("=95", "names no sensitivity"),
        ("zzz=95", "No statement is called zzz"),
        ("PVC=95", "is merged into"),
        ("AF=90", "is given two sensitivities"),
    ],
)
def test_where_one_word_is_refused_nothing_is_chosen(worded, word, said):
    with pytest.raises(CesslError, match=said):
        as_written(worded, ["AF=95", word])
    assert sensitivities(worded) == {}


def test_what_is_no_share_is_refused_with_all_that_came_with_it(project):
    for share in (2.0, 0.0, -0.1, math.nan):
        with pytest.raises(CesslError, match="is no sensitivity"):
            keep(project, {AF: 0.95, PVC: share})
    assert sensitivities(project) == {}


def test_a_sensitivity_can_be_taken_back(project):
    keep(project, {AF: 0.95, PVC: 0.9})
    keep(project, {AF: None})
    assert sensitivities(project) == {PVC: 0.9}
