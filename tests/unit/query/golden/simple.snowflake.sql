SELECT
  "METRICGOV_KEYS"."PERIOD",
  "METRICGOV_KEYS"."CHANNEL",
  COALESCE("METRICGOV_SERIES"."VALUE", 0.0) AS "VALUE"
FROM (
  SELECT
    "METRICGOV_SPINE"."PERIOD",
    "METRICGOV_GROUPS"."CHANNEL"
  FROM (VALUES
    (
      CAST('2025-12-29 00:00:00' AS TIMESTAMP),
      CAST('2026-01-05 00:00:00' AS TIMESTAMP)
    ),
    (
      CAST('2026-01-05 00:00:00' AS TIMESTAMP),
      CAST('2026-01-12 00:00:00' AS TIMESTAMP)
    )) AS metricgov_spine("PERIOD", "PERIOD_END")
  CROSS JOIN (
    SELECT DISTINCT
      "CHANNEL"
    FROM (
      SELECT
        CAST(DATE_TRUNC('WEEK', "METRICGOV_TIME") AS TIMESTAMP) AS "PERIOD",
        "CHANNEL",
        COUNT(*) AS "VALUE"
      FROM (
        SELECT
          *
        FROM (
          SELECT
            *
          FROM (
            SELECT
              *,
              CONVERT_TIMEZONE('UTC', 'Europe/Berlin', "CREATED_AT") AS "METRICGOV_TIME",
              ROW_NUMBER() OVER (PARTITION BY "LEAD_ID" ORDER BY "CREATED_AT" ASC, "LEAD_ID" ASC) AS "METRICGOV_ROW"
            FROM leads
            WHERE
              NOT is_test AND NOT "CREATED_AT" IS NULL
          ) AS metricgov_units
          WHERE
            "METRICGOV_ROW" = 1
        ) AS metricgov_timed
        WHERE
          "METRICGOV_TIME" >= CAST('2025-12-29 00:00:00' AS TIMESTAMP)
          AND "METRICGOV_TIME" < CAST('2026-01-12 00:00:00' AS TIMESTAMP)
      ) AS metricgov_rows
      GROUP BY
        CAST(DATE_TRUNC('WEEK', "METRICGOV_TIME") AS TIMESTAMP),
        "CHANNEL"
    ) AS metricgov_known
  ) AS metricgov_groups
) AS metricgov_keys
LEFT JOIN (
  SELECT
    CAST(DATE_TRUNC('WEEK', "METRICGOV_TIME") AS TIMESTAMP) AS "PERIOD",
    "CHANNEL",
    COUNT(*) AS "VALUE"
  FROM (
    SELECT
      *
    FROM (
      SELECT
        *
      FROM (
        SELECT
          *,
          CONVERT_TIMEZONE('UTC', 'Europe/Berlin', "CREATED_AT") AS "METRICGOV_TIME",
          ROW_NUMBER() OVER (PARTITION BY "LEAD_ID" ORDER BY "CREATED_AT" ASC, "LEAD_ID" ASC) AS "METRICGOV_ROW"
        FROM leads
        WHERE
          NOT is_test AND NOT "CREATED_AT" IS NULL
      ) AS metricgov_units
      WHERE
        "METRICGOV_ROW" = 1
    ) AS metricgov_timed
    WHERE
      "METRICGOV_TIME" >= CAST('2025-12-29 00:00:00' AS TIMESTAMP)
      AND "METRICGOV_TIME" < CAST('2026-01-12 00:00:00' AS TIMESTAMP)
  ) AS metricgov_rows
  GROUP BY
    CAST(DATE_TRUNC('WEEK', "METRICGOV_TIME") AS TIMESTAMP),
    "CHANNEL"
) AS metricgov_series
  ON "METRICGOV_KEYS"."PERIOD" IS NOT DISTINCT FROM "METRICGOV_SERIES"."PERIOD"
  AND "METRICGOV_KEYS"."CHANNEL" IS NOT DISTINCT FROM "METRICGOV_SERIES"."CHANNEL"
ORDER BY
  "PERIOD",
  "CHANNEL"
