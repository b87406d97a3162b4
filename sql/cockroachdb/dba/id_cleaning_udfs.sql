-- ID cleaning as SQL functions: what `firmquery clean` does to one field, as far as SQL can do it. For a cluster on
-- which IDs are compared or repaired in SQL and where nothing can be installed.
--
-- CockroachDB v22.2 or later (earlier versions, v21.2 among them, have no user-defined functions). The same text
-- runs on PostgreSQL, and that is where the tests of the project hold it against the program itself.
--
--   firm_id_clean(raw, type)   canonical form of a raw ID of type int, numeric, uuid or text; null when it is none
--   firm_id_problem(raw, type) why it is none: the reason code of rejected.csv; null when it is an ID
--
-- What SQL leaves out: bytes that are not valid text (the server does not store them), the marks that spreadsheets put
-- around a text ('0030, ="0030"), and the options: to accept text that looks like damage done by a spreadsheet, and to
-- read numbers with groups or a decimal comma. The trimmed characters are ASCII
-- white space, U+00A0, U+FEFF, U+2000 to U+200B, U+202F and U+3000. No function calls another one, because v22.2 does
-- not allow it.

create function firm_id_problem(raw text, type text) returns text immutable strict language sql as $$
  select case
    when type not in ('int', 'numeric', 'uuid', 'text') then 'unknown_type'
    when t = '' then 'empty'
    when octet_length(t) > 1024 then 'too_long'
    when type = 'int' and t ~ '^[+-]?[0-9]+$' then
      case when length(digits) > 19 or lpad(digits, 19, '0') >
                case when t like '-%' then '9223372036854775808' else '9223372036854775807' end
           then 'out_of_range' end
    when t ~ E'[\x01-\x1f\x7f\u0080-\u009f]' then 'control_character'
    when lower(t) in ('null', E'\\n', '(null)', '<null>', '[null]', '#n/a', '#ref!', '#value!', '#name?', '#div/0!',
                      '#num!', '#null!') then 'null'
    when type = 'text' then
      case when t ~ '^[+-]?([0-9]+[.,][0-9]+[eE][+-]|[0-9][eE][+])[0-9]+$' then 'scientific'
           when t ~ '^[0-9]+[.]0+$' then 'decimal'
           when t ~ E'^[+-]?[0-9]{1,3}((,[0-9]{3})+([.][0-9]+)?|([''\u2019][0-9]{3})+([.,][0-9]+)?|([\u00a0\u202f\u2009\u2007][0-9]{3})+([.,][0-9]+)?)$'
           then 'thousands'
           when t ~ '^[0-9]+,0+$' then 'decimal_comma' end
    when type = 'uuid' then
      case when bare !~ '^[0-9a-f]{4}(-?[0-9a-f]{4}){7}$' then 'not_a_uuid' end
    when type = 'numeric' and t ~ '^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)$' then
      case when octet_length(t) = 1024 and t ~ '^-?[.]' and t !~ '0$' then 'too_long' end
    when t ~ '^[+-]?[0-9]+([.,][0-9]+)?[eE][+-]?[0-9]+$' then 'scientific'
    when type = 'int' and t ~ '^[+-]?[0-9]+[.][0-9]*$' then 'decimal'
    when t ~ E'^[+-]?[0-9]{1,3}((,[0-9]{3})+([.][0-9]+)?|([.][0-9]{3}){2,}|([.][0-9]{3})+,[0-9]+|([''\u2019][0-9]{3})+([.,][0-9]+)?|([ \u00a0\u202f\u2009\u2007][0-9]{3})+([.,][0-9]+)?)$'
    then 'thousands'
    when t ~ '^[+-]?[0-9]+,[0-9]+$' then 'decimal_comma'
    when type = 'int' then 'not_an_integer'
    else 'not_a_number'
  end
  from (select t, ltrim(ltrim(t, '+-'), '0') as digits,
               case when t like '{%' then regexp_replace(lower(t), '^[{](.*)[}]$', E'\\1')
                    else regexp_replace(lower(t), '^urn:uuid:', '') end as bare
        from (select btrim(raw, E' \t\n\r\x0b\x0c\u00a0\ufeff\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u200b\u202f\u3000')
                     as t) as trimmed) as field
$$;

create function firm_id_clean(raw text, type text) returns text immutable strict language sql as $$
  select case
    when t = '' or octet_length(t) > 1024 then null
    when type = 'int' then
      case when t !~ '^[+-]?[0-9]+$' or length(digits) > 19 or lpad(digits, 19, '0') >
                case when t like '-%' then '9223372036854775808' else '9223372036854775807' end then null
           when digits = '' then '0'
           when t like '-%' then '-' || digits
           else digits end
    when t ~ E'[\x01-\x1f\x7f\u0080-\u009f]' then null
    when lower(t) in ('null', E'\\n', '(null)', '<null>', '[null]', '#n/a', '#ref!', '#value!', '#name?', '#div/0!',
                      '#num!', '#null!') then null
    when type = 'text' then
      case when t ~ '^[+-]?([0-9]+[.,][0-9]+[eE][+-]|[0-9][eE][+])[0-9]+$' or t ~ '^[0-9]+[.]0+$'
                or t ~ '^[0-9]+,0+$'
                or t ~ E'^[+-]?[0-9]{1,3}((,[0-9]{3})+([.][0-9]+)?|([''\u2019][0-9]{3})+([.,][0-9]+)?|([\u00a0\u202f\u2009\u2007][0-9]{3})+([.,][0-9]+)?)$'
           then null
           else t end
    when type = 'uuid' then
      case when bare ~ '^[0-9a-f]{4}(-?[0-9a-f]{4}){7}$'
           then regexp_replace(replace(bare, '-', ''), '^(.{8})(.{4})(.{4})(.{4})(.{12})$', E'\\1-\\2-\\3-\\4-\\5') end
    when type = 'numeric' then
      case when t !~ '^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)$' then null
           when octet_length(t) = 1024 and t ~ '^-?[.]' and t !~ '0$' then null
           when whole = '' and fraction = '' then '0'
           else case when t like '-%' then '-' else '' end || case when whole = '' then '0' else whole end ||
                case when fraction = '' then '' else '.' || fraction end end
  end
  from (select t, ltrim(ltrim(t, '+-'), '0') as digits,
               case when t like '{%' then regexp_replace(lower(t), '^[{](.*)[}]$', E'\\1')
                    else regexp_replace(lower(t), '^urn:uuid:', '') end as bare,
               ltrim(split_part(ltrim(t, '+-'), '.', 1), '0') as whole,
               rtrim(split_part(t, '.', 2), '0') as fraction
        from (select btrim(raw, E' \t\n\r\x0b\x0c\u00a0\ufeff\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u200b\u202f\u3000')
                     as t) as trimmed) as field
$$;
