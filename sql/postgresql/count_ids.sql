-- What arrived, to compare with what was sent.
select count(*) from {table}
