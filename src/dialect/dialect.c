#include "dialect.h"

extern const struct dialect dialect_lines, dialect_unterminated, dialect_console;
#if LWCHAT_JSON
extern const struct dialect dialect_json;
#endif

static const struct dialect *const dialects[] = {
    [DIALECT_LINES] = &dialect_lines,
    [DIALECT_CONSOLE] = &dialect_console,
#if LWCHAT_JSON
    [DIALECT_JSON] = &dialect_json,
#endif
};

const struct dialect *dialect_of(const struct chat_session *session)
{
    if (session->dialect == DIALECT_LINES && (session->framing.flags & FRAMING_RAW)) {
        return &dialect_unterminated;
    }
    return dialects[session->dialect];
}
