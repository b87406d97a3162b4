-- How long old versions of a table stay readable: gc.ttlseconds in the text of its zone configuration.
-- {table}: quoted and qualified. Needs a privilege that a plain reader may lack.
select raw_config_sql from [show zone configuration for table {table}]
