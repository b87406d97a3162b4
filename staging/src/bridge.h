/* The boundary between PostgreSQL's C and the program's C++ core: plain data in, plain data out.
 *
 * The C files include postgres.h and this file; the C++ files include the core and this file, never
 * postgres.h. So no longjmp of ereport() can skip a C++ destructor (there is none on a C file's stack) and no
 * exception can reach PostgreSQL (every function here is noexcept and returns what went wrong).
 * See docs/adr/0010-c-boundary-of-the-extension.md. */
#ifndef FIRM_STAGING_BRIDGE_H
#define FIRM_STAGING_BRIDGE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define FIRM_NOEXCEPT noexcept
extern "C" {
#else
#define FIRM_NOEXCEPT
#endif

enum { FIRM_ID_BYTES_MAX = 1024, FIRM_DIGEST_HEX = 32, FIRM_MESSAGE_BYTES = 512 };

/* UTF-8, not terminated. */
typedef struct FirmText {
  const char* data;
  size_t size;
} FirmText;

typedef enum FirmStatus {
  FIRM_OK,
  FIRM_ROW,       /* a cursor has a row */
  FIRM_PAUSE,     /* no row yet: a moment to look for interrupts */
  FIRM_END,       /* a cursor is at its end */
  FIRM_INVALID,   /* see the FirmError */
  FIRM_NO_MEMORY, /* std::bad_alloc */
  FIRM_FAULT      /* any other exception */
} FirmStatus;

typedef struct FirmError {
  char message[FIRM_MESSAGE_BYTES]; /* terminated */
} FirmError;

/* The number of a type of ID, or -1. */
int firm_type_number(FirmText name) FIRM_NOEXCEPT;

typedef struct FirmId {
  char bytes[FIRM_ID_BYTES_MAX]; /* the canonical form, when problem is null */
  size_t size;
  const char* problem; /* reason code, static; null: it is an ID */
} FirmId;

/* What `firmquery clean` makes of a line that holds `raw`. */
FirmStatus firm_clean_field(FirmText raw, int type, FirmId* id) FIRM_NOEXCEPT;

typedef struct FirmDigest {
  uint64_t high, low;
} FirmDigest;

FirmDigest firm_digest_of_id(FirmText canonical) FIRM_NOEXCEPT;
FirmDigest firm_digest_plus(FirmDigest a, FirmDigest b) FIRM_NOEXCEPT;
FirmDigest firm_digest_minus(FirmDigest a, FirmDigest b) FIRM_NOEXCEPT;
FirmStatus firm_digest_to_hex(FirmDigest digest, char hex[FIRM_DIGEST_HEX]) FIRM_NOEXCEPT;
int firm_digest_from_hex(FirmText hex, FirmDigest* digest) FIRM_NOEXCEPT; /* 0: not 32 hexadecimal digits */

/* A whole list of IDs, record by record. */
typedef struct FirmCursor FirmCursor;

typedef struct FirmRow {
  int64_t line;
  FirmText raw;
  FirmText id;         /* when problem is null */
  const char* problem; /* reason code, static */
} FirmRow;

/* `input` must outlive the cursor. `column`: name or number, empty for automatic. `format`: auto, lines, csv,
 * tsv or list. */
FirmStatus firm_cursor_open(FirmText input, int type, FirmText column, FirmText format, FirmCursor** cursor,
                            FirmError* error) FIRM_NOEXCEPT;
/* The texts of the row are valid until the next call. */
FirmStatus firm_cursor_next(FirmCursor* cursor, FirmRow* row, FirmError* error) FIRM_NOEXCEPT;
void firm_cursor_close(FirmCursor* cursor) FIRM_NOEXCEPT; /* null is fine */

#ifdef __cplusplus
}
#endif

#endif
