-- What this cluster and this role allow: one row; no parameters.
select current_setting('transaction_read_only') = 'on' as read_only,
       has_database_privilege(current_database(), 'CREATE') as create_tables,
       current_database() as database_name;
