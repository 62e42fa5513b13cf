SELECT
  *
FROM (
  SELECT
    CAST("period" AS TIMESTAMP) AS "period",
    "channel",
    "value"
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
      DATE_TRUNC('WEEK', created_at) AS period,
      channel,
      CAST(SUM(amount) AS DOUBLE PRECISION) / NULLIF(CAST(COUNT(*) AS DOUBLE PRECISION), 0) AS value
    FROM kept
    GROUP BY
      1,
      2
  ) AS metricgov_query
) AS metricgov_found
WHERE
  "period" >= CAST('2025-12-29 00:00:00' AS TIMESTAMP)
  AND "period" < CAST('2026-01-12 00:00:00' AS TIMESTAMP)
ORDER BY
  "period",
  "channel"
