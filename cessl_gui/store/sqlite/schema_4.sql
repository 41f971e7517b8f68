-- What version 4 adds: what a reader had in sight, and whether a move in the reading queue was an undo.
-- file_visible: whether the header's diagnoses were or had been in sight; NULL: unknown, as before version 4.
-- reading_events.kind: set, undo, redo; events from before version 4 count as set.

ALTER TABLE label_events ADD COLUMN file_visible INTEGER;
ALTER TABLE reading_events ADD COLUMN kind TEXT NOT NULL DEFAULT 'set';

DROP VIEW current_labels;
CREATE VIEW current_labels AS
SELECT record_id, code, state, reader, at_utc, prediction_visible, file_visible, kind FROM label_events AS e
WHERE reader <> 'header' AND seq = (
    SELECT MAX(seq) FROM label_events AS later
    WHERE later.record_id = e.record_id AND later.code = e.code AND later.reader <> 'header'
) AND state IS NOT NULL;
