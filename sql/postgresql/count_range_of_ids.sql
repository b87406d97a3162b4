-- Whether a chunk whose COMMIT was not answered is there.
select count(*) from {table} where ord between {low} and {high}
