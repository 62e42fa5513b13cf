SELECT
  `period`,
  `channel`,
  `value`
FROM (
  SELECT
    CAST(TIMESTAMP_TRUNC(`period`, WEEK(MONDAY)) AS DATETIME) AS `period`,
    `channel`,
    `value`,
    ROW_NUMBER() OVER (
      PARTITION BY CAST(TIMESTAMP_TRUNC(`period`, WEEK(MONDAY)) AS DATETIME), `channel`
      ORDER BY `period` ASC NULLS LAST
    ) AS `metricgov_row`
  FROM (
    SELECT
      `metricgov_spine`.`period`,
      `metricgov_rows`.`channel`,
      SUM(`metricgov_rows`.`value`) AS `value`
    FROM UNNEST([
      STRUCT(
        CAST('2025-12-29 00:00:00' AS DATETIME) AS `period`,
        CAST('2025-12-30 00:00:00' AS DATETIME) AS `period_end`
      ),
      STRUCT(
        CAST('2025-12-30 00:00:00' AS DATETIME) AS `period`,
        CAST('2025-12-31 00:00:00' AS DATETIME) AS `period_end`
      ),
      STRUCT(
        CAST('2025-12-31 00:00:00' AS DATETIME) AS `period`,
        CAST('2026-01-01 00:00:00' AS DATETIME) AS `period_end`
      ),
      STRUCT(
        CAST('2026-01-01 00:00:00' AS DATETIME) AS `period`,
        CAST('2026-01-02 00:00:00' AS DATETIME) AS `period_end`
      ),
      STRUCT(
        CAST('2026-01-02 00:00:00' AS DATETIME) AS `period`,
        CAST('2026-01-03 00:00:00' AS DATETIME) AS `period_end`
      ),
      STRUCT(
        CAST('2026-01-03 00:00:00' AS DATETIME) AS `period`,
        CAST('2026-01-04 00:00:00' AS DATETIME) AS `period_end`
      ),
      STRUCT(
        CAST('2026-01-04 00:00:00' AS DATETIME) AS `period`,
        CAST('2026-01-05 00:00:00' AS DATETIME) AS `period_end`
      ),
      STRUCT(
        CAST('2026-01-05 00:00:00' AS DATETIME) AS `period`,
        CAST('2026-01-06 00:00:00' AS DATETIME) AS `period_end`
      ),
      STRUCT(
        CAST('2026-01-06 00:00:00' AS DATETIME) AS `period`,
        CAST('2026-01-07 00:00:00' AS DATETIME) AS `period_end`
      ),
      STRUCT(
        CAST('2026-01-07 00:00:00' AS DATETIME) AS `period`,
        CAST('2026-01-08 00:00:00' AS DATETIME) AS `period_end`
      ),
      STRUCT(
        CAST('2026-01-08 00:00:00' AS DATETIME) AS `period`,
        CAST('2026-01-09 00:00:00' AS DATETIME) AS `period_end`
      ),
      STRUCT(
        CAST('2026-01-09 00:00:00' AS DATETIME) AS `period`,
        CAST('2026-01-10 00:00:00' AS DATETIME) AS `period_end`
      ),
      STRUCT(
        CAST('2026-01-10 00:00:00' AS DATETIME) AS `period`,
        CAST('2026-01-11 00:00:00' AS DATETIME) AS `period_end`
      ),
      STRUCT(
        CAST('2026-01-11 00:00:00' AS DATETIME) AS `period`,
        CAST('2026-01-12 00:00:00' AS DATETIME) AS `period_end`
      )
    ]) AS metricgov_spine
    JOIN (
      SELECT
        `metricgov_time`,
        `channel`,
        `value`
      FROM (
        SELECT
          *,
          `period` AS `metricgov_time`
        FROM (
          SELECT
            CAST(TIMESTAMP_TRUNC(`metricgov_time`, DAY) AS DATETIME) AS `period`,
            `channel`,
            SUM(amount) AS `value`
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
              `metricgov_time` >= CAST('2025-09-29 00:00:00' AS DATETIME)
              AND `metricgov_time` < CAST('2026-01-12 00:00:00' AS DATETIME)
          ) AS metricgov_rows
          GROUP BY
            CAST(TIMESTAMP_TRUNC(`metricgov_time`, DAY) AS DATETIME),
            `channel`
        ) AS metricgov_daily
      ) AS metricgov_sums
    ) AS metricgov_rows
      ON `metricgov_rows`.`metricgov_time` < `metricgov_spine`.`period_end`
      AND `metricgov_rows`.`metricgov_time` >= (
        `metricgov_spine`.`period_end` - INTERVAL 3 MONTH
      )
    GROUP BY
      `metricgov_spine`.`period`,
      `metricgov_rows`.`channel`
  ) AS metricgov_fine
) AS metricgov_numbered
WHERE
  `metricgov_row` = 1
ORDER BY
  `period`,
  `channel`
