-- A file of the run, each record with the run's name in front.
copy firmquery.{table} ({columns}) from stdin with (format csv)
