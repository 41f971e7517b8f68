-- What version 17 adds: the first unread record by name is found without a look at all of them.

CREATE INDEX records_by_name ON records (name COLLATE NOCASE);
