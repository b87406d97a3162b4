-- Autovacuum never looks at temporary tables; without statistics the join is planned for a thousand rows.
analyze {table}
