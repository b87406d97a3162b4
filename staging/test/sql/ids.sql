\pset null '<null>'
-- lines
select * from firm_ids(e'007\r\n\n abc \n+12\n12\n1.5', 'int');
-- a CSV with a header: by name, by number, the first
select * from firm_ids(e'name,firm_id\n"A, ""B""",1\nC,"x"\n,\nD,\n"E\nF",3\n', 'int', 'firm_id');
select * from firm_ids(e'name,firm_id\nA,1\nC,2\n', 'int', '2');
select * from firm_ids(e'1\ta\n2\tb\n', 'int', '1', 'tsv');
-- a pasted list, with and without the statement around it
select * from firm_ids($$('a1', 'b2',
  'NULL', "c3", d4)$$, 'text');
select * from firm_ids($$select * from t where k in (1, 2,, 3) order by 1$$, 'int');
-- the mark of a number stored as text, and a byte order mark
select * from firm_ids(e'\ufeff''0042\n0043\n', 'text');
-- nothing, blanks, null
select * from firm_ids('', 'int');
select * from firm_ids(e'\n \n\t\n', 'int');
select * from firm_ids(null, 'int');
select * from firm_ids('7', 'int', null, null);
-- a record without an end, and one that is too long
select line, length(raw), problem from firm_ids(repeat('x', 3000000) || e'\n7', 'text', '', 'lines');
-- a character that lies across two blocks of reading
select count(*) as rows, count(problem) as rejected, count(distinct id) as ids
from firm_ids(repeat('é', 40000) || e'\n' || (select string_agg('Zürich' || n, e'\n') from generate_series(1, 200000) n),
  'text', '', 'lines');
-- in a join, in the select list, twice
select n, (firm_ids(n || e'\n' || n + 1, 'int', '', 'lines')).id from generate_series(1, 2) n;
select count(*) from firm_ids(e'1\n2', 'int') a, firm_ids(e'3\n4\n5', 'int') b;
-- errors: arguments, input that can be read in two ways, a missing column, a quote that is never closed
select * from firm_ids('7', 'bigint');
select * from firm_ids('7', null);
select * from firm_ids('7', 'int', '', 'xml');
select * from firm_ids(e'1,2,3\n4,5,6', 'int');
select * from firm_ids(e'a,b\n1,2', 'int', 'c');
select * from firm_ids(e'a,b\n1,"2', 'int', 'b', 'csv');
-- in the middle of a set: rows were there already
select count(*) from firm_ids(e'a,b\n' || repeat(e'1,2\n', 100000) || '1,"2', 'int', 'b', 'csv');
do $$
declare failures int := 0;
begin
  for n in 1..200 loop
    begin
      perform count(*) from firm_ids(e'a,b\n' || repeat(e'1,2\n', 1000) || '1,"2', 'int', 'b', 'csv');
    exception when invalid_parameter_value then failures := failures + 1;
    end;
  end loop;
  raise notice '% failures', failures;
end $$;
-- an error of the query around it, with the set half read
select 1 / (100 - line) from firm_ids((select string_agg(n::text, e'\n') from generate_series(1, 1000) n), 'int');
