create extension firm_staging;
\pset null '<null>'
-- one row a raw field: what it becomes under each type
select raw, firm_id_clean(raw, 'int') as int, firm_id_problem(raw, 'int') as int_problem,
  firm_id_clean(raw, 'text') as text, firm_id_problem(raw, 'text') as text_problem
from unnest(array[' 007 ', '+7', '-0', '9223372036854775807', '-9223372036854775808', '9223372036854775808',
  '1.23E+12', '123.0', '1,234', '', '   ', 'NULL', '\N', 'abc', '''0042', '''abc''', '''''x', 'Zürich',
  '1.234.567', '1''234', '10,00', '="0030"']) as raw;
select firm_id_clean(raw, 'numeric') as numeric, firm_id_problem(raw, 'numeric') as numeric_problem
from unnest(array['007.50', '-0.0', '.5', '5.', '.', '1e5', '12a', repeat('9', 40)]) as raw;
select firm_id_clean(raw, 'uuid') as uuid, firm_id_problem(raw, 'uuid') as uuid_problem
from unnest(array['A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', '{a0eebc999c0b4ef8bb6d6bb9bd380a11}',
  'urn:uuid:a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'a0eebc99', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1g']) as raw;
select firm_id_problem(e'a\tb', 'text') as control, firm_id_problem(repeat('x', 1025), 'text') as too_long,
  length(firm_id_clean(repeat('x', 1024), 'text')) as longest,
  firm_id_problem(repeat('x', 3000000), 'int') as huge;
-- white space of other alphabets around an ID
select firm_id_clean(e'\u00a0\ufeff7\u2003\u3000', 'int') as trimmed;
-- what is accepted is accepted again, unchanged
select count(*) from unnest(array['007', ' x ', '.50', '{a0eebc999c0b4ef8bb6d6bb9bd380a11}']) as raw,
  unnest(array['int', 'text', 'numeric', 'uuid']) as type
where firm_id_clean(firm_id_clean(raw, type), type) is distinct from firm_id_clean(raw, type);
-- null in, null out
select firm_id_clean(null, 'int'), firm_id_clean('7', null), firm_id_problem(null, 'int');
-- errors
select firm_id_clean('7', 'integer');
select firm_id_problem('7', '');
-- how the functions may be used
select proname, provolatile, proisstrict, proparallel, obj_description(p.oid, 'pg_proc') is not null as explained
from pg_proc p join pg_depend d on d.objid = p.oid and d.deptype = 'e'
  and d.classid = 'pg_proc'::regclass and d.refobjid = (select oid from pg_extension where extname = 'firm_staging')
order by proname collate "C";
-- the same in a database of another encoding
select current_database() as regression \gset
create database firm_staging_latin1 template template0 encoding 'LATIN1' locale 'C';
\c firm_staging_latin1
set client_encoding = 'UTF8';
create extension firm_staging;
select firm_id_clean(' Zürich ', 'text') as clean, firm_id_clean(e'\u00a07', 'int') as trimmed;
-- the digest is that of the UTF-8 bytes
select firm_digest('Zürich'::text) = 'f44fd8527ac060cad7c44d5a01d32ecb' as same_digest;
select line, raw, id from firm_ids(e'Zürich\nGenève', 'text');
\c :regression
drop database firm_staging_latin1;
