-- What version 14 adds: nothing; labels that several merged statements count as are brought up again, see counting_as.

INSERT OR REPLACE INTO settings
SELECT 'merges to bring in', pairs FROM (
    SELECT json_group_array(json(pair)) AS pairs FROM (
        SELECT json(one.value) AS pair FROM settings AS s, json_each(CASE WHEN json_valid(s.value) THEN s.value ELSE '[]' END) AS one
        WHERE s.key IN ('merges', 'merges to bring in') AND json_valid(one.value) AND json_type(one.value) = 'array'
        GROUP BY json(one.value)
    )
) WHERE pairs <> '[]';
