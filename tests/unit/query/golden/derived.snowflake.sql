SELECT
  "PERIOD",
  "CHANNEL",
  CAST("NOW" AS DOUBLE) / NULLIF(CAST("BEFORE" AS DOUBLE), 0) AS "VALUE"
FROM (
  SELECT
    "PERIOD",
    "CHANNEL",
    MAX("NOW") AS "NOW",
    MAX("BEFORE") AS "BEFORE"
  FROM (
    SELECT
      "PERIOD",
      "CHANNEL",
      "VALUE" AS "NOW",
      NULL AS "BEFORE"
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
            NOT is_test AND NOT "CREATED_AT" IS NULL
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
      NULL AS "NOW",
      "VALUE" AS "BEFORE"
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
            CONVERT_TIMEZONE('UTC', 'Europe/Berlin', "CREATED_AT") + INTERVAL '1 MONTH' AS "METRICGOV_TIME"
          FROM leads
          WHERE
            NOT is_test AND NOT "CREATED_AT" IS NULL
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
ORDER BY
  "PERIOD",
  "CHANNEL"
