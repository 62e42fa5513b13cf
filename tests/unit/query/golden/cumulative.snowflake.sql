SELECT
  "PERIOD",
  "CHANNEL",
  "VALUE"
FROM (
  SELECT
    CAST(DATEADD(DAY, 1 - DAYOFWEEKISO("PERIOD"), DATE_TRUNC('DAY', "PERIOD")) AS TIMESTAMPNTZ) AS "PERIOD",
    "CHANNEL",
    "VALUE",
    ROW_NUMBER() OVER (
      PARTITION BY CAST(DATEADD(DAY, 1 - DAYOFWEEKISO("PERIOD"), DATE_TRUNC('DAY', "PERIOD")) AS TIMESTAMPNTZ), "CHANNEL"
      ORDER BY "PERIOD" ASC
    ) AS "METRICGOV_ROW"
  FROM (
    SELECT
      "METRICGOV_SPINE"."PERIOD",
      "METRICGOV_ROWS"."CHANNEL",
      SUM("METRICGOV_ROWS"."VALUE") AS "VALUE"
    FROM (VALUES
      (
        CAST('2025-12-29 00:00:00' AS TIMESTAMPNTZ),
        CAST('2025-12-30 00:00:00' AS TIMESTAMPNTZ)
      ),
      (
        CAST('2025-12-30 00:00:00' AS TIMESTAMPNTZ),
        CAST('2025-12-31 00:00:00' AS TIMESTAMPNTZ)
      ),
      (
        CAST('2025-12-31 00:00:00' AS TIMESTAMPNTZ),
        CAST('2026-01-01 00:00:00' AS TIMESTAMPNTZ)
      ),
      (
        CAST('2026-01-01 00:00:00' AS TIMESTAMPNTZ),
        CAST('2026-01-02 00:00:00' AS TIMESTAMPNTZ)
      ),
      (
        CAST('2026-01-02 00:00:00' AS TIMESTAMPNTZ),
        CAST('2026-01-03 00:00:00' AS TIMESTAMPNTZ)
      ),
      (
        CAST('2026-01-03 00:00:00' AS TIMESTAMPNTZ),
        CAST('2026-01-04 00:00:00' AS TIMESTAMPNTZ)
      ),
      (
        CAST('2026-01-04 00:00:00' AS TIMESTAMPNTZ),
        CAST('2026-01-05 00:00:00' AS TIMESTAMPNTZ)
      ),
      (
        CAST('2026-01-05 00:00:00' AS TIMESTAMPNTZ),
        CAST('2026-01-06 00:00:00' AS TIMESTAMPNTZ)
      ),
      (
        CAST('2026-01-06 00:00:00' AS TIMESTAMPNTZ),
        CAST('2026-01-07 00:00:00' AS TIMESTAMPNTZ)
      ),
      (
        CAST('2026-01-07 00:00:00' AS TIMESTAMPNTZ),
        CAST('2026-01-08 00:00:00' AS TIMESTAMPNTZ)
      ),
      (
        CAST('2026-01-08 00:00:00' AS TIMESTAMPNTZ),
        CAST('2026-01-09 00:00:00' AS TIMESTAMPNTZ)
      ),
      (
        CAST('2026-01-09 00:00:00' AS TIMESTAMPNTZ),
        CAST('2026-01-10 00:00:00' AS TIMESTAMPNTZ)
      ),
      (
        CAST('2026-01-10 00:00:00' AS TIMESTAMPNTZ),
        CAST('2026-01-11 00:00:00' AS TIMESTAMPNTZ)
      ),
      (
        CAST('2026-01-11 00:00:00' AS TIMESTAMPNTZ),
        CAST('2026-01-12 00:00:00' AS TIMESTAMPNTZ)
      )) AS metricgov_spine("PERIOD", "PERIOD_END")
    JOIN (
      SELECT
        "METRICGOV_TIME",
        "CHANNEL",
        "VALUE"
      FROM (
        SELECT
          *,
          "PERIOD" AS "METRICGOV_TIME"
        FROM (
          SELECT
            CAST(DATE_TRUNC('DAY', "METRICGOV_TIME") AS TIMESTAMPNTZ) AS "PERIOD",
            "CHANNEL",
            SUM(amount) AS "VALUE"
          FROM (
            SELECT
              *
            FROM (
              SELECT
                *,
                CONVERT_TIMEZONE('UTC', 'Europe/Berlin', "CREATED_AT") AS "METRICGOV_TIME"
              FROM leads
              WHERE
                NOT "CREATED_AT" IS NULL
            ) AS metricgov_timed
            WHERE
              "METRICGOV_TIME" >= CAST('2025-09-29 00:00:00' AS TIMESTAMPNTZ)
              AND "METRICGOV_TIME" < CAST('2026-01-12 00:00:00' AS TIMESTAMPNTZ)
          ) AS metricgov_rows
          GROUP BY
            CAST(DATE_TRUNC('DAY', "METRICGOV_TIME") AS TIMESTAMPNTZ),
            "CHANNEL"
        ) AS metricgov_daily
      ) AS metricgov_sums
    ) AS metricgov_rows
      ON "METRICGOV_ROWS"."METRICGOV_TIME" < "METRICGOV_SPINE"."PERIOD_END"
      AND "METRICGOV_ROWS"."METRICGOV_TIME" >= (
        "METRICGOV_SPINE"."PERIOD_END" - INTERVAL '3 MONTH'
      )
    GROUP BY
      "METRICGOV_SPINE"."PERIOD",
      "METRICGOV_ROWS"."CHANNEL"
  ) AS metricgov_fine
) AS metricgov_numbered
WHERE
  "METRICGOV_ROW" = 1
ORDER BY
  "PERIOD",
  "CHANNEL"
