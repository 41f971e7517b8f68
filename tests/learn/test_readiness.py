"""Why a training cannot start, in a sentence."""

from cessl_gui.learn.readiness import why_not_trainable


def test_readiness_sentences():
    assert "Label some ECGs first" in why_not_trainable({}, {})
    few = {"a": {"x": "present"}, "b": {"x": "absent"}}
    assert why_not_trainable(few, {}) == (
        "Mark one statement present in 2 more and absent in 2 more (of different patients) to train."
    )
    enough = {f"{s}{i}": {"x": s} for s in ("present", "absent") for i in range(3)}
    assert why_not_trainable(enough, {}) is None
    assert why_not_trainable(enough, dict.fromkeys(enough, "same")) is not None
