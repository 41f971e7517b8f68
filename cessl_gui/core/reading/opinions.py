"""A confirmed reading next to what the model and the source file say of the same ECG: where they agree, where not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from cessl_gui.core.reading.standing import Standing, figure, standing
from cessl_gui.core.statements.contradictions import exclusive_pairs
from cessl_gui.core.statements.vocabulary import Vocabulary
from cessl_gui.core.types import State


@dataclass(frozen=True)
class Opinions:
    """What three parties say of one ECG, by statement code. A code that is not in `you` is not assessed.

    probabilities : the model's, of the statements that it knows; None where there is no prediction
    file          : what the source file states
    """

    you: Mapping[str, State]
    probabilities: Mapping[str, float] | None = None
    thresholds: Mapping[str, float] = field(default_factory=dict)
    file: Mapping[str, State] = field(default_factory=dict)

    @property
    def present(self) -> tuple[str, ...]:
        return tuple(code for code, state in self.you.items() if state == State.PRESENT)

    @property
    def likely(self) -> tuple[str, ...]:
        """The statements that the model finds likely, the likeliest first."""
        of = self.probabilities or {}
        return tuple(sorted((c for c in of if self._standing(c) == Standing.LIKELY), key=lambda c: -of[c]))

    @property
    def in_file(self) -> tuple[str, ...]:
        return tuple(code for code, state in self.file.items() if state == State.PRESENT)

    @property
    def model_differs(self) -> tuple[str, ...]:
        """Present to the reader and below its cut-off to the model, or absent and likely.

        Between the cut-off and 0.5 the model says nothing, and an uncertain reader agrees with everybody.
        """
        of = self.probabilities or {}
        opposite = {State.PRESENT: Standing.BELOW, State.ABSENT: Standing.LIKELY}
        return tuple(c for c, state in self.you.items() if c in of and opposite.get(state) == self._standing(c))

    @property
    def file_differs(self) -> tuple[str, ...]:
        """Absent to the reader and stated by the file, or present where the file states what excludes it.

        What a file does not mention is no denial.
        """
        stated = set(self.in_file)
        excluded = {
            own
            for pair in exclusive_pairs({*self.present, *stated})
            for own, other in (pair, pair[::-1])
            if other in stated and own not in stated
        }
        return tuple(
            c
            for c, state in self.you.items()
            if (state == State.ABSENT and c in stated) or (state == State.PRESENT and c in excluded)
        )

    @property
    def agreed(self) -> tuple[str, ...]:
        """Present to the reader, likely to the model, stated by the file."""
        return tuple(c for c in self.present if c in self.likely and c in self.in_file)

    def _standing(self, code: str) -> Standing:
        return standing((self.probabilities or {})[code], self.thresholds.get(code))


def in_words(opinions: Opinions, vocabulary: Vocabulary, file_words: Iterable[str] = ()) -> dict[str, str]:
    """What each party says, in a few words: {"You": "AF · STD uncertain", "Model": "AF 0.97", "File": "AF"}.

    file_words : what the electrocardiograph wrote, for a file without diagnoses
    returns    : only the parties that say something; a model always does where there is a prediction
    """
    short = {code: vocabulary[code].abbreviation for code in (*opinions.you, *opinions.likely, *opinions.in_file)}
    uncertain = [f"{short[c]} uncertain" for c, state in opinions.you.items() if state == State.UNCERTAIN]
    said = {"You": " · ".join([*(short[c] for c in opinions.present), *uncertain]) or "nothing present"}
    if opinions.probabilities is not None:
        likely = [f"{short[c]} {figure(opinions.probabilities[c])}" for c in opinions.likely]
        said["Model"] = ", ".join(likely) or "nothing likely"
    file = ", ".join(short[c] for c in opinions.in_file) or " / ".join(file_words)
    return said | ({"File": file} if file else {})
