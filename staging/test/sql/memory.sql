-- What may leave something behind: cancels in the middle of sets, errors inside functions that collect rows, and in
-- parallel workers. The tests run under valgrind and with sanitizers too, which watch the memory.
create table pasted as select string_agg(n || e'\n', '') as list, array_agg(n::text) as ids from generate_series(1, 20000) n;
-- most of the time is spent inside the function, so that is where the end comes
set statement_timeout = '150ms';
select count(*) from pasted, generate_series(1, 1000000) n, firm_ids(list || n, 'int');
select count(*) from pasted, generate_series(1, 1000000) n, firm_in_lists(ids || n::text, 'int', 1);
select count(*) from generate_series(1, 1000000) n, firm_id_ranges(n + 1000000, 1);
select firm_digest(firm_id_clean(n::text, 'numeric')) from generate_series(1, 1000000000) n;
reset statement_timeout;
select count(*) from pasted, firm_ids(list, 'int');
-- sets that are left before their end
select count(*) from (select * from pasted, firm_ids(list, 'int') limit 5) part;
begin;
declare part cursor for select (firm_id_ranges(1000000, 1)).first;
fetch 2 from part;
rollback;
-- errors among the rows, again and again
do $$
declare
  failures int := 0;
  list text := (select p.list from pasted p);
  ids text[] := (select p.ids from pasted p);
begin
  for n in 1..20 loop
    begin
      perform count(*) from firm_ids(e'a,b\n' || replace(list, e'\n', e',2\n') || '1,"2', 'int', 'b', 'csv');
    exception when invalid_parameter_value then failures := failures + 1;
    end;
    begin
      perform count(*) from firm_in_lists(ids || 'x'::text, 'int');
    exception when invalid_parameter_value then failures := failures + 1;
    end;
    begin
      perform firm_digest_add(firm_digest(i), i) from unnest(ids) i group by i;
    exception when others then failures := failures + 1;
    end;
  end loop;
  raise notice '% failures', failures;
end $$;
-- in workers: the sum does not depend on who adds, and an error ends all of them
create table many as select n::text as raw from generate_series(1, 200000) n;
analyze many;
set max_parallel_workers_per_gather = 2;
set parallel_setup_cost = 0;
set parallel_tuple_cost = 0;
set min_parallel_table_scan_size = 0;
explain (costs off) select firm_digest(firm_id_clean(' +0' || raw, 'int')) as sum from many;
create temp table sums as select firm_digest(firm_id_clean(' +0' || raw, 'int')) as sum from many;
set max_parallel_workers_per_gather = 0;
select sum = (select firm_digest(raw) from many) as same from sums;
set max_parallel_workers_per_gather = 2;
do $$
begin
  perform count(firm_id_clean(raw, case when raw = '150000' then 'no type' else 'int' end)) from many;
exception when invalid_parameter_value then raise notice '%', sqlerrm;
end $$;
drop table pasted, many;
