SELECT
  *
FROM (
  SELECT
    CAST(`period` AS DATETIME) AS `period`,
    `channel`,
    `value`
  FROM (
    WITH kept AS (
      SELECT
        *
      FROM (
        SELECT
          *
        FROM (
          SELECT
            *
          FROM leads
        ) AS metricgov_rows
      ) AS leads
      WHERE
        NOT is_test
    )
    SELECT
      TIMESTAMP_TRUNC(created_at, WEEK(MONDAY)) AS period,
      channel,
      CAST(SUM(amount) AS FLOAT64) / NULLIF(CAST(COUNT(*) AS FLOAT64), 0) AS value
    FROM kept
    GROUP BY
      1,
      2
  ) AS metricgov_query
) AS metricgov_found
WHERE
  `period` >= CAST('2025-12-29 00:00:00' AS DATETIME)
  AND `period` < CAST('2026-01-12 00:00:00' AS DATETIME)
ORDER BY
  `period`,
  `channel`
