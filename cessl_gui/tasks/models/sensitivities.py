"""The sensitivities that thresholds are to reach, per statement: what a project keeps, and what a person writes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cessl_gui.core.errors import CesslError
from cessl_gui.core.statements.vocabulary import OWN, Vocabulary, vocabulary
from cessl_gui.core.statements.wordings import kept_wordings
from cessl_gui.store.project import Project
from cessl_gui.tasks.merging_statements import merges

SENSITIVITIES = "sensitivities"  # setting of a project: code -> share of those who have it that is to be found
BEST_F2 = "f2"

Chosen = Mapping[str, float | None]  # code -> share; None: the best F2


def sensitivities(project: Project) -> dict[str, float]:
    """Statement code -> share, 0..1, of those who have it that its threshold is to find; others: the best F2."""
    return dict(project.settings.get(SENSITIVITIES, {}))


def with_chosen(project: Project, chosen: Chosen) -> dict[str, float]:
    """What would be kept with these choices. raises : CesslError for what is no share"""
    for share in chosen.values():
        _check(share)
    both = {**sensitivities(project), **chosen}
    return {code: share for code, share in both.items() if share is not None}


def keep(project: Project, chosen: Chosen) -> None:
    """Let the thresholds of later versions find these shares, or have the best F2. raises : CesslError, nothing kept"""
    kept = with_chosen(project, chosen)
    if kept != sensitivities(project):
        project.settings.set(SENSITIVITIES, kept)


def as_written(project: Project, words: Iterable[str]) -> dict[str, float | None]:
    """What words such as AF=95 or AF=f2 choose, statements as the Statements room has them.

    raises : CesslError for a statement that neither the vocabulary nor the project knows, one that is merged into
             another or written twice with different values, and for what is no percentage
    """
    known = vocabulary(tuple(project.settings.get("statements", [])), tuple(kept_wordings(project.settings.wordings())))
    merged = {one.code: one.into for one in merges(project)}
    chosen: dict[str, float | None] = {}
    for word in words:
        name, _, value = (part.strip() for part in word.rpartition("="))
        if not name or not value:
            raise CesslError(f"{word[:60]} names no sensitivity.", "Write it as AF=95, or as AF=f2 for the best F2.")
        code, share = _code(project, known, name), _share(value)
        if code in merged:
            into = known[merged[code]].name
            raise CesslError(f"{known[code].name} is merged into {into}.", f"Set the sensitivity of {into}.")
        if chosen.setdefault(code, share) != share:
            raise CesslError(f"{known[code].name} is given two sensitivities.", "Give one for each statement.")
    return chosen


def _share(value: str) -> float | None:
    if value.casefold() == BEST_F2:
        return None
    try:
        share = float(value.removesuffix("%")) / 100
    except ValueError:
        raise CesslError(f"{value[:40]} is no percentage.", "Write it as AF=95, or as AF=f2 for the best F2.") from None
    _check(share)
    return share


def _check(share: float | None) -> None:
    if share is not None and not 0 < share <= 1:
        raise CesslError(f"{100 * share:g} % is no sensitivity.", "Choose one above 0 % and not above 100 %.")


def _code(project: Project, known: Vocabulary, name: str) -> str:
    if found := known.find(name) or known.find(OWN + name):
        return found.code
    used = {code for own in project.labels.all_current().values() for code in own}
    for code in (name, OWN + name):
        if code in used or code in project.settings.panel():
            return code
    raise CesslError(f"No statement is called {name[:60]}.", "Write it as the Statements room has it.")
