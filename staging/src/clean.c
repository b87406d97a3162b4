/* firm_id_clean and firm_id_problem: one raw field. */
#include "module.h"

PG_FUNCTION_INFO_V1(firm_id_clean);
PG_FUNCTION_INFO_V1(firm_id_problem);

static void clean(FunctionCallInfo fcinfo, FirmId* id) {
  const int type = firm_type_argument(PG_GETARG_TEXT_PP(1));
  const FirmStatus status = firm_clean_field(firm_to_utf8(PG_GETARG_TEXT_PP(0)), type, id);
  if (status != FIRM_OK) firm_raise(status, NULL, NULL);
}

Datum firm_id_clean(PG_FUNCTION_ARGS) {
  FirmId id;
  FirmText canonical;
  clean(fcinfo, &id);
  if (id.problem != NULL) PG_RETURN_NULL();
  canonical.data = id.bytes;
  canonical.size = id.size;
  PG_RETURN_TEXT_P(firm_from_utf8(canonical));
}

Datum firm_id_problem(PG_FUNCTION_ARGS) {
  FirmId id;
  clean(fcinfo, &id);
  if (id.problem == NULL) PG_RETURN_NULL();
  PG_RETURN_TEXT_P(cstring_to_text(id.problem));
}
