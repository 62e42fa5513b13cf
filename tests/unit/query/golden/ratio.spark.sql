SELECT
  `period`,
  `channel`,
  `value` * 100.0 AS `value`
FROM (
  SELECT
    `period`,
    `channel`,
    CAST(`above` AS DOUBLE) / NULLIF(CAST(`below` AS DOUBLE), 0) AS `value`
  FROM (
    SELECT
      `period`,
      `channel`,
      COALESCE(MAX(`above`), 0) AS `above`,
      MAX(`below`) AS `below`
    FROM (
      SELECT
        `period`,
        `channel`,
        `value` AS `above`,
        NULL AS `below`
      FROM (
        SELECT
          CAST(DATE_TRUNC('WEEK', `metricgov_time`) AS TIMESTAMP) AS `period`,
          `channel`,
          COUNT(*) AS `value`
        FROM (
          SELECT
            *
          FROM (
            SELECT
              *,
              FROM_UTC_TIMESTAMP(`created_at`, 'Europe/Berlin') AS `metricgov_time`
            FROM leads
            WHERE
              (
                created_at < CAST('2026-02-01 00:00:00' AS TIMESTAMP) - INTERVAL '7' DAY
                AND accepted_at <= created_at + INTERVAL '7' DAY
              )
              AND NOT `created_at` IS NULL
          ) AS metricgov_timed
          WHERE
            `metricgov_time` >= CAST('2025-12-29 00:00:00' AS TIMESTAMP)
            AND `metricgov_time` < CAST('2026-01-12 00:00:00' AS TIMESTAMP)
        ) AS metricgov_rows
        GROUP BY
          CAST(DATE_TRUNC('WEEK', `metricgov_time`) AS TIMESTAMP),
          `channel`
      ) AS metricgov_series
      UNION ALL
      SELECT
        `period`,
        `channel`,
        NULL AS `above`,
        `value` AS `below`
      FROM (
        SELECT
          CAST(DATE_TRUNC('WEEK', `metricgov_time`) AS TIMESTAMP) AS `period`,
          `channel`,
          SUM(CAST(amount AS DOUBLE) / NULLIF(CAST(2 AS DOUBLE), 0)) AS `value`
        FROM (
          SELECT
            *
          FROM (
            SELECT
              *,
              FROM_UTC_TIMESTAMP(`created_at`, 'Europe/Berlin') AS `metricgov_time`
            FROM leads
            WHERE
              created_at < CAST('2026-02-01 00:00:00' AS TIMESTAMP) - INTERVAL '7' DAY
              AND NOT `created_at` IS NULL
          ) AS metricgov_timed
          WHERE
            `metricgov_time` >= CAST('2025-12-29 00:00:00' AS TIMESTAMP)
            AND `metricgov_time` < CAST('2026-01-12 00:00:00' AS TIMESTAMP)
        ) AS metricgov_rows
        GROUP BY
          CAST(DATE_TRUNC('WEEK', `metricgov_time`) AS TIMESTAMP),
          `channel`
      ) AS metricgov_series
    ) AS metricgov_stacked
    GROUP BY
      `period`,
      `channel`
  ) AS metricgov_gathered
) AS metricgov_unscaled
ORDER BY
  `period`,
  `channel`
