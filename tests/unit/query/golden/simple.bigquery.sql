WITH metricgov_shared_1 AS (
  SELECT
    *,
    DATETIME(TIMESTAMP(`created_at`, 'UTC'), 'Europe/Berlin') AS `metricgov_time`,
    ROW_NUMBER() OVER (
      PARTITION BY `lead_id`
      ORDER BY `created_at` ASC NULLS LAST, `lead_id` ASC NULLS LAST
    ) AS `metricgov_row`
  FROM leads
  WHERE
    NOT is_test AND NOT `created_at` IS NULL
)
SELECT
  `metricgov_keys`.`period`,
  `metricgov_keys`.`channel`,
  COALESCE(`metricgov_series`.`value`, 0.0) AS `value`
FROM (
  SELECT
    `metricgov_spine`.`period`,
    `metricgov_groups`.`channel`
  FROM UNNEST([
    STRUCT(
      CAST('2025-12-29 00:00:00' AS DATETIME) AS `period`,
      CAST('2026-01-05 00:00:00' AS DATETIME) AS `period_end`
    ),
    STRUCT(
      CAST('2026-01-05 00:00:00' AS DATETIME) AS `period`,
      CAST('2026-01-12 00:00:00' AS DATETIME) AS `period_end`
    )
  ]) AS metricgov_spine
  CROSS JOIN (
    SELECT DISTINCT
      `channel`
    FROM (
      SELECT
        CAST(TIMESTAMP_TRUNC(`metricgov_time`, WEEK(MONDAY)) AS DATETIME) AS `period`,
        `channel`,
        COUNT(*) AS `value`
      FROM (
        SELECT
          *
        FROM (
          SELECT
            *
          FROM metricgov_shared_1 AS metricgov_units
          WHERE
            `metricgov_row` = 1 OR `lead_id` IS NULL
        ) AS metricgov_timed
        WHERE
          `metricgov_time` >= CAST('2025-12-29 00:00:00' AS DATETIME)
          AND `metricgov_time` < CAST('2026-01-12 00:00:00' AS DATETIME)
      ) AS metricgov_rows
      GROUP BY
        CAST(TIMESTAMP_TRUNC(`metricgov_time`, WEEK(MONDAY)) AS DATETIME),
        `channel`
    ) AS metricgov_known
  ) AS metricgov_groups
) AS metricgov_keys
LEFT JOIN (
  SELECT
    CAST(TIMESTAMP_TRUNC(`metricgov_time`, WEEK(MONDAY)) AS DATETIME) AS `period`,
    `channel`,
    COUNT(*) AS `value`
  FROM (
    SELECT
      *
    FROM (
      SELECT
        *
      FROM metricgov_shared_1 AS metricgov_units
      WHERE
        `metricgov_row` = 1 OR `lead_id` IS NULL
    ) AS metricgov_timed
    WHERE
      `metricgov_time` >= CAST('2025-12-29 00:00:00' AS DATETIME)
      AND `metricgov_time` < CAST('2026-01-12 00:00:00' AS DATETIME)
  ) AS metricgov_rows
  GROUP BY
    CAST(TIMESTAMP_TRUNC(`metricgov_time`, WEEK(MONDAY)) AS DATETIME),
    `channel`
) AS metricgov_series
  ON (
    `metricgov_keys`.`period` = `metricgov_series`.`period`
    OR (
      `metricgov_keys`.`period` IS NULL AND `metricgov_series`.`period` IS NULL
    )
  )
  AND (
    `metricgov_keys`.`channel` = `metricgov_series`.`channel`
    OR (
      `metricgov_keys`.`channel` IS NULL AND `metricgov_series`.`channel` IS NULL
    )
  )
ORDER BY
  `period`,
  `channel`
