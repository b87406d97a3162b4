-- Least and greatest ID of a range in the order of the column's own collation, which need not be byte order.
select min(id), max(id) from {table} where ord between {low} and {high}
