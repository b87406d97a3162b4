-- The staging tables that sessions say they are at work on, as the name of their application; of every node. A
-- node that does not answer has a row without a session: what goes on there is not known.
select distinct coalesce(application_name, '') as table_name, session_id is null as is_unknown
from [show cluster sessions]
where session_id is null or application_name like 'firmquery\_staging\_%'
