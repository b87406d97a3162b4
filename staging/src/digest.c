/* The aggregate firm_digest and the arithmetic of digests. */
#include "module.h"

#include "libpq/pqformat.h"

PG_FUNCTION_INFO_V1(firm_digest_accumulate);
PG_FUNCTION_INFO_V1(firm_digest_combine);
PG_FUNCTION_INFO_V1(firm_digest_serialize);
PG_FUNCTION_INFO_V1(firm_digest_deserialize);
PG_FUNCTION_INFO_V1(firm_digest_final);
PG_FUNCTION_INFO_V1(firm_digest_add);
PG_FUNCTION_INFO_V1(firm_digest_subtract);

/* The aggregate's state, in its memory context: 16 bytes whatever the number of rows. */
static FirmDigest* make_state(FunctionCallInfo fcinfo) {
  MemoryContext context;
  if (AggCheckCallContext(fcinfo, &context) == 0) {
    ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                    errmsg("a support function of the aggregate firm_digest is called on its own")));
  }
  return (FirmDigest*)MemoryContextAllocZero(context, sizeof(FirmDigest));
}

static FirmDigest* state_argument(FunctionCallInfo fcinfo, int number) {
  return PG_ARGISNULL(number) ? NULL : (FirmDigest*)PG_GETARG_POINTER(number);
}

static Datum digest_text(FirmDigest digest) {
  char hex[FIRM_DIGEST_HEX];
  const FirmStatus status = firm_digest_to_hex(digest, hex);
  if (status != FIRM_OK) firm_raise(status, NULL, NULL);
  return PointerGetDatum(cstring_to_text_with_len(hex, FIRM_DIGEST_HEX));
}

static FirmDigest digest_argument(FunctionCallInfo fcinfo, int number) {
  const text* value = PG_GETARG_TEXT_PP(number);
  const FirmText hex = {VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value)};
  FirmDigest digest;
  if (!firm_digest_from_hex(hex, &digest)) {
    ereport(
        ERROR,
        (errcode(ERRCODE_INVALID_TEXT_REPRESENTATION), errmsg("not a digest: \"%s\"", text_to_cstring(value)),
         errhint("A digest is 32 hexadecimal digits, as in manifest.json and from firm_digest(id).")));
  }
  return digest;
}

Datum firm_digest_accumulate(PG_FUNCTION_ARGS) {
  FirmDigest* state = state_argument(fcinfo, 0);
  if (state == NULL) state = make_state(fcinfo);
  if (!PG_ARGISNULL(1)) {
    *state = firm_digest_plus(*state, firm_digest_of_id(firm_to_utf8(PG_GETARG_TEXT_PP(1))));
  }
  PG_RETURN_POINTER(state);
}

Datum firm_digest_combine(PG_FUNCTION_ARGS) {
  FirmDigest* state = state_argument(fcinfo, 0);
  const FirmDigest* other = state_argument(fcinfo, 1);
  if (state == NULL) state = make_state(fcinfo);
  if (other != NULL) *state = firm_digest_plus(*state, *other);
  PG_RETURN_POINTER(state);
}

Datum firm_digest_serialize(PG_FUNCTION_ARGS) {
  const FirmDigest* state = state_argument(fcinfo, 0);
  StringInfoData buffer;
  pq_begintypsend(&buffer);
  pq_sendint64(&buffer, state->high);
  pq_sendint64(&buffer, state->low);
  PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

Datum firm_digest_deserialize(PG_FUNCTION_ARGS) {
  bytea* bytes = PG_GETARG_BYTEA_PP(0);
  FirmDigest* state = make_state(fcinfo);
  StringInfoData buffer;
  initStringInfo(&buffer);
  appendBinaryStringInfo(&buffer, VARDATA_ANY(bytes), (int)VARSIZE_ANY_EXHDR(bytes));
  state->high = (uint64_t)pq_getmsgint64(&buffer);
  state->low = (uint64_t)pq_getmsgint64(&buffer);
  pq_getmsgend(&buffer);
  pfree(buffer.data);
  PG_RETURN_POINTER(state);
}

Datum firm_digest_final(PG_FUNCTION_ARGS) {
  const FirmDigest none = {0, 0};
  const FirmDigest* state = state_argument(fcinfo, 0);
  return digest_text(state == NULL ? none : *state);
}

Datum firm_digest_add(PG_FUNCTION_ARGS) {
  return digest_text(firm_digest_plus(digest_argument(fcinfo, 0), digest_argument(fcinfo, 1)));
}

Datum firm_digest_subtract(PG_FUNCTION_ARGS) {
  return digest_text(firm_digest_minus(digest_argument(fcinfo, 0), digest_argument(fcinfo, 1)));
}
