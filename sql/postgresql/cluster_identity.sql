-- Which cluster this is; a standby has the identifier of its primary.
select system_identifier::text from pg_control_system()
