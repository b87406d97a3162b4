select * from firm_id_ranges(10, 4);
select * from firm_id_ranges(8, 4);
select * from firm_id_ranges(3, 100);
select * from firm_id_ranges(0, 5);
select * from firm_id_ranges(null, 5);
-- every number once
select count(*), sum(last - first + 1), bool_and(last - first < 7), min(first), max(last) from firm_id_ranges(100000, 7);
select count(distinct n) from firm_id_ranges(1000, 7), generate_series(first, last) n;
-- the ends of bigint
select * from firm_id_ranges(9223372036854775807, 9223372036854775807);
select * from firm_id_ranges(9223372036854775807, 5000000000000000000);
-- a row at a time
select (firm_id_ranges(9223372036854775807, 1)).last limit 2;
-- errors
select * from firm_id_ranges(-1, 5);
select * from firm_id_ranges(5, 0);
