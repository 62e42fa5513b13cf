SELECT
  "PERIOD",
  "PLAN",
  CAST("CONVERTED" AS DOUBLE) / NULLIF(CAST("BASES" AS DOUBLE), 0) AS "VALUE"
FROM (
  SELECT
    "PERIOD",
    "PLAN",
    MAX("BASES") AS "BASES",
    COALESCE(MAX("CONVERTED"), 0) AS "CONVERTED"
  FROM (
    SELECT
      "PERIOD",
      "PLAN",
      "VALUE" AS "BASES",
      NULL AS "CONVERTED"
    FROM (
      SELECT
        CAST(DATEADD(DAY, 1 - DAYOFWEEKISO("METRICGOV_TIME"), DATE_TRUNC('DAY', "METRICGOV_TIME")) AS TIMESTAMPNTZ) AS "PERIOD",
        "PLAN",
        COUNT(*) AS "VALUE"
      FROM (
        SELECT
          *
        FROM (
          SELECT
            *,
            "HAPPENED_AT" AS "METRICGOV_TIME"
          FROM events
          WHERE
            event_name = 'started' AND NOT "HAPPENED_AT" IS NULL
        ) AS metricgov_timed
        WHERE
          "METRICGOV_TIME" >= CAST('2025-12-29 00:00:00' AS TIMESTAMPNTZ)
          AND "METRICGOV_TIME" < CAST('2026-01-12 00:00:00' AS TIMESTAMPNTZ)
      ) AS metricgov_rows
      GROUP BY
        CAST(DATEADD(DAY, 1 - DAYOFWEEKISO("METRICGOV_TIME"), DATE_TRUNC('DAY', "METRICGOV_TIME")) AS TIMESTAMPNTZ),
        "PLAN"
    ) AS metricgov_series
    UNION ALL
    SELECT
      "PERIOD",
      "PLAN",
      NULL AS "BASES",
      "VALUE" AS "CONVERTED"
    FROM (
      SELECT
        "PERIOD",
        "PLAN",
        COUNT(*) AS "VALUE"
      FROM (
        SELECT
          CAST(DATEADD(DAY, 1 - DAYOFWEEKISO("B"."METRICGOV_TIME"), DATE_TRUNC('DAY', "B"."METRICGOV_TIME")) AS TIMESTAMPNTZ) AS "PERIOD",
          "B"."PLAN",
          ROW_NUMBER() OVER (PARTITION BY "C"."METRICGOV_EVENT" ORDER BY "B"."METRICGOV_TIME" DESC NULLS LAST) AS "METRICGOV_ROW"
        FROM (
          SELECT
            *,
            ROW_NUMBER() OVER (ORDER BY "METRICGOV_TIME") AS "METRICGOV_EVENT"
          FROM (
            SELECT
              *
            FROM (
              SELECT
                *,
                "HAPPENED_AT" AS "METRICGOV_TIME"
              FROM events
              WHERE
                event_name = 'paid' AND NOT "HAPPENED_AT" IS NULL
            ) AS metricgov_timed
            WHERE
              "METRICGOV_TIME" >= CAST('2025-12-29 00:00:00' AS TIMESTAMPNTZ)
              AND "METRICGOV_TIME" < CAST('2026-01-19 00:00:00' AS TIMESTAMPNTZ)
          ) AS metricgov_events
        ) AS c
        JOIN (
          SELECT
            *
          FROM (
            SELECT
              *,
              "HAPPENED_AT" AS "METRICGOV_TIME"
            FROM events
            WHERE
              event_name = 'started' AND NOT "HAPPENED_AT" IS NULL
          ) AS metricgov_timed
          WHERE
            "METRICGOV_TIME" >= CAST('2025-12-29 00:00:00' AS TIMESTAMPNTZ)
            AND "METRICGOV_TIME" < CAST('2026-01-12 00:00:00' AS TIMESTAMPNTZ)
        ) AS b
          ON "C"."USER_ID" = "B"."USER_ID"
          AND "C"."METRICGOV_TIME" >= "B"."METRICGOV_TIME"
          AND "C"."METRICGOV_TIME" < (
            "B"."METRICGOV_TIME" + INTERVAL '7 DAY'
          )
          AND "C"."PLAN" = "B"."PLAN"
      ) AS metricgov_pairs
      WHERE
        "METRICGOV_ROW" = 1
      GROUP BY
        "PERIOD",
        "PLAN"
    ) AS metricgov_series
  ) AS metricgov_stacked
  GROUP BY
    "PERIOD",
    "PLAN"
) AS metricgov_gathered
ORDER BY
  "PERIOD",
  "PLAN"
