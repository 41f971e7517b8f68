"""A watched folder that cannot be: said once, and no error in the window."""


def test_a_watched_folder_of_a_stranger_whose_name_is_too_long_is_said_once(session, qtbot):
    said = []
    session.problem.connect(lambda *words: said.append(words))
    session.watch("/" + "y" * 5000)
    for _ in range(2):  # what a slot raises fails the test
        qtbot.waitUntil(lambda: "watch" not in session.busy, timeout=20_000)
        session._watcher.look()
    qtbot.waitUntil(lambda: "watch" not in session.busy, timeout=20_000)
    session.watch("")
    assert len(said) == 1
    assert "cannot be read" in said[0][0]
