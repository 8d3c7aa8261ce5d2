#include "request.h"

#include "notice.h"

#include <string.h>

void request_reply(const struct request *request, enum word_chat word,
                   const struct words_arguments *arguments)
{
    notice_to(request->chat, request->session, word, arguments->text, arguments->bytes);
}

void request_reply_plainly(const struct request *request, enum word_chat word)
{
    notice_to(request->chat, request->session, word, NULL, 0);
}

void request_reply_text(const struct request *request, enum word_chat word)
{
    struct words_arguments arguments = {.bytes = 0};

    words_add(&arguments, request->text, request->bytes);
    request_reply(request, word, &arguments);
}

size_t request_first_word(const char *text, size_t bytes, const char **rest, size_t *rest_bytes)
{
    const char *space = memchr(text, ' ', bytes);
    size_t length = space == NULL ? bytes : (size_t)(space - text);
    size_t next = length;

    while (next < bytes && text[next] == ' ') {
        next++;
    }
    *rest = text + next;
    *rest_bytes = bytes - next;
    return length;
}
