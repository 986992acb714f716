-- What the sample telemetry writes to.

CREATE TABLE IF NOT EXISTS telemetry (
  host   text NOT NULL,
  metric text NOT NULL,
  second timestamptz NOT NULL,
  value  double precision NOT NULL,
  -- Of the measurement: when its pump was started, and its number since then.
  run    timestamptz NOT NULL,
  number bigint NOT NULL,
  PRIMARY KEY (host, metric, second)
);

CREATE INDEX IF NOT EXISTS telemetry_run ON telemetry (host, run, number);

CREATE TABLE IF NOT EXISTS telemetry_dead (
  time  timestamptz NOT NULL,
  topic text,
  stage text NOT NULL,
  error text NOT NULL,
  event text NOT NULL
);
