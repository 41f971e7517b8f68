-- What version 12 adds: the revisions of a record go with it where its data are removed.

DROP TRIGGER record_revisions_are_kept;
CREATE TRIGGER record_revisions_are_kept BEFORE DELETE ON record_revisions
WHEN NOT EXISTS (SELECT 1 FROM removed WHERE content = OLD.record_id)
BEGIN SELECT RAISE(ABORT, 'record revisions are never deleted'); END;
