SELECT
  *
FROM (
  SELECT
    CAST("PERIOD" AS TIMESTAMPNTZ) AS "PERIOD",
    "CHANNEL",
    "VALUE"
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
      DATEADD(DAY, 1 - DAYOFWEEKISO(created_at), DATE_TRUNC('DAY', created_at)) AS period,
      channel,
      CAST(SUM(amount) AS DOUBLE) / NULLIF(CAST(COUNT(*) AS DOUBLE), 0) AS value
    FROM kept
    GROUP BY
      1,
      2
  ) AS metricgov_query
) AS metricgov_found
WHERE
  "PERIOD" >= CAST('2025-12-29 00:00:00' AS TIMESTAMPNTZ)
  AND "PERIOD" < CAST('2026-01-12 00:00:00' AS TIMESTAMPNTZ)
ORDER BY
  "PERIOD",
  "CHANNEL"
