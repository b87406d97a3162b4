-- What this server and this role allow: one row; no parameters.
select pg_is_in_recovery() as in_recovery,
       current_setting('transaction_read_only') = 'on' as read_only,
       has_database_privilege(current_database(), 'TEMPORARY') as temp_tables,
       coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) as create_tables,
       coalesce(current_schema(), '') as schema_name,
       current_database() as database_name;
