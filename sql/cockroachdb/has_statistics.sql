-- Whether the planner can be left to choose between scan and lookup: it knows something about the table, and no
-- policy refuses the scan it may choose. {table}: quoted and qualified. Needs any privilege on it.
select 1 from [show statistics for table {table}]
where current_setting('disallow_full_table_scans', true) is distinct from 'on' limit 1
