/**
 * @file
 * What the parts of options.c share: the table of the options, and the texts of its
 * messages. Only they, and what prints the table, include it.
 */
#ifndef LWCHAT_OPTIONS_PARTS_H
#define LWCHAT_OPTIONS_PARTS_H

#include "../lwchat_address.h"
#include "options.h"

enum word_options {
#define WORD(name, english, french) O_##name,
#include "options.def"
#undef WORD
    WORDS_OPTIONS
};

extern const struct word options_words[WORDS_OPTIONS];

/** The values that an option takes. */
enum option_kind {
    OPTION_FLAG,
    OPTION_TEXT,
    OPTION_NET,
    OPTION_NETWORK,
    OPTION_NETWORK6,
    OPTION_NETWORK_ANY,
    OPTION_ADDRESS,
    OPTION_MAC,
    OPTION_NICK,
    OPTION_HOSTNAME,
    OPTION_LANG,
    OPTION_FRAMING,
    OPTION_RECONNECT,
    OPTION_NUMBER16,
    OPTION_NUMBER32
};

struct option {
    const char *name;
    const char *value; /**< name of its value in --help; NULL: it takes none */
    enum word_options help;
    enum word_options takes; /**< valid values, as error messages list them */
    int programs;            /**< those that have it: bits of enum options_program */
    enum option_kind kind;
    size_t member;        /**< offset in struct options */
    uint32_t least, most; /**< of a number */
    uint32_t fallback;
};

/** Offset of a member, as in struct option. */
#define OPTION_MEMBER(name) offsetof(struct options, name)

enum { OPTIONS_MOST = 64 }; /* rows of the table */
enum { OPTIONS_DASHES = 2 /* of a name on the command line */ };

/** One row for each option, in the order of --help; the name is NULL after the last. */
extern const struct option options_table[];

/** The option of a program with that name; NULL: there is none. */
const struct option *options_find(enum options_program program, const char *word, size_t bytes);

/** Records an error, for options_line(). `culprit` must stay valid. `about` may be NULL. */
void options_complain(struct options *options, enum word_options complaint, const char *culprit,
                      const struct option *about);

/** Stores a number for an option, unchecked. */
void options_set_number(struct options *options, const struct option *option, uint32_t number);

/** Stores `value`, which must stay valid, for an option, or records the error. */
void options_take(struct options *options, const struct option *option, const char *value);

/** Reads ADDR or ADDR/PREFIX, of IPv4 or IPv6. @return false if it is malformed. */
bool options_network(const char *text, struct lwchat_address *network, uint8_t *prefix);

#if LWCHAT_FILES
/* --- options_file.c --------------------------------------------------------------- */

/** Takes the options in the file of --config, or records the error. */
void options_take_file(struct options *options);

/** Reads the file of --commands, or records the error. */
void options_take_commands(struct options *options);

#if LWCHAT_PASSWORD
/** Checks the password, which is read from its file for @FILE, or records the error. */
void options_take_password(struct options *options);
#endif
#endif

#endif
