-- Text format: CSV loses rows in silence on some CockroachDB versions, and one format serves both systems.
copy {table} (ord, id) from stdin
