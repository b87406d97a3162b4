\pset null '<null>'
-- the empty set, one ID (XXH3-128 of its bytes), and the order
select firm_digest(id) from (select null::text where false) t(id);
select firm_digest(null::text);
select firm_digest(id) from (values ('7')) t(id);
select firm_digest(''::text);
select firm_digest(n::text order by n) = firm_digest(n::text order by n desc) as any_order from generate_series(1, 1000) n;
-- nulls are left out; a repeat counts again
select firm_digest(id) = (select firm_digest('7'::text)) as same from (values ('7'), (null)) t(id);
select firm_digest(id) = firm_digest(distinct id) as same from (values ('7'), ('7')) t(id);
-- sets add up
select firm_digest_add(firm_digest(n::text) filter (where n % 3 = 0), firm_digest(n::text) filter (where n % 3 <> 0))
  = firm_digest(n::text) as adds_up,
  firm_digest_subtract(firm_digest(n::text), firm_digest(n::text) filter (where n % 3 = 0))
  = firm_digest(n::text) filter (where n % 3 <> 0) as subtracts
from generate_series(1, 1000) n;
select firm_digest_add('ffffffffffffffffffffffffffffffff', '00000000000000000000000000000001') as wraps,
  firm_digest_subtract('00000000000000000000000000000000', '00000000000000000000000000000001') as wraps_back,
  firm_digest_add('0000000000000000FFFFFFFFFFFFFFFF', '00000000000000000000000000000001') as carries,
  firm_digest_add(null, '00000000000000000000000000000001') as nothing;
-- long values, compressed and out of line
create table firm_long as select repeat(n::text, 5000) as id from generate_series(1, 20) n;
select firm_digest(id) = firm_digest(id || '') as same from firm_long;
-- as a window function and with groups
select n, firm_digest(n::text) over (order by n) = firm_digest_add(firm_digest('1'::text), case when n = 2
  then firm_digest('2'::text) else firm_digest(null) end) as running
from generate_series(1, 2) n group by n;
-- in parallel
create table firm_ids_table as select n::text as id from generate_series(1, 100000) n;
alter table firm_ids_table set (parallel_workers = 2);
analyze firm_ids_table;
set max_parallel_workers_per_gather = 2;
set parallel_setup_cost = 0;
set parallel_tuple_cost = 0;
set min_parallel_table_scan_size = 0;
explain (costs off) select firm_digest(id) from firm_ids_table;
select firm_digest(firm_id_clean(id, 'int')) as parallel from firm_ids_table \gset
select firm_digest(id) as wanted from firm_ids_table \gset
set max_parallel_workers_per_gather = 0;
select firm_digest(id) = :'parallel' as same_in_parallel, firm_digest(id) = :'wanted' as same from firm_ids_table;
-- errors
select firm_digest_add('7', '00000000000000000000000000000001');
select firm_digest_add('00000000000000000000000000000001', '0000000000000000000000000000000g');
select firm_digest_subtract('', '');
drop table firm_long, firm_ids_table;
