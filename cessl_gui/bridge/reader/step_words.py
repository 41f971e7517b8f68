"""How a step is called in the menu of undo, and changes of the panel in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from cessl_gui.bridge.reader.undo import MANY
from cessl_gui.core.plural import counted
from cessl_gui.core.statements.vocabulary import Vocabulary
from cessl_gui.core.types import ReadingState
from cessl_gui.store.log import counting_as
from cessl_gui.store.log.acts import Act
from cessl_gui.store.log.applying import DIGITS, WORDING
from cessl_gui.store.log.steps import IMPORT

OF_PANEL = ("setting", DIGITS, WORDING)  # kinds of acts


def words(acts: Sequence[Act], vocabulary: Vocabulary) -> str:
    """A step for the menu of undo, e.g. "AF present"; "" for no step."""
    if any(act.kind == IMPORT for act in acts):
        said = acts[-1].content
        return f"{counted(int(said.get('count', 0)), str(said.get('what')))} taken in"
    count = len({act.record for act in acts if act.record})
    if count > 1:
        ecgs = counted(count, "ECG") if count <= MANY else f"over {MANY} ECGs"
        return f"{ecgs} {words_of_reading(acts[0].content)}"
    of: dict[str, list[Act]] = {}
    for act in acts:
        of.setdefault(act.kind, []).append(act)
    if "label" in of:
        first = of["label"][0]
        statement = vocabulary[str(first.content.get("code", ""))]
        if first.how != "set":
            return first.how
        if "setting" in of:
            return f"new statement {statement.name}"
        return f"{statement.abbreviation} {first.content.get('new') or 'not assessed'}"
    for kind, say in _WORDS.items():
        if kind in of:
            return say(of[kind][0].content)
    if "annotation" in of:
        content = of["annotation"][0].content
        code = (content.get("new") or content.get("old") or [""])[0]
        return f"{vocabulary[str(code)].abbreviation} {'marked' if content.get('new') else 'no longer marked'}"
    if "adjudication" in of:
        content = of["adjudication"][0].content
        return f"{vocabulary[str(content.get('code'))].abbreviation} decided {content.get('new') or 'open again'}"
    return words_of_panel(acts, vocabulary) if acts else ""


def words_of_panel(acts: Sequence[Act], vocabulary: Vocabulary) -> str:
    """One change of the panel, e.g. "AF moved to digit 2"."""
    said = [(act.kind, act.content.get("key", ""), act.content) for act in acts]
    short = lambda code: vocabulary[str(code)].abbreviation  # noqa: E731
    what = {key or kind for kind, key, _ in said}
    if {DIGITS, WORDING} <= what or ("panel" in what and what & {DIGITS, WORDING}):
        return "panel taken from a file"  # nothing else changes both
    for _, key, content in said:
        if key == counting_as.SETTING:
            pairs = _added(content)
            return " and ".join(f"{short(code)} merged into {short(other)}" for code, other in map(_pair, pairs))
    for _, key, content in said:
        if key == "panel":
            return _panel_words(content, short)
    kind, _, content = said[0]
    if kind == DIGITS:
        return _digit_words(content, short)
    if kind == WORDING:
        code, new = short(content.get("code")), content.get("new")
        return {
            "name": f"statement called {new}" if new else f"{code} called as shipped",
            "group": f"{code} in the group {new}",
            "typed": f"other words that find {code}",
            "codes": f"codes of {code} in other systems",
        }.get(str(content.get("of")), f"words of {code}")
    return f"new statement {', '.join(short(code) for code in _added(content))}".strip()


def _added(content: dict[str, Any], from_: str = "old", to: str = "new") -> list[str]:
    old = content.get(from_) or []
    return [one for one in content.get(to) or [] if one not in old]


def _pair(merge: str) -> tuple[str, str]:
    try:
        return counting_as.pair(merge)
    except ValueError:
        return "", ""


def _panel_words(content: dict[str, Any], short: Callable[[str], str]) -> str:
    added, gone = _added(content), _added(content, "new", "old")
    if content.get("moved"):
        return f"{short(content['moved'])} moved in the panel"
    if added and gone:
        return "another panel"
    if added or gone:
        names = ", ".join(map(short, (added or gone)[:3])) + (", ..." if len(added or gone) > 3 else "")
        return f"{names} {'added to the panel' if added else 'removed from the panel'}"
    return "order of the panel"


def _digit_words(content: dict[str, Any], short: Callable[[str], str]) -> str:
    old, new = content.get("old") or [], content.get("new") or []
    for digit, code in enumerate(new, 1):
        if code and code not in old[digit - 1 : digit]:
            return f"{short(code)} moved to digit {digit}"
    return next((f"digit {digit} freed" for digit, code in enumerate(old, 1) if code and code not in new), "digits")


def words_of_reading(content: dict[str, Any]) -> str:
    """What was done with a record in the queue, e.g. "deferred"."""
    if content.get("old") == ReadingState.EXCLUDED:
        return "included"
    is_reopened = content.get("old") == ReadingState.CONFIRMED and content.get("new") == ReadingState.IN_PROGRESS
    return "reopened" if is_reopened else str(content.get("new"))


def _mark_words(content: dict[str, Any]) -> str:
    ms = content.get("new")
    return f"{str(content.get('mark')).replace('_', ' ')} {'as measured' if ms is None else f'{ms:.0f} ms'}"


def _caliper_words(content: dict[str, Any]) -> str:
    before, after = content.get("old"), content.get("new")
    if before and after:
        done = "moved" if before[-1] == after[-1] else "marched out" if after[-1] else "not marched"
    else:
        done = "set" if after else "removed"
    lead = next((caliper[0] for caliper in (after, before) if caliper), "")
    return f"caliper in {lead} {done}"


def _note_words(content: dict[str, Any]) -> str:
    return "note written" if content.get("new") else "note removed"


_WORDS = {"reading": words_of_reading, "mark": _mark_words, "caliper": _caliper_words, "note": _note_words}


def change_of_panel(kind: str, what: str, old: Any, new: Any, vocabulary: Vocabulary) -> tuple[str, str, str]:
    """A change of the panel for the history: what it is of, and before and after; of lists only what came or went."""
    if kind == WORDING:
        return vocabulary[what].name, _text(old), _text(new)
    before, after = ([str(one) for one in value] if isinstance(value, list) else [] for value in (old, new))
    if kind == DIGITS:
        named = [
            ", ".join(f"{digit} {vocabulary[code].abbreviation}" for digit, code in enumerate(codes, 1) if code)
            for codes in (before, after)
        ]
        return "", named[0], named[1]
    gone, added = [one for one in before if one not in after], [one for one in after if one not in before]
    if not gone and not added:
        return what, "", "in another order"
    if what == counting_as.SETTING:
        gone, added = (
            [" into ".join(vocabulary[c].name for c in _pair(one)) for one in some] for some in (gone, added)
        )
    else:
        gone, added = ([vocabulary[code].name for code in some] for some in (gone, added))
    return what, ", ".join(gone), ", ".join(added)


def _text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value or "")
