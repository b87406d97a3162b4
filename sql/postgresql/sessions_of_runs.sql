-- The staging tables that sessions say they are at work on, as the name of their application. Of other roles'
-- sessions it is hidden, and their tables are not asked for.
select distinct application_name as table_name, false as is_unknown
from pg_catalog.pg_stat_activity
where application_name like 'firmquery\_staging\_%'
