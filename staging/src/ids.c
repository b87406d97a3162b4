/* firm_ids: a whole pasted text or CSV, one row a record. */
#include "module.h"

#include "funcapi.h"
#include "miscadmin.h"

PG_FUNCTION_INFO_V1(firm_ids);

static const char* const kHint =
    "Name the column with \"column\", or the format (lines, csv, tsv, list) with format.";

static void put_row(Tuplestorestate* store, TupleDesc tuple_desc, const FirmRow* row) {
  Datum values[4];
  bool nulls[4] = {false, false, row->problem != NULL, row->problem == NULL};
  values[0] = Int64GetDatum(row->line);
  values[1] = PointerGetDatum(firm_from_utf8(row->raw));
  values[2] = nulls[2] ? (Datum)0 : PointerGetDatum(firm_from_utf8(row->id));
  values[3] = nulls[3] ? (Datum)0 : CStringGetTextDatum(row->problem);
  tuplestore_putvalues(store, tuple_desc, values, nulls);
}

/* All rows of the cursor. What ereport() leaves behind is in `scratch` and the caller's PG_FINALLY. */
static void put_rows(FirmCursor* cursor, Tuplestorestate* store, TupleDesc tuple_desc) {
  MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext, "firm_ids row", ALLOCSET_SMALL_SIZES);
  while (true) {
    FirmRow row;
    FirmError error;
    const FirmStatus status = firm_cursor_next(cursor, &row, &error);
    CHECK_FOR_INTERRUPTS();
    if (status == FIRM_END) break;
    if (status == FIRM_ROW) {
      MemoryContext before = MemoryContextSwitchTo(scratch);
      put_row(store, tuple_desc, &row);
      MemoryContextSwitchTo(before);
      MemoryContextReset(scratch);
    } else if (status != FIRM_PAUSE) {
      firm_raise(status, &error, kHint);
    }
  }
  MemoryContextDelete(scratch);
}

Datum firm_ids(PG_FUNCTION_ARGS) {
  const FirmText none = {"", 0};
  const FirmText automatic = {"auto", 4};
  FirmText column = none;
  FirmText format = automatic;
  int type;
  TupleDesc tuple_desc;
  Tuplestorestate* store;
  FirmCursor* cursor;
  FirmError error;
  FirmStatus status;

  if (PG_ARGISNULL(1)) {
    ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("the type of ID is null"),
                    errhint("The types are int, numeric, uuid and text.")));
  }
  type = firm_type_argument(PG_GETARG_TEXT_PP(1));
  if (!PG_ARGISNULL(2)) column = firm_to_utf8(PG_GETARG_TEXT_PP(2));
  if (!PG_ARGISNULL(3)) format = firm_to_utf8(PG_GETARG_TEXT_PP(3));
  store = firm_begin_set(fcinfo, &tuple_desc);
  if (PG_ARGISNULL(0)) return (Datum)0;

  status = firm_cursor_open(firm_to_utf8(PG_GETARG_TEXT_PP(0)), type, column, format, &cursor, &error);
  if (status != FIRM_OK) firm_raise(status, &error, kHint);
  PG_TRY();
  { put_rows(cursor, store, tuple_desc); }
  PG_FINALLY();
  { firm_cursor_close(cursor); }
  PG_END_TRY();
  return (Datum)0;
}
