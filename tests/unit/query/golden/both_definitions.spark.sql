SELECT
  `period`,
  `channel`,
  `country`,
  GROUPING(`channel`) AS `metricgov_rolled_channel`,
  GROUPING(`country`) AS `metricgov_rolled_country`,
  SUM(`old_value`) AS `old_value`,
  SUM(`new_value`) AS `new_value`
FROM (
  SELECT
    CAST(DATE_TRUNC('WEEK', `metricgov_time`) AS TIMESTAMP) AS `period`,
    `channel`,
    `country`,
    SUM(amount) FILTER(WHERE
      (
        TRUE
      )) AS `old_value`,
    SUM(amount) FILTER(WHERE
      (
        NOT is_test
      )) AS `new_value`
  FROM (
    SELECT
      *
    FROM (
      SELECT
        *,
        FROM_UTC_TIMESTAMP(`created_at`, 'Europe/Berlin') AS `metricgov_time`
      FROM leads
      WHERE
        NOT `created_at` IS NULL
    ) AS metricgov_timed
    WHERE
      `metricgov_time` >= CAST('2025-12-29 00:00:00' AS TIMESTAMP)
      AND `metricgov_time` < CAST('2026-01-12 00:00:00' AS TIMESTAMP)
  ) AS metricgov_rows
  GROUP BY
    CAST(DATE_TRUNC('WEEK', `metricgov_time`) AS TIMESTAMP),
    `channel`,
    `country`
) AS metricgov_fine
GROUP BY
  GROUPING SETS (
    (`period`),
    (`period`, `channel`),
    (`period`, `country`)
  )
