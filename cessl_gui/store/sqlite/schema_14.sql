-- What version 14 adds: nothing; labels that several merged statements count as are brought up again, see counting_as.

INSERT OR REPLACE INTO settings SELECT 'merges to bring in', value FROM settings WHERE key = 'merges' AND value <> '[]';
