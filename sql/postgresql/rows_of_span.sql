-- How many rows the table has between two keys, as far as `most`: what reading the span in its order would cost.
select count(*) from (select 1 from {table} where {column} between {low} and {high} limit {most}) as span
