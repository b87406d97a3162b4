/* firm_id_ranges: 1..count cut into ranges, a row at a time, so that LIMIT stops it. */
#include "module.h"

#include "access/htup_details.h"
#include "funcapi.h"

PG_FUNCTION_INFO_V1(firm_id_ranges);

Datum firm_id_ranges(PG_FUNCTION_ARGS) {
  const int64 count = PG_GETARG_INT64(0);
  const int64 size = PG_GETARG_INT64(1);
  FuncCallContext* call;
  if (SRF_IS_FIRSTCALL()) {
    MemoryContext before;
    TupleDesc tuple_desc;
    if (count < 0 || size < 1) {
      ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                      errmsg("count must be 0 or more and size at least 1")));
    }
    call = SRF_FIRSTCALL_INIT();
    before = MemoryContextSwitchTo(call->multi_call_memory_ctx);
    if (get_call_result_type(fcinfo, NULL, &tuple_desc) != TYPEFUNC_COMPOSITE) elog(ERROR, "no row type");
    call->tuple_desc = BlessTupleDesc(tuple_desc);
    MemoryContextSwitchTo(before);
  }
  call = SRF_PERCALL_SETUP();
  if (call->call_cntr < (uint64)(count / size + (count % size != 0))) {
    const int64 first = (int64)call->call_cntr * size;
    bool nulls[3] = {false, false, false};
    Datum values[3];
    values[0] = Int64GetDatum((int64)call->call_cntr + 1);
    values[1] = Int64GetDatum(first + 1);
    values[2] = Int64GetDatum(count - first < size ? count : first + size);
    SRF_RETURN_NEXT(call, HeapTupleGetDatum(heap_form_tuple(call->tuple_desc, values, nulls)));
  }
  SRF_RETURN_DONE(call);
}
