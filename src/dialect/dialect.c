#include "dialect.h"

extern const struct dialect dialect_lines, dialect_unterminated, dialect_console;
#if LWCHAT_JSON
extern const struct dialect dialect_json;
#endif
#if LWCHAT_HTTP
extern const struct dialect dialect_websocket_text;
#if LWCHAT_JSON
extern const struct dialect dialect_websocket;
#endif
#endif

const struct dialect *const dialects[] = {
    [CHAT_LINES] = &dialect_lines,
    [CHAT_UNTERMINATED] = &dialect_unterminated,
    [CHAT_CONSOLE] = &dialect_console,
#if LWCHAT_JSON
    [CHAT_JSON] = &dialect_json,
#endif
#if LWCHAT_HTTP
    [CHAT_WEBSOCKET_TEXT] = &dialect_websocket_text,
#if LWCHAT_JSON
    [CHAT_WEBSOCKET] = &dialect_websocket,
#endif
#endif
};
