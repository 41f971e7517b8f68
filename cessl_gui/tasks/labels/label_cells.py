"""What the cells of a row say: statements, their states, and how sure it is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from cessl_gui.core.statements.denied import may_be_denied
from cessl_gui.core.statements.statement_index import fold
from cessl_gui.core.statements.vocabulary import Vocabulary
from cessl_gui.core.types import State
from cessl_gui.tasks.labels.label_tables import LONGEST_CELL, Table

STATES = {
    State.PRESENT: (
        *("present", "1", "1.0", "1,0", "yes", "y", "true", "positive", "pos", "+", "x", "ja", "oui", "si", "sí"),
        *("vorhanden", "présent", "présente", "presente"),
    ),
    State.ABSENT: (
        *(
            "absent",
            "not present",
            "0",
            "0.0",
            "0,0",
            "no",
            "n",
            "false",
            "negative",
            "neg",
            "-",
            "nein",
            "non",
            "nicht vorhanden",
        ),
        *("kein", "keine", "fehlt", "absente", "ausente"),
    ),
    State.UNCERTAIN: ("uncertain", "?", "0.5", "0,5", "possible", "maybe", "unsure", "doubtful"),
}
NOT_ASSESSED = ("", "not assessed", "na", "n/a", "nan", "none", "null", ".")
WORDS = {word: state for state, words in STATES.items() for word in words}
# Of how sure it is, beside these; a number is looked at by itself.
_SURE = (
    *("certain", "sure", "definite", "definitely", "confirmed", "certainly", "sicher", "gesichert", "bestätigt"),
    *("confirmé", "confirmée", "sûr", "sûre", "seguro", "segura", "confirmado", "confirmada", "cierto", "definitivo"),
)
_DENIED = (
    *("excluded", "ruled out", "denied", "rejected", "refuted", "impossible", "ausgeschlossen", "verneint"),
    *("exclu", "exclue", "écarté", "écartée", "excluido", "excluida", "descartado", "descartada", "negado"),
)
_SURE_STATES = {**WORDS, **dict.fromkeys(_SURE, State.PRESENT), **dict.fromkeys(_DENIED, State.ABSENT)}
LONGEST_REMARK = 200  # characters
_NOTHING = {"", ".", "na", "n/a", "nan", "null", "not assessed"}
_NUMBER = re.compile(r"(\d{1,9}(?:[.,]\d{0,9})?)\s*(%?)", re.ASCII)
_ITEM = r"""(?:"[^"'\\{}]{1,200}"|'[^"'\\{}]{1,200}')\s*:\s*(?:"[^"'\\{}]{0,60}"|'[^"'\\{}]{0,60}'|-?[\w.+-]{1,30})"""
_PAIRS = re.compile(rf"\{{\s*(?:{_ITEM}\s*(?:,\s*{_ITEM}\s*)*)?,?\s*\}}", re.ASCII)
_PAIR = re.compile(r"""["']([^"'\\{}]+)["']\s*:\s*["']?([^"'{},]*)["']?""")
_LIST = re.compile(r"""[\[{(]\s*((?:"[^"']*"|'[^"']*')(?:\s*,\s*(?:"[^"']*"|'[^"']*'))*)\s*,?\s*[\])}]""")


class Said(NamedTuple):
    """A word for a statement, one for its state, and one for how sure that is; "" where nothing says it.

    scale : the largest number of the column of certainties; is_stated : whether a column tells the state
    """

    word: str
    state: str
    certainty: str = ""
    scale: float = 1.0
    is_stated: bool = True


def pairs(cell: str) -> list[tuple[str, str]] | None:
    """The keys and values of a dictionary as Python or JSON writes it, {'NORM': 100.0}; None where a cell is none."""
    if not cell.startswith("{") or len(cell) > LONGEST_CELL or not _PAIRS.fullmatch(cell):
        return None
    return [(key.strip(), value.strip()) for key, value in _PAIR.findall(cell)]


def bare_list(cell: str) -> str:
    """A list of quoted words as Python or JSON writes it, without its brackets and quotes; other cells as they are."""
    found = _LIST.fullmatch(cell) if len(cell) <= LONGEST_CELL else None
    return re.sub(r"[\"']", "", found[1]) if found else cell


class Likelihoods:
    """What the numbers beside statements mean in a column of such dictionaries; false where it has none.

    In scp_codes of PTB-XL 100 is certain and 0 is a likelihood that is not known of what is stated all the same. In
    columns of nothing but 0 and 1 these are absent and present. Of other numbers a person is asked.
    """

    def __init__(self, table: Table, column: str) -> None:
        cells = (pairs(row.get(column, "")) for _, row in table.rows)
        self._values = {value for cell in cells for _, value in cell or ()}
        numbers = {number for value in self._values if (number := _number(value)) is not None}
        is_scp = "".join(fold(column)) == "scpcodes"
        self._is_ptbxl = is_scp and all(number == 0 or 1 < number <= 100 for number in numbers)
        self._are_states = not is_scp and numbers <= {0.0, 1.0}
        self._column = column

    def __bool__(self) -> bool:
        return bool(self._values)

    @property
    def meanings(self) -> Mapping[str, State]:
        """State by the word that `state` gives for it."""
        return {"likelihood 100": State.PRESENT} | ({"likelihood 0": State.PRESENT} if self._is_ptbxl else {})

    def state(self, value: str) -> str:
        number = _number(value)
        return value if number is None or self._are_states else f"likelihood {number:g}"

    @property
    def sentence(self) -> str:
        """How they are read, for a person."""
        if not self._values or self._are_states:
            return ""
        words = f"Likelihoods in {self._column[:40]}: 100 is read as present"
        if self._is_ptbxl:
            words += ", and so is 0, which PTB-XL writes where none is known"
        return f"{words}; any other is not taken until you say what it means."


class Meaning:
    """What the words of a file mean; counts those that mean nothing to us: statements, states."""

    def __init__(
        self, known: Vocabulary, words: Mapping[str, str], states: Mapping[str, State | None], own: Mapping[str, State]
    ) -> None:
        """words, states : as in label_import.preview; own : words of Likelihoods"""
        self._known = known
        self._words = {word.casefold(): code for word, code in words.items()}
        self._said = {word.casefold(): state for word, state in states.items()}
        self._states = {**WORDS, **dict.fromkeys(NOT_ASSESSED), **own, **self._said}
        self.statements, self.states = Counter[str](), Counter[str]()

    def of(self, said: Said) -> tuple[str, State | None, str]:
        """Code and state, None: not assessed; and what is unclear, "" where nothing is."""
        code = self._words.get(said.word.casefold()) or _code(self._known, said.word)
        folded = said.state.casefold()
        if folded in self._states and self._states[folded] is None:
            return code, None, ""
        if not code:
            self.statements[said.word] += 1
            return "", None, f"the statement {said.word[:60]} is not known"
        if folded not in self._states:
            self.states[said.state] += 1
            return code, None, f"{said.state[:60]} is no state"
        state, unclear = self._as_sure(said, self._states[folded])
        return self._known[code].code, state, unclear

    def _as_sure(self, said: Said, state: State | None) -> tuple[State | None, str]:
        """The state as far as the certainty leaves it, and what is unclear then."""
        folded = said.certainty.casefold()
        if folded in _NOTHING:
            return state, ""
        if folded in self._said:
            sure = self._said[folded]
            if sure is None:
                return None, ""
        else:
            sure = _sure(folded, said.scale)
        if sure == State.PRESENT or (sure is None and state == State.UNCERTAIN):
            return state, ""
        if sure == State.UNCERTAIN:
            return sure, ""
        if sure is None:
            self.states[said.certainty] += 1
            return None, f"the certainty {said.certainty[:40]} is neither clearly yes nor no"
        if state == State.PRESENT and not (said.is_stated and sure == State.ABSENT):
            return sure, ""
        return None, f"the state {said.state[:40]} and the certainty {said.certainty[:40]} contradict each other"


def denial_beside(row: Mapping[str, str], columns: Iterable[str], known: Vocabulary) -> str:
    """What another cell of a row says against its statement: "ruled out", or "no AF"; "" where none does."""
    for column in columns:
        cell = row.get(column, "")
        is_remark = cell[:1].isalpha() and len(cell) <= LONGEST_REMARK
        if is_remark and (cell.casefold() in _DENIED or may_be_denied(cell, known)):
            return cell
    return ""


def scale_of(table: Table, column: str) -> float:
    """The largest number in a column of certainties, at least 1: 100 where it has percentages."""
    cells = {row.get(column, "") for _, row in table.rows} if column else set()
    return max((number for cell in cells if (number := _number(cell)) is not None), default=1.0)


def _sure(word: str, scale: float) -> State | None:
    """PRESENT : it is surely as the row says; ABSENT : it surely is not; None : neither"""
    number = _number(word)
    if number is None:
        state = _SURE_STATES.get(word)
        return None if state == State.UNCERTAIN else state
    if number == 0:
        return State.ABSENT
    return State.PRESENT if number == (100 if "%" in word or scale > 1 else 1) else None


def _number(text: str) -> float | None:
    match = _NUMBER.fullmatch(text)
    return float(match[1].replace(",", ".")) if match else None


def _code(known: Vocabulary, word: str) -> str:
    statement = known.find(word)
    return statement.code if statement else word if word.startswith("local:") and known[word].name else ""


def words_of(cells: Iterable[str]) -> set[str]:
    """The cells in lower case, without those that say nothing."""
    return {cell.casefold() for cell in cells} - {*NOT_ASSESSED}
