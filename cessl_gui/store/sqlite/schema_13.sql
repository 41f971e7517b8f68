-- What version 13 adds: the paths and contents of one record are found without going through those of all.

CREATE INDEX sources_by_record ON sources (record_id);
CREATE INDEX record_contents_by_record ON record_contents (record_id);
