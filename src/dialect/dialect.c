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
#if LWCHAT_IRC
extern const struct dialect dialect_irc;
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
#if LWCHAT_IRC
    [CHAT_IRC] = &dialect_irc,
#endif
};

#if LWCHAT_INTRODUCTIONS
uint8_t dialect_opened_by(enum opening_kind kind)
{
    uint8_t found = sizeof dialects / sizeof dialects[0] - 1;

    while (found > 0 && (dialects[found] == NULL || !dialects[found]->introduces ||
                         dialects[found]->opening != kind)) {
        found--;
    }
    return found;
}
#endif
