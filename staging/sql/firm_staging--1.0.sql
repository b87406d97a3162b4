-- The functions of Firm Query and the tables for runs that are kept.
\echo Use "CREATE EXTENSION firm_staging" to load this file. \quit

create function firm_id_clean(raw text, type text) returns text
  as 'MODULE_PATHNAME' language c immutable strict parallel safe;
comment on function firm_id_clean(text, text) is
  'canonical form of a raw ID of type int, numeric, uuid or text, as "firmquery clean" writes it; null when it is not an ID (firm_id_problem says why)';

create function firm_id_problem(raw text, type text) returns text
  as 'MODULE_PATHNAME' language c immutable strict parallel safe;
comment on function firm_id_problem(text, text) is
  'why a raw field is not an ID of type int, numeric, uuid or text: the reason code of rejected.csv; null when it is one';

create function firm_ids(input text, type text, "column" text default '', format text default 'auto',
                         out line bigint, out raw text, out id text, out problem text) returns setof record
  as 'MODULE_PATHNAME' language c immutable parallel safe rows 1000 cost 100;
comment on function firm_ids(text, text, text, text) is
  'the IDs of a whole pasted list, text of lines or CSV, in order: line, raw field, canonical ID or the reason why it is none. "column": name or number; format: auto, lines, csv, tsv or list';

create function firm_in_lists(ids text[], type text, max_ids integer default 250, max_chars integer default 15000,
                              out list_no integer, out ids_in_list integer, out list text) returns setof record
  as 'MODULE_PATHNAME' language c immutable strict parallel safe rows 100 cost 100;
comment on function firm_in_lists(text[], text, integer, integer) is
  'IDs cut down, in their order, to lists of literals for IN (...), each of at most max_ids IDs and max_chars characters; an element that is not an ID is an error';

create function firm_id_ranges(count bigint, size bigint,
                               out range_no bigint, out first bigint, out last bigint) returns setof record
  as 'MODULE_PATHNAME' language c immutable strict parallel safe rows 100;
comment on function firm_id_ranges(bigint, bigint) is
  'the numbers 1 to count cut into ranges of at most size, for "row_number BETWEEN first AND last"; none overlap and none is left out';

create function firm_digest_accumulate(internal, text) returns internal
  as 'MODULE_PATHNAME' language c immutable parallel safe;
comment on function firm_digest_accumulate(internal, text) is 'support function of the aggregate firm_digest';
create function firm_digest_combine(internal, internal) returns internal
  as 'MODULE_PATHNAME' language c immutable parallel safe;
comment on function firm_digest_combine(internal, internal) is 'support function of the aggregate firm_digest';
create function firm_digest_serialize(internal) returns bytea
  as 'MODULE_PATHNAME' language c immutable strict parallel safe;
comment on function firm_digest_serialize(internal) is 'support function of the aggregate firm_digest';
create function firm_digest_deserialize(bytea, internal) returns internal
  as 'MODULE_PATHNAME' language c immutable strict parallel safe;
comment on function firm_digest_deserialize(bytea, internal) is 'support function of the aggregate firm_digest';
create function firm_digest_final(internal) returns text
  as 'MODULE_PATHNAME' language c immutable parallel safe;
comment on function firm_digest_final(internal) is 'support function of the aggregate firm_digest';

create aggregate firm_digest(id text) (
  sfunc = firm_digest_accumulate,
  stype = internal,
  sspace = 16,
  finalfunc = firm_digest_final,
  combinefunc = firm_digest_combine,
  serialfunc = firm_digest_serialize,
  deserialfunc = firm_digest_deserialize,
  parallel = safe
);
comment on aggregate firm_digest(text) is
  'digest of a set of canonical IDs, as in manifest.json: the sum modulo 2^128 of the XXH3-128 of their UTF-8 bytes, 32 hexadecimal digits; the order does not matter, nulls are left out, a repeat counts again (use distinct)';

create function firm_digest_add(a text, b text) returns text
  as 'MODULE_PATHNAME' language c immutable strict parallel safe;
comment on function firm_digest_add(text, text) is
  'digest of two disjoint sets together: digest(unique) = firm_digest_add(digest(found), digest(missing))';

-- Tables of runs. Their schema has a fixed name, whatever the schema of the functions.
create schema firmquery;
comment on schema firmquery is 'runs of Firm Query kept by "firmquery keep"';

-- The proof of a run is checked here once more: a run whose numbers do not add up cannot be kept.
create table firmquery.run (
  run_id text primary key,
  job text not null default 'default',
  status text not null check (status in ('complete', 'partial', 'interrupted', 'failed')),
  started_at timestamptz not null,
  key_name text not null,
  id_type text not null check (id_type in ('int', 'numeric', 'uuid', 'text')),
  lines bigint not null,
  blank bigint not null,
  header bigint not null,
  rejected bigint not null,
  duplicates bigint not null,
  unique_ids bigint not null,
  found bigint not null,
  missing bigint not null,
  unresolved bigint not null default 0,
  result_rows bigint not null,
  input_digest text not null,
  found_digest text not null,
  missing_digest text not null,
  unresolved_digest text not null default '00000000000000000000000000000000',
  report jsonb not null,
  manifest jsonb not null,
  kept_at timestamptz not null default now(),
  constraint run_lines_add_up check (lines = blank + header + rejected + duplicates + unique_ids),
  constraint run_ids_add_up check (unique_ids = found + missing + unresolved),
  constraint run_digests_add_up check (input_digest = @extschema@.firm_digest_add(
    @extschema@.firm_digest_add(found_digest, missing_digest), unresolved_digest))
);
comment on table firmquery.run is 'a finished run: its report, its manifest, and the proof that the numbers add up';
comment on column firmquery.run.job is 'runs of the same job are compared with each other';
create index run_job_started_at on firmquery.run (job, started_at);

create table firmquery.missing (
  run_id text not null references firmquery.run on delete cascade,
  id text not null,
  primary key (run_id, id)
);
comment on table firmquery.missing is 'missing.csv of each run: IDs without a row';

create table firmquery.rejected (
  run_id text not null references firmquery.run on delete cascade,
  line bigint not null,
  raw text not null,
  reason text not null
);
comment on table firmquery.rejected is 'rejected.csv of each run: input that is not an ID';
create index rejected_run_id on firmquery.rejected (run_id);

create table firmquery.result (
  run_id text not null references firmquery.run on delete cascade,
  row_no bigint not null,
  id text not null,
  fields jsonb not null,
  primary key (run_id, row_no)
);
comment on table firmquery.result is 'results.csv of each run: row number, canonical ID, and the fields by name as text or null';
create index result_run_id_id on firmquery.result (run_id, id);

select pg_catalog.pg_extension_config_dump('firmquery.run', '');
select pg_catalog.pg_extension_config_dump('firmquery.missing', '');
select pg_catalog.pg_extension_config_dump('firmquery.rejected', '');
select pg_catalog.pg_extension_config_dump('firmquery.result', '');
