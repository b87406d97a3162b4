-- How many collations of the database hold different bytes equal. Read through JSON because servers before version 12
-- have none.
select count(*) from pg_catalog.pg_collation c
where not coalesce((pg_catalog.to_jsonb(c) ->> 'collisdeterministic')::boolean, true);
