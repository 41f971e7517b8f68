"""Sizes, read from the source: what grows too long or takes too much by position fails here before it spreads."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent
PACKAGE, BENCHMARKS, TESTS = (CHECKOUT / folder for folder in ("cessl_gui", "benchmarks", "tests"))
LONGEST_FILE, LONGEST_OF_WINDOW = 350, 300
LONGEST_FUNCTION, MOST_POSITIONAL = 60, 5

# file : reason
LONG_FILES: dict[str, str] = {}

# file::function : reason
LONG_FUNCTIONS = {
    "tasks/evaluation/evaluating.py::evaluate": "half of it is what it promises and what it returns",
    "benchmarks/attack/wfdb_files.py::_other": "a table of what is changed, each row with the names of the others",
}

MANY_POSITIONAL = {
    "ecg/readers/binary/edf.py::_begins": "parts of one header; a class of them would have one use",
    "ecg/readers/binary/edf.py::_records": "parts of one header; a class of them would have one use",
    "ecg/readers/scp_ecg/scp.py::_lead": "parts of one file; a class of them would have one use",
    "ecg/readers/scp_ecg/scp_beats.py::with_reference_beats": "parts of one file; a class of them would have one use",
    "ecg/readers/ecgdatakit/kit.py::_step": "what one message may name",
    "ecg/readers/recording.py::recording": "every reader ends with it and gives the same in the same order",
    "learn/judging/holdout.py::_spared": "held_out's own parameters and one more",
    "learn/loop.py::semi_supervised_loss": "the signature of a loss, which benchmarks replace",
    "learn/pretraining/away.py::figures": "labels, logits and whose they are, as in card.py",
    "learn/pretraining/card.py::figures": "labels, logits and whose they are",
    "ui/page/tools/calipers.py::_paint_one": "what is drawn, and where",
    "ui/page/drawing/names.py::_paint_name": "what is drawn, and where",
    "ui/page/drawing/lettering.py::draw_line_of_text": "what is drawn, and where",
    "ui/page/drawing/paper.py::_trace": "what is drawn, and where",
    "ui/page/layout/traces.py::points": "which samples, and on which columns",
    "learn/network/lora.py::forward": "an autograd function takes tensors by position alone",
    "benchmarks/learning/baselines.py::run_method": "what one run varies",
    "benchmarks/learning/baselines.py::fixmatch_loss": "takes the place of semi_supervised_loss",
    "benchmarks/pretraining/from_scratch.py::from_nothing": "what one run varies",
    "benchmarks/files/fuzz.py::work": "the target of a process takes them by position",
    "benchmarks/projects/queue.py::curve": "what one run varies",
    "learn/quick/conv_block.py::forward": "an autograd function takes tensors by position alone",
}


def sources(*folders: Path) -> Iterator[tuple[str, str]]:
    """Name and text of each module; those of the package by their place in it, the others by that in the checkout."""
    for folder in folders:
        for path in sorted(folder.rglob("*.py")):
            name = path.relative_to(PACKAGE if folder.is_relative_to(PACKAGE) else CHECKOUT).as_posix()
            yield name, path.read_text("utf-8")


def longer(than: int, *folders: Path) -> set[str]:
    return {name for name, text in sources(*folders) if len(text.splitlines()) > than}


@pytest.fixture(scope="module")
def functions() -> list[tuple[str, int, int]]:
    """FILE::NAME, lines and positional parameters of each function of the package and of the benchmarks."""
    return [
        (f"{name}::{node.name}", node.end_lineno - node.lineno + 1, len(positional(node)))
        for name, text in sources(PACKAGE, BENCHMARKS)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def positional(function: ast.FunctionDef) -> list[str]:
    """The parameters that can be given by position, without self and cls."""
    names = [one.arg for one in (*function.args.posonlyargs, *function.args.args)]
    return [name for name in names if name not in ("self", "cls")]


def test_no_file_is_longer_than_350_lines():
    assert longer(LONGEST_FILE, PACKAGE, BENCHMARKS, TESTS) == LONG_FILES.keys()


def test_no_file_of_the_window_is_longer_than_300_lines():
    assert longer(LONGEST_OF_WINDOW, PACKAGE / "ui") == set()


def test_no_function_is_longer_than_60_lines_without_a_reason(functions):
    assert {name for name, lines, _ in functions if lines > LONGEST_FUNCTION} == LONG_FUNCTIONS.keys()


def test_no_function_takes_six_parameters_by_position_without_a_reason(functions):
    assert {name for name, _, count in functions if count > MOST_POSITIONAL} == MANY_POSITIONAL.keys()


# Where an enum names the kinds, and what holds them: `change.kind`, `"train" in session.busy` and the like.
KINDS = {
    "bridge": r"kind|change\.kind|.*\bbusy|.*\.status|.*\.mode",
    "ui": r"kind|change\.kind|.*\bbusy|.*\.status",
    "cli": r".*\.status",
    "tasks": r".*\.status|job\.mode",
    "learn": r"method|job\.mode",
}


def words_compared(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """The line of each comparison with a bare word, and what is compared with it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and len(node.comparators) == 1:
            for value, other in ((node.left, node.comparators[0]), (node.comparators[0], node.left)):
                parts = value.elts if isinstance(value, ast.Tuple | ast.Set | ast.List) else [value]
                if any(isinstance(part, ast.Constant) and isinstance(part.value, str) and part.value for part in parts):
                    yield node.lineno, ast.unparse(other)


def test_a_comparison_with_a_bare_word_is_seen():
    tree = ast.parse('change.kind in ("labels", x)\n"train" in session.busy')
    assert list(words_compared(tree)) == [(1, "change.kind"), (2, "session.busy")]


@pytest.mark.parametrize("package", KINDS)
def test_what_has_an_enum_is_not_compared_with_a_bare_word(package):
    bare = [
        f"{path.relative_to(PACKAGE)}:{line}: {compared}"
        for path in (PACKAGE / package).rglob("*.py")
        for line, compared in words_compared(ast.parse(path.read_text("utf-8")))
        if re.fullmatch(KINDS[package], compared)
    ]
    assert bare == []


def test_no_assert_joins_two_conditions():
    """Where it failed, it would not say which."""
    joined = [
        f"{name}:{node.lineno}"
        for name, text in sources(TESTS)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Assert) and isinstance(node.test, ast.BoolOp) and isinstance(node.test.op, ast.And)
    ]
    assert joined == []
