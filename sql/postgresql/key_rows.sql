-- Some values of a column without an index: the first rows that the table has.
select keys.{column}::text from {table} as keys limit {rows}
