#include "module.h"

#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"

PG_MODULE_MAGIC;

static bool is_utf8_database(void) {
  const int encoding = GetDatabaseEncoding();
  return encoding == PG_UTF8 || encoding == PG_SQL_ASCII;
}

FirmText firm_to_utf8(const text* value) {
  FirmText utf8 = {VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value)};
  if (!is_utf8_database() && utf8.size > 0) {
    char* converted = pg_server_to_any(utf8.data, (int)utf8.size, PG_UTF8);
    if (converted != utf8.data) {
      utf8.data = converted;
      utf8.size = strlen(converted);
    }
  }
  return utf8;
}

text* firm_from_utf8(FirmText utf8) {
  char* converted;
  if (is_utf8_database() || utf8.size == 0) return cstring_to_text_with_len(utf8.data, (int)utf8.size);
  converted = pg_any_to_server(utf8.data, (int)utf8.size, PG_UTF8);
  if (converted == utf8.data) return cstring_to_text_with_len(utf8.data, (int)utf8.size);
  return cstring_to_text(converted);
}

int firm_type_argument(const text* name) {
  const FirmText view = {VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name)};
  const int type = firm_type_number(view);
  if (type < 0) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("unknown type of ID \"%s\"", text_to_cstring(name)),
                    errhint("The types are int, numeric, uuid and text.")));
  }
  return type;
}

void firm_raise(FirmStatus status, const FirmError* error, const char* hint) {
  switch (status) {
    case FIRM_INVALID:
      ereport(ERROR,
              (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s", error->message), errhint("%s", hint)));
      break;
    case FIRM_NO_MEMORY:
      ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory in firm_staging")));
      break;
    default:
      break;
  }
  elog(ERROR, "internal error in firm_staging: status %d", (int)status);
  pg_unreachable();
}

/* By hand, because the server's own helper has another name in each of the versions 13 to 17. */
Tuplestorestate* firm_begin_set(FunctionCallInfo fcinfo, TupleDesc* tuple_desc) {
  ReturnSetInfo* result = (ReturnSetInfo*)fcinfo->resultinfo;
  MemoryContext before;
  Tuplestorestate* store;
  if (result == NULL || !IsA(result, ReturnSetInfo) || (result->allowedModes & SFRM_Materialize) == 0) {
    ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                    errmsg("a function that returns rows is called where none are accepted"),
                    errhint("Call it in FROM.")));
  }
  before = MemoryContextSwitchTo(result->econtext->ecxt_per_query_memory);
  if (get_call_result_type(fcinfo, NULL, tuple_desc) != TYPEFUNC_COMPOSITE) elog(ERROR, "no row type");
  *tuple_desc = CreateTupleDescCopy(*tuple_desc);
  store = tuplestore_begin_heap((result->allowedModes & SFRM_Materialize_Random) != 0, false, work_mem);
  MemoryContextSwitchTo(before);
  result->returnMode = SFRM_Materialize;
  result->setResult = store;
  result->setDesc = *tuple_desc;
  return store;
}
