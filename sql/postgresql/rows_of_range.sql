-- What stands behind FROM where a range of the list is asked for. {low}, {high}: its first and last ord. Before there is
-- a table, EXPLAIN is asked with some of its rows as literals.
{table} where ord between {low} and {high}
