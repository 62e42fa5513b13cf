SELECT
  `period`,
  `channel`,
  `value`
FROM (
  SELECT
    CAST(DATE_TRUNC('WEEK', `period`) AS TIMESTAMP) AS `period`,
    `channel`,
    `value`,
    ROW_NUMBER() OVER (
      PARTITION BY CAST(DATE_TRUNC('WEEK', `period`) AS TIMESTAMP), `channel`
      ORDER BY `period` ASC NULLS LAST
    ) AS `metricgov_row`
  FROM (
    SELECT
      `metricgov_spine`.`period`,
      `metricgov_rows`.`channel`,
      SUM(`metricgov_rows`.`value`) AS `value`
    FROM VALUES
      (
        CAST('2025-12-29 00:00:00' AS TIMESTAMP),
        CAST('2025-12-30 00:00:00' AS TIMESTAMP)
      ),
      (
        CAST('2025-12-30 00:00:00' AS TIMESTAMP),
        CAST('2025-12-31 00:00:00' AS TIMESTAMP)
      ),
      (
        CAST('2025-12-31 00:00:00' AS TIMESTAMP),
        CAST('2026-01-01 00:00:00' AS TIMESTAMP)
      ),
      (
        CAST('2026-01-01 00:00:00' AS TIMESTAMP),
        CAST('2026-01-02 00:00:00' AS TIMESTAMP)
      ),
      (
        CAST('2026-01-02 00:00:00' AS TIMESTAMP),
        CAST('2026-01-03 00:00:00' AS TIMESTAMP)
      ),
      (
        CAST('2026-01-03 00:00:00' AS TIMESTAMP),
        CAST('2026-01-04 00:00:00' AS TIMESTAMP)
      ),
      (
        CAST('2026-01-04 00:00:00' AS TIMESTAMP),
        CAST('2026-01-05 00:00:00' AS TIMESTAMP)
      ),
      (
        CAST('2026-01-05 00:00:00' AS TIMESTAMP),
        CAST('2026-01-06 00:00:00' AS TIMESTAMP)
      ),
      (
        CAST('2026-01-06 00:00:00' AS TIMESTAMP),
        CAST('2026-01-07 00:00:00' AS TIMESTAMP)
      ),
      (
        CAST('2026-01-07 00:00:00' AS TIMESTAMP),
        CAST('2026-01-08 00:00:00' AS TIMESTAMP)
      ),
      (
        CAST('2026-01-08 00:00:00' AS TIMESTAMP),
        CAST('2026-01-09 00:00:00' AS TIMESTAMP)
      ),
      (
        CAST('2026-01-09 00:00:00' AS TIMESTAMP),
        CAST('2026-01-10 00:00:00' AS TIMESTAMP)
      ),
      (
        CAST('2026-01-10 00:00:00' AS TIMESTAMP),
        CAST('2026-01-11 00:00:00' AS TIMESTAMP)
      ),
      (
        CAST('2026-01-11 00:00:00' AS TIMESTAMP),
        CAST('2026-01-12 00:00:00' AS TIMESTAMP)
      ) AS metricgov_spine(`period`, `period_end`)
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
            CAST(DATE_TRUNC('DAY', `metricgov_time`) AS TIMESTAMP) AS `period`,
            `channel`,
            SUM(amount) AS `value`
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
              `metricgov_time` >= CAST('2025-09-29 00:00:00' AS TIMESTAMP)
              AND `metricgov_time` < CAST('2026-01-12 00:00:00' AS TIMESTAMP)
          ) AS metricgov_rows
          GROUP BY
            CAST(DATE_TRUNC('DAY', `metricgov_time`) AS TIMESTAMP),
            `channel`
        ) AS metricgov_daily
      ) AS metricgov_sums
    ) AS metricgov_rows
      ON `metricgov_rows`.`metricgov_time` < `metricgov_spine`.`period_end`
      AND `metricgov_rows`.`metricgov_time` >= (
        `metricgov_spine`.`period_end` - INTERVAL '3' MONTH
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
