-- Locks a job's key until the transaction ends, where nobody else holds it.
-- $1: the key
select pg_try_advisory_xact_lock($1::bigint)
