select * from firm_in_lists(array['1', '+2', '003', '-4', '5'], 'int', 2);
select * from firm_in_lists(array['007', 'O''Neil', 'back\slash', 'Zürich'], 'text', 250, 20);
select * from firm_in_lists(array['{A0EEBC999C0B4EF8BB6D6BB9BD380A11}'], 'uuid');
select * from firm_in_lists(array['1.50'], 'numeric');
-- every ID once, in order, and both limits kept
with lists as (
  select l.* from firm_in_lists((select array_agg(n::text order by n) from generate_series(1, 10000) n), 'int', 100, 300) l
)
select count(*) > 100 as lists, sum(ids_in_list) as ids, max(ids_in_list) <= 100 as few, max(length(list)) <= 300 as short,
  string_agg(list, ',' order by list_no) = (select string_agg(n::text, ',' order by n) from generate_series(1, 10000) n) as same
from lists;
-- a list of exactly max_chars characters
select * from firm_in_lists(array['12', '34', '56'], 'int', 10, 5);
-- none
select count(*) from firm_in_lists('{}', 'int');
select count(*) from firm_in_lists(null, 'int');
-- as a statement
create temp table firm as select n as id from generate_series(1, 10) n;
do $$
declare found int := 0; part int; l record;
begin
  for l in select * from firm_in_lists(array['2', '4', '40', '6'], 'int', 2) loop
    execute format('select count(*) from firm where id in (%s)', l.list) into part;
    found := found + part;
  end loop;
  raise notice 'found %', found;
end $$;
-- errors
select * from firm_in_lists(array['1', 'x'], 'int');
select * from firm_in_lists(array['1', null], 'int');
select * from firm_in_lists(array['1'], 'int', 0);
select * from firm_in_lists(array['1'], 'int', 1, -1);
select * from firm_in_lists(array['12345'], 'int', 1, 4);
select * from firm_in_lists(array['1'], 'serial');
