#include "dialect.h"

extern const struct dialect dialect_lines, dialect_unterminated, dialect_console;

const struct dialect *const dialects[] = {
    [DIALECT_LINES] = &dialect_lines,
    [DIALECT_UNTERMINATED] = &dialect_unterminated,
    [DIALECT_CONSOLE] = &dialect_console,
};
