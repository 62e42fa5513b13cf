SELECT
  "PERIOD",
  "CHANNEL",
  "VALUE" * 100.0 AS "VALUE"
FROM (
  SELECT
    "PERIOD",
    "CHANNEL",
    CAST("ABOVE" AS DOUBLE) / NULLIF(CAST("BELOW" AS DOUBLE), 0) AS "VALUE"
  FROM (
    SELECT
      "PERIOD",
      "CHANNEL",
      COALESCE(MAX("ABOVE"), 0) AS "ABOVE",
      MAX("BELOW") AS "BELOW"
    FROM (
      SELECT
        "PERIOD",
        "CHANNEL",
        "VALUE" AS "ABOVE",
        NULL AS "BELOW"
      FROM (
        SELECT
          CAST(DATEADD(DAY, 1 - DAYOFWEEKISO("METRICGOV_TIME"), DATE_TRUNC('DAY', "METRICGOV_TIME")) AS TIMESTAMPNTZ) AS "PERIOD",
          "CHANNEL",
          COUNT(*) AS "VALUE"
        FROM (
          SELECT
            *
          FROM (
            SELECT
              *,
              CONVERT_TIMEZONE('UTC', 'Europe/Berlin', "CREATED_AT") AS "METRICGOV_TIME"
            FROM leads
            WHERE
              (
                created_at < CAST('2026-02-01 00:00:00' AS TIMESTAMPNTZ) - INTERVAL '7 DAY'
                AND accepted_at <= created_at + INTERVAL '7 DAY'
              )
              AND NOT "CREATED_AT" IS NULL
          ) AS metricgov_timed
          WHERE
            "METRICGOV_TIME" >= CAST('2025-12-29 00:00:00' AS TIMESTAMPNTZ)
            AND "METRICGOV_TIME" < CAST('2026-01-12 00:00:00' AS TIMESTAMPNTZ)
        ) AS metricgov_rows
        GROUP BY
          CAST(DATEADD(DAY, 1 - DAYOFWEEKISO("METRICGOV_TIME"), DATE_TRUNC('DAY', "METRICGOV_TIME")) AS TIMESTAMPNTZ),
          "CHANNEL"
      ) AS metricgov_series
      UNION ALL
      SELECT
        "PERIOD",
        "CHANNEL",
        NULL AS "ABOVE",
        "VALUE" AS "BELOW"
      FROM (
        SELECT
          CAST(DATEADD(DAY, 1 - DAYOFWEEKISO("METRICGOV_TIME"), DATE_TRUNC('DAY', "METRICGOV_TIME")) AS TIMESTAMPNTZ) AS "PERIOD",
          "CHANNEL",
          SUM(CAST(amount AS DOUBLE) / NULLIF(CAST(2 AS DOUBLE), 0)) AS "VALUE"
        FROM (
          SELECT
            *
          FROM (
            SELECT
              *,
              CONVERT_TIMEZONE('UTC', 'Europe/Berlin', "CREATED_AT") AS "METRICGOV_TIME"
            FROM leads
            WHERE
              created_at < CAST('2026-02-01 00:00:00' AS TIMESTAMPNTZ) - INTERVAL '7 DAY'
              AND NOT "CREATED_AT" IS NULL
          ) AS metricgov_timed
          WHERE
            "METRICGOV_TIME" >= CAST('2025-12-29 00:00:00' AS TIMESTAMPNTZ)
            AND "METRICGOV_TIME" < CAST('2026-01-12 00:00:00' AS TIMESTAMPNTZ)
        ) AS metricgov_rows
        GROUP BY
          CAST(DATEADD(DAY, 1 - DAYOFWEEKISO("METRICGOV_TIME"), DATE_TRUNC('DAY', "METRICGOV_TIME")) AS TIMESTAMPNTZ),
          "CHANNEL"
      ) AS metricgov_series
    ) AS metricgov_stacked
    GROUP BY
      "PERIOD",
      "CHANNEL"
  ) AS metricgov_gathered
) AS metricgov_unscaled
ORDER BY
  "PERIOD",
  "CHANNEL"
