-- What version 19 adds: of which records it is not known how their patient's id is written, as they were imported
-- before version 18. They are known by an empty spelling, until their source is read again.

INSERT OR IGNORE INTO patient_spellings SELECT id, '' FROM records
WHERE patient <> '' AND id IN (SELECT record_id FROM sources);
