/* What the C files of the extension share: texts in the server's encoding to UTF-8 and back, and errors. */
#ifndef FIRM_STAGING_MODULE_H
#define FIRM_STAGING_MODULE_H

#include "postgres.h"

#include "bridge.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

/* The text as UTF-8; a view of it when the database is UTF-8 (or SQL_ASCII, whose bytes are taken as they
 * are), else allocated in the current memory context. */
extern FirmText firm_to_utf8(const text* value);
extern text* firm_from_utf8(FirmText utf8);

/* The number of the type of ID; an error that lists the types for any other name. */
extern int firm_type_argument(const text* name);

/* Raises the error of a status that is none of the expected ones. */
extern void firm_raise(FirmStatus status, const FirmError* error, const char* hint) __attribute__((noreturn));

/* Makes the function's result a set that is collected in a tuplestore; fails where no set is allowed. */
extern Tuplestorestate* firm_begin_set(FunctionCallInfo fcinfo, TupleDesc* tuple_desc);

#endif
