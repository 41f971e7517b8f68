"""What answers out of fold show of two models, as values that window and commands both put into words."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from types import MappingProxyType
from typing import Any

from cessl_gui.core.plural import counted

CHANCE = 0.5  # AUC of answers that know nothing
ENOUGH = 8  # patients with and without a statement, below which an interval claims too much: learn.metrics


class Effect(enum.StrEnum):
    """What a 95 % interval of a change allows to say."""

    BETTER = "better"
    WORSE = "worse"
    SAME = "same"  # both rank the ECGs alike
    UNCLEAR = "unclear"  # it holds 0
    TOO_FEW = "too few"  # too few patients for an interval
    NEW = "new"  # the model before did not know the statement


@dataclass(frozen=True)
class Figure:
    """A value with its 95 % interval; None where there is none to give."""

    value: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def effect(self) -> Effect:
        """What it allows to say as a change, where there are patients enough."""
        if self.low is not None and self.low > 0:
            return Effect.BETTER
        return Effect.WORSE if self.high is not None and self.high < 0 else Effect.UNCLEAR

    @property
    def half_width(self) -> float | None:
        return None if self.low is None or self.high is None else (self.high - self.low) / 2

    def words(self, style: str = "+.2f") -> str:
        """E.g. "+0.08 [0.02, 0.14]"; the minus is a true one; bounds of a change show on which side of 0 they lie."""
        if self.value is None:
            return "–"
        if self.low is None or self.high is None:
            return f"{self.value:{style}}".replace("-", "−")
        plain = style.removeprefix("+")
        low, high = (_sided(bound, plain) if style != plain else f"{bound:{plain}}" for bound in (self.low, self.high))
        return f"{self.value:{style}} [{low}, {high}]".replace("-", "−")


def _sided(value: float, style: str) -> str:
    """With one more digit where `style` would make a 0 of what is none, and without the sign of a 0."""
    text = f"{value:{style}}"
    if value and not float(text):
        text = f"{value:.3f}"
    return text if float(text) else text.removeprefix("-")


NO_FIGURE = Figure()


@dataclass(frozen=True)
class CurvePoint:
    """ECGs of like probability: the mean one, and the share of them that has the statement, with its interval."""

    said: float
    had: Figure
    n: int


@dataclass(frozen=True)
class Scores:
    """One model's figures on one statement.

    sensitivity, specificity, ppv, f2 : at its threshold
    calibration_error : mean distance of the curve from what was said, weighted by ECGs
    calibration_chance : what that distance would be on average, of so few ECGs, were all probabilities right
    """

    auc: Figure = NO_FIGURE
    average_precision: Figure = NO_FIGURE
    f2: Figure = NO_FIGURE
    sensitivity: Figure = NO_FIGURE
    specificity: Figure = NO_FIGURE
    ppv: Figure = NO_FIGURE
    curve: tuple[CurvePoint, ...] = ()
    calibration_error: float | None = None
    calibration_chance: float | None = None


@dataclass(frozen=True)
class StatementEvidence:
    """One statement, before and after.

    n_present, n_absent : labelled ECGs; patients_present, patients_absent: of how many patients
    changes             : "auc", "average_precision", "f2" -> after minus before
    more                : how many more ECGs that have it (`lacks_absent`: have it not) would probably tell; 0 where it
                          is told or none can be named
    """

    code: str
    n_present: int
    n_absent: int
    patients_present: int
    patients_absent: int
    before: Scores | None
    after: Scores
    changes: Mapping[str, Figure] = field(default_factory=dict)
    effect: Effect = Effect.TOO_FEW
    more: int = 0

    @property
    def lacks_absent(self) -> bool:
        """Whether those without it are too few, and fewer than those with it."""
        return self.effect == Effect.TOO_FEW and self.patients_absent < self.patients_present

    def words(self, name: str) -> str:
        """E.g. "AF better: +0.08 [0.02, 0.14], 34 with AF" or "LBBB: some 3 more to tell, 5 with LBBB"."""
        change = self.changes.get("auc", NO_FIGURE)
        n = f"{self.n_present} with {name}"
        if self.effect in (Effect.BETTER, Effect.WORSE):
            return f"{name} {self.effect}: {change.words()}, {n}"
        if self.effect == Effect.NEW:
            return f"{name}: new, AUC {self.after.auc.words('.2f')}, {n}"
        if self.effect == Effect.TOO_FEW:
            without = f" without {name}" if self.lacks_absent else ""
            return f"{name}: some {self.more} more{without} to tell, {n}, {self.n_absent} without"
        if self.effect == Effect.SAME:
            return f"{name}: ranked as before, {n}"
        told = f"some {self.more} more to tell" if self.more else "no difference shown"
        return f"{name}: {told}, {change.words()}, {n}"


@dataclass(frozen=True)
class Evidence:
    """Two models on the same labelled records, out of fold.

    over             : statements that the means are over: those with patients enough, known to both
    macro            : "auc", "average_precision", "f2" -> (before, after, change), means over `over`
    calibration      : of all assessed answers together: (before, after) curve and error
    forgetting       : the base model's own statements: the change against the base model
    unknown_before   : statements that the model before did not know
    ranking_stays    : whether both rank the ECGs alike by each statement: thresholds and calibration may differ
    """

    n: int
    n_patients: int
    statements: tuple[StatementEvidence, ...] = ()
    over: tuple[str, ...] = ()
    macro: Mapping[str, tuple[Figure, Figure, Figure]] = field(default_factory=dict)
    calibration: tuple[Scores, Scores] = (Scores(), Scores())
    forgetting: Mapping[str, Figure] = field(default_factory=dict)
    unknown_before: tuple[str, ...] = ()
    ranking_stays: bool = False

    @property
    def adoption_is_supported(self) -> bool:
        """Whether the lower bound of the change of the mean average precision is above zero.

        Where the model before knows none of the statements there is nothing to keep: then whether any of them is told
        from chance.
        """
        low = self.macro.get("average_precision", (NO_FIGURE,) * 3)[2].low
        return bool(self.told_first) or (low is not None and low > 0)

    @property
    def told_first(self) -> tuple[str, ...]:
        """Statements told from chance where the model before knows none that were trained; else none."""
        if any(one.code not in self.unknown_before for one in self.statements):
            return ()
        lows = {one.code: one.after.auc.low for one in self.statements}
        return tuple(code for code, low in lows.items() if low is not None and low > CHANCE)

    def of(self, effect: Effect) -> tuple[str, ...]:
        """Codes of the statements that stand so, in order."""
        return tuple(one.code for one in self.statements if one.effect == effect)

    @property
    def forgotten(self) -> tuple[str, ...]:
        """Statements of the base model that got worse beyond their interval."""
        return tuple(code for code, change in self.forgetting.items() if change.high is not None and change.high < 0)

    def verdict(self, names: Mapping[str, str]) -> str:
        """One sentence in the words of a ward. names : code -> name within a sentence"""
        if self.ranking_stays:
            return "The ranking of your ECGs stays; only thresholds and calibration changed."
        better, worse = (_listed([names.get(c, c) for c in self.of(s)]) for s in (Effect.BETTER, Effect.WORSE))
        if better and worse:
            return f"Better at {better}, worse at {worse}."
        side, whole = self._on_the_whole()
        if better:
            return f"Better at {better}; {f'worse {whole}' if side == Effect.WORSE else 'no loss shown'}."
        if worse:
            return f"Worse at {worse}; {f'better {whole}' if side == Effect.BETTER else 'no gain shown'}."
        new = self.of(Effect.NEW)
        if new and len(new) == len(self.statements):
            return f"{counted(len(new), 'new statement')}; there is no model before to compare with."
        if self.told_first:
            return "New statements; there is no model before to compare with."
        if side:
            return f"{side.capitalize()} {whole}; no single statement shows it alone."
        return "No difference that your labels can show." if self.over else "Your labels are too few to tell."

    def _on_the_whole(self) -> tuple[Effect | None, str]:
        """What a mean over the statements shows, and by which it is said; None where neither mean shows anything."""
        for key, whole in (("average_precision", "on the whole"), ("auc", "on the whole by AUC")):
            change = self.macro.get(key, (NO_FIGURE,) * 3)[2]
            if change.low is not None and change.low > 0:
                return Effect.BETTER, whole
            if change.high is not None and change.high < 0:
                return Effect.WORSE, whole
        return None, ""

    def basis(self, names: Mapping[str, str] = MappingProxyType({})) -> str:
        """What the verdict rests on, in a sentence or two."""
        few = len(self.of(Effect.TOO_FEW))
        judged = f"Each of {counted(self.n, 'ECG')} was judged by models trained without its patient's labels."
        rare = f" {counted(few, 'statement')} {'has' if few == 1 else 'have'} too few patients to tell." if few else ""
        lost = f" Forgotten: {_listed([names.get(c, c) for c in self.forgotten])}." if self.forgotten else ""
        told = _listed([names.get(c, c) for c in self.told_first])
        new = f" Told better than by chance: {told}." if told else ""
        return judged + rare + self._mean() + new + lost

    def _mean(self) -> str:
        """The change of the mean average precision, by which adopting is offered first or not; else that of the F2."""
        key, name = ("f2", "F2 at the thresholds") if self.ranking_stays else ("average_precision", "average precision")
        change = self.macro.get(key, (NO_FIGURE,) * 3)[2]
        return "" if change.low is None else f" Mean {name}: {change.words()}."

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "adoption_is_supported": self.adoption_is_supported, "forgotten": self.forgotten}


PEOPLE = ("Brugada", "Mobitz")  # Wolff-Parkinson-White has more capitals


def within_a_sentence(name: str) -> str:
    """A statement's name with a small first letter, unless it begins with an abbreviation or a person's name."""
    first = name.split(" ", 1)[0]
    stays = len(first) == 1 or any(c.isupper() for c in first[1:]) or first in PEOPLE
    return name if stays else name[:1].lower() + name[1:]


def _listed(names: list[str] | tuple[str, ...]) -> str:
    """ "a, b and c" """
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
