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
    CAST(TIMESTAMP_TRUNC(`metricgov_time`, WEEK(MONDAY)) AS DATETIME) AS `period`,
    `channel`,
    `country`,
    SUM(IF((
      TRUE
    ), amount, NULL)) AS `old_value`,
    SUM(IF((
      NOT is_test
    ), amount, NULL)) AS `new_value`
  FROM (
    SELECT
      *
    FROM (
      SELECT
        *,
        DATETIME(TIMESTAMP(`created_at`, 'UTC'), 'Europe/Berlin') AS `metricgov_time`
      FROM leads
      WHERE
        NOT `created_at` IS NULL
    ) AS metricgov_timed
    WHERE
      `metricgov_time` >= CAST('2025-12-29 00:00:00' AS DATETIME)
      AND `metricgov_time` < CAST('2026-01-12 00:00:00' AS DATETIME)
  ) AS metricgov_rows
  GROUP BY
    CAST(TIMESTAMP_TRUNC(`metricgov_time`, WEEK(MONDAY)) AS DATETIME),
    `channel`,
    `country`
) AS metricgov_fine
GROUP BY
  GROUPING SETS (
    (`period`),
    (`period`, `channel`),
    (`period`, `country`)
  )
