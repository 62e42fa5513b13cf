WITH metricgov_shared_1 AS (
  SELECT
    *,
    "created_at" AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Berlin' AS "metricgov_time",
    ROW_NUMBER() OVER (PARTITION BY "lead_id" ORDER BY "created_at" ASC, "lead_id" ASC) AS "metricgov_row"
  FROM leads
  WHERE
    NOT is_test AND NOT "created_at" IS NULL
)
SELECT
  "metricgov_keys"."period",
  "metricgov_keys"."channel",
  COALESCE("metricgov_series"."value", 0.0) AS "value"
FROM (
  SELECT
    "metricgov_spine"."period",
    "metricgov_groups"."channel"
  FROM (VALUES
    (
      CAST('2025-12-29 00:00:00' AS TIMESTAMP),
      CAST('2026-01-05 00:00:00' AS TIMESTAMP)
    ),
    (
      CAST('2026-01-05 00:00:00' AS TIMESTAMP),
      CAST('2026-01-12 00:00:00' AS TIMESTAMP)
    )) AS metricgov_spine("period", "period_end")
  CROSS JOIN (
    SELECT DISTINCT
      "channel"
    FROM (
      SELECT
        CAST(DATE_TRUNC('WEEK', "metricgov_time") AS TIMESTAMP) AS "period",
        "channel",
        COUNT(*) AS "value"
      FROM (
        SELECT
          *
        FROM (
          SELECT
            *
          FROM metricgov_shared_1 AS metricgov_units
          WHERE
            "metricgov_row" = 1 OR "lead_id" IS NULL
        ) AS metricgov_timed
        WHERE
          "metricgov_time" >= CAST('2025-12-29 00:00:00' AS TIMESTAMP)
          AND "metricgov_time" < CAST('2026-01-12 00:00:00' AS TIMESTAMP)
      ) AS metricgov_rows
      GROUP BY
        CAST(DATE_TRUNC('WEEK', "metricgov_time") AS TIMESTAMP),
        "channel"
    ) AS metricgov_known
  ) AS metricgov_groups
) AS metricgov_keys
LEFT JOIN (
  SELECT
    CAST(DATE_TRUNC('WEEK', "metricgov_time") AS TIMESTAMP) AS "period",
    "channel",
    COUNT(*) AS "value"
  FROM (
    SELECT
      *
    FROM (
      SELECT
        *
      FROM metricgov_shared_1 AS metricgov_units
      WHERE
        "metricgov_row" = 1 OR "lead_id" IS NULL
    ) AS metricgov_timed
    WHERE
      "metricgov_time" >= CAST('2025-12-29 00:00:00' AS TIMESTAMP)
      AND "metricgov_time" < CAST('2026-01-12 00:00:00' AS TIMESTAMP)
  ) AS metricgov_rows
  GROUP BY
    CAST(DATE_TRUNC('WEEK', "metricgov_time") AS TIMESTAMP),
    "channel"
) AS metricgov_series
  ON "metricgov_keys"."period" IS NOT DISTINCT FROM "metricgov_series"."period"
  AND "metricgov_keys"."channel" IS NOT DISTINCT FROM "metricgov_series"."channel"
ORDER BY
  "period",
  "channel"
