SELECT
  `period`,
  `channel`,
  CAST(`now` AS DOUBLE) / NULLIF(CAST(`before` AS DOUBLE), 0) AS `value`
FROM (
  SELECT
    `period`,
    `channel`,
    MAX(`now`) AS `now`,
    MAX(`before`) AS `before`
  FROM (
    SELECT
      `period`,
      `channel`,
      `value` AS `now`,
      NULL AS `before`
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
            NOT is_test AND NOT `created_at` IS NULL
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
      NULL AS `now`,
      `value` AS `before`
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
            FROM_UTC_TIMESTAMP(`created_at`, 'Europe/Berlin') + INTERVAL '1' MONTH AS `metricgov_time`
          FROM leads
          WHERE
            NOT is_test AND NOT `created_at` IS NULL
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
ORDER BY
  `period`,
  `channel`
