"""One statement merged into another: labels of the one count as labels of the other, until they are taken apart again.

It holds for every reader and every computer of a team, also for labels that come later; see store.log.counting_as.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cessl_gui.core.errors import CesslError
from cessl_gui.store.log import counting_as
from cessl_gui.store.log.acts import Act
from cessl_gui.store.log.steps import new_step
from cessl_gui.store.project import Project

Tell = Callable[[float], None]


@dataclass(frozen=True)
class Merge:
    """code, into : the statement that is no longer offered, and what it counts as"""

    code: str
    into: str
    at_utc: str


def merges(project: Project) -> list[Merge]:
    """The merges that hold, the latest last."""
    return [
        Merge(*counting_as.pair(one), at_utc=max((act.at_utc for act in _chosen(project, one)), default=""))
        for one in project.settings.get(counting_as.SETTING, [])
    ]


def merge(project: Project, code: str, into: str, reader: str, tell: Tell = lambda share: None) -> int:
    """Let all labels of a statement count as labels of another; the panel offers the other alone.

    tell    : hears the share that is done
    returns : how many labels that are now
    raises  : CesslError where it makes no sense
    """
    if code == into:
        raise CesslError("A statement cannot be merged into itself.", "Choose another one.")
    held = merges(project)
    if any(into == one.code or code == one.code for one in held):
        raise CesslError("One of the two has been merged into another statement.", "Take these apart first.")
    before, step = len(project.labels.under(into)), new_step()
    with project.atomic():
        old = project.settings.get(counting_as.SETTING, [])
        project.settings.set(counting_as.SETTING, [*old, counting_as.text(code, into)], reader, step)
        _change_panel(project, code, into, reader, step)
    project.bring_in_merges(tell)
    return len(project.labels.under(into)) - before


def take_apart(project: Project, code: str, reader: str, tell: Tell = lambda share: None) -> int:
    """Undo the merge of a statement: labels that count by it no longer do, what was said of the other itself stays.

    tell    : hears the share that is done
    returns : how many labels no longer count
    """
    found = next((one for one in merges(project) if one.code == code), None)
    if found is None:
        return 0
    before = len(project.labels.under(found.into))
    steps = {act.step for act in _chosen(project, counting_as.text(code, found.into))}
    keys = (counting_as.SETTING, "panel", "statements")
    taken = [act for key in keys for act in project.settings.choices(key) if act.step in steps]
    project.steps.take_back(taken, reader)
    project.bring_in_merges(tell)
    return before - len(project.labels.under(found.into))


def _chosen(project: Project, merge: str) -> list[Act]:
    """The acts by which a merge holds: several where several computers did it without knowing of each other."""
    acts = project.settings.choices(counting_as.SETTING)
    return [act for act in acts if merge in act.content["new"] and merge not in act.content["old"]]


def _change_panel(project: Project, code: str, into: str, reader: str, step: str) -> None:
    """Offer the other statement in the place of the one."""
    settings = project.settings
    codes = settings.panel()
    if code in codes:
        new = [one for one in codes if one != code] if into in codes else [into if o == code else o for o in codes]
        settings.set("panel", new, reader, step)
    own = settings.get("statements", [])
    if code in own:
        settings.set("statements", [one for one in own if one != code], reader, step)
