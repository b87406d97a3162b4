/* firm_in_lists: IDs cut down to lists of literals for IN (...). */
#include "module.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/array.h"

PG_FUNCTION_INFO_V1(firm_in_lists);

typedef struct ListWriter {
  Tuplestorestate* store;
  TupleDesc tuple_desc;
  StringInfoData list;
  int list_number, ids, chars;
} ListWriter;

static void put_list(ListWriter* writer) {
  Datum values[3];
  bool nulls[3] = {false, false, false};
  text* list;
  if (writer->ids == 0) return;
  list = cstring_to_text_with_len(writer->list.data, writer->list.len);
  values[0] = Int32GetDatum(++writer->list_number);
  values[1] = Int32GetDatum(writer->ids);
  values[2] = PointerGetDatum(list);
  tuplestore_putvalues(writer->store, writer->tuple_desc, values, nulls);
  pfree(list);
  resetStringInfo(&writer->list);
  writer->ids = writer->chars = 0;
}

/* The literal of element `number`: bare digits for numbers, else quoted. Its own allocations are the caller's
 * to reset. */
static char* make_literal(Datum element, int number, int type, bool bare) {
  FirmId id;
  FirmText canonical;
  char* value;
  const FirmStatus status = firm_clean_field(firm_to_utf8(DatumGetTextPP(element)), type, &id);
  if (status != FIRM_OK) firm_raise(status, NULL, NULL);
  if (id.problem != NULL) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("element %d is not an ID: \"%s\" (%s)", number,
                           text_to_cstring(DatumGetTextPP(element)), id.problem),
                    errhint("Clean the list with firm_ids or firm_id_clean first.")));
  }
  canonical.data = id.bytes;
  canonical.size = id.size;
  value = text_to_cstring(firm_from_utf8(canonical));
  return bare ? value : quote_literal_cstr(value);
}

static void add_literal(ListWriter* writer, const char* literal, int number, int max_ids, int max_chars) {
  const int bytes = (int)strlen(literal);
  const int chars = pg_mbstrlen_with_len(literal, bytes);
  if (chars > max_chars) {
    ereport(ERROR,
            (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
             errmsg("element %d alone is %d characters long, but max_chars is %d", number, chars, max_chars),
             errhint("Raise max_chars.")));
  }
  if (writer->ids == max_ids || writer->chars + 1 + chars > max_chars) put_list(writer);
  if (writer->ids > 0) {
    appendStringInfoChar(&writer->list, ',');
    ++writer->chars;
  }
  appendBinaryStringInfo(&writer->list, literal, bytes);
  writer->chars += chars;
  ++writer->ids;
}

static void put_lists(ListWriter* writer, ArrayType* array, const text* type_name, int max_ids,
                      int max_chars) {
  static const FirmText kBare[] = {{"int", 3}, {"numeric", 7}};
  const int type = firm_type_argument(type_name);
  const bool bare = type == firm_type_number(kBare[0]) || type == firm_type_number(kBare[1]);
  MemoryContext scratch =
      AllocSetContextCreate(CurrentMemoryContext, "firm_in_lists ID", ALLOCSET_SMALL_SIZES);
  ArrayIterator elements = array_create_iterator(array, 0, NULL);
  Datum element;
  bool is_null;
  int number = 0;
  while (array_iterate(elements, &element, &is_null)) {
    MemoryContext before;
    CHECK_FOR_INTERRUPTS();
    ++number;
    if (is_null) {
      ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("element %d is null", number),
                      errhint("Leave nulls out with array_remove(ids, null).")));
    }
    before = MemoryContextSwitchTo(scratch);
    add_literal(writer, make_literal(element, number, type, bare), number, max_ids, max_chars);
    MemoryContextSwitchTo(before);
    MemoryContextReset(scratch);
  }
  put_list(writer);
  MemoryContextDelete(scratch);
}

Datum firm_in_lists(PG_FUNCTION_ARGS) {
  ArrayType* array = PG_GETARG_ARRAYTYPE_P(0);
  const int max_ids = PG_GETARG_INT32(2);
  const int max_chars = PG_GETARG_INT32(3);
  ListWriter writer;
  if (max_ids < 1 || max_chars < 1) {
    ereport(ERROR,
            (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("max_ids and max_chars must be at least 1")));
  }
  memset(&writer, 0, sizeof writer);
  writer.store = firm_begin_set(fcinfo, &writer.tuple_desc);
  initStringInfo(&writer.list);
  put_lists(&writer, array, PG_GETARG_TEXT_PP(1), max_ids, max_chars);
  pfree(writer.list.data);
  return (Datum)0;
}
