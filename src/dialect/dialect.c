#include "dialect.h"

extern const struct dialect dialect_lines, dialect_unterminated, dialect_console;
#if LWCHAT_JSON
extern const struct dialect dialect_json;
#endif

const struct dialect *const dialects[] = {
    [DIALECT_LINES] = &dialect_lines,
    [DIALECT_UNTERMINATED] = &dialect_unterminated,
    [DIALECT_CONSOLE] = &dialect_console,
#if LWCHAT_JSON
    [DIALECT_JSON] = &dialect_json,
#endif
};
