SELECT
  `period`,
  `plan`,
  CAST(`converted` AS FLOAT64) / NULLIF(CAST(`bases` AS FLOAT64), 0) AS `value`
FROM (
  SELECT
    `period`,
    `plan`,
    MAX(`bases`) AS `bases`,
    COALESCE(MAX(`converted`), 0) AS `converted`
  FROM (
    SELECT
      `period`,
      `plan`,
      `value` AS `bases`,
      NULL AS `converted`
    FROM (
      SELECT
        CAST(TIMESTAMP_TRUNC(`metricgov_time`, WEEK(MONDAY)) AS DATETIME) AS `period`,
        `plan`,
        COUNT(*) AS `value`
      FROM (
        SELECT
          *
        FROM (
          SELECT
            *,
            `happened_at` AS `metricgov_time`
          FROM events
          WHERE
            event_name = 'started' AND NOT `happened_at` IS NULL
        ) AS metricgov_timed
        WHERE
          `metricgov_time` >= CAST('2025-12-29 00:00:00' AS DATETIME)
          AND `metricgov_time` < CAST('2026-01-12 00:00:00' AS DATETIME)
      ) AS metricgov_rows
      GROUP BY
        CAST(TIMESTAMP_TRUNC(`metricgov_time`, WEEK(MONDAY)) AS DATETIME),
        `plan`
    ) AS metricgov_series
    UNION ALL
    SELECT
      `period`,
      `plan`,
      NULL AS `bases`,
      `value` AS `converted`
    FROM (
      SELECT
        `period`,
        `plan`,
        COUNT(*) AS `value`
      FROM (
        SELECT
          CAST(TIMESTAMP_TRUNC(`b`.`metricgov_time`, WEEK(MONDAY)) AS DATETIME) AS `period`,
          `b`.`plan`,
          ROW_NUMBER() OVER (PARTITION BY `c`.`metricgov_event` ORDER BY `b`.`metricgov_time` DESC) AS `metricgov_row`
        FROM (
          SELECT
            *,
            ROW_NUMBER() OVER (ORDER BY `metricgov_time` NULLS LAST) AS `metricgov_event`
          FROM (
            SELECT
              *
            FROM (
              SELECT
                *,
                `happened_at` AS `metricgov_time`
              FROM events
              WHERE
                event_name = 'paid' AND NOT `happened_at` IS NULL
            ) AS metricgov_timed
            WHERE
              `metricgov_time` >= CAST('2025-12-29 00:00:00' AS DATETIME)
              AND `metricgov_time` < CAST('2026-01-19 00:00:00' AS DATETIME)
          ) AS metricgov_events
        ) AS c
        JOIN (
          SELECT
            *
          FROM (
            SELECT
              *,
              `happened_at` AS `metricgov_time`
            FROM events
            WHERE
              event_name = 'started' AND NOT `happened_at` IS NULL
          ) AS metricgov_timed
          WHERE
            `metricgov_time` >= CAST('2025-12-29 00:00:00' AS DATETIME)
            AND `metricgov_time` < CAST('2026-01-12 00:00:00' AS DATETIME)
        ) AS b
          ON `c`.`user_id` = `b`.`user_id`
          AND `c`.`metricgov_time` >= `b`.`metricgov_time`
          AND `c`.`metricgov_time` < (
            `b`.`metricgov_time` + INTERVAL 7 DAY
          )
          AND `c`.`plan` = `b`.`plan`
      ) AS metricgov_pairs
      WHERE
        `metricgov_row` = 1
      GROUP BY
        `period`,
        `plan`
    ) AS metricgov_series
  ) AS metricgov_stacked
  GROUP BY
    `period`,
    `plan`
) AS metricgov_gathered
ORDER BY
  `period`,
  `plan`
