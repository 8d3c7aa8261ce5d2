/* The command lines: their meaning, and the messages for invalid ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "app/options.h"
#include "lwchat_config.h"
#include "lwchat_error.h"

enum { MOST_WORDS = 20, LINE_BYTES = 256 };

static struct options options;
static char line[LINE_BYTES];

/* The files that there are: one of options, and one of commands. */
static const char *conf, *commands;
static size_t conf_bytes;

int port_file_read(const char *path, char *text, size_t bytes)
{
    bool is_conf = strcmp(path, "conf") == 0;
    const char *content = is_conf ? conf : commands;

    if ((!is_conf && strcmp(path, "commands") != 0) || content == NULL) {
        return LWCHAT_FAILED;
    }
    size_t length = is_conf && conf_bytes > 0 ? conf_bytes : strlen(content);
    assert_true(length <= bytes);
    memcpy(text, content, length);
    return (int)length;
}

const char *port_reason(void)
{
    return "No such file or directory";
}

/* Reads a command line whose words are separated by single spaces. */
static enum options_outcome take(enum options_program program, const char *text)
{
    static char words[LINE_BYTES];
    static char *argv[MOST_WORDS];
    int argc = 1;

    argv[0] = words;
    snprintf(words, sizeof words, "program %s", text);
    for (char *p = words; (p = strchr(p, ' ')) != NULL && p[1] != '\0';) {
        *p++ = '\0';
        assert_true(argc < MOST_WORDS);
        argv[argc++] = p;
    }
    return options_read(&options, program, argc, argv);
}

static const char *say(unsigned number)
{
    int bytes = options_line(&options, number, line, sizeof line - 1);

    if (bytes < 0) {
        assert_int_equal(bytes, LWCHAT_NOT_FOUND);
        return NULL;
    }
    line[bytes] = '\0';
    return line;
}

static void test_defaults(void **state)
{
    (void)state;
    assert_int_equal(take(OPTIONS_SERVER, ""), OPTIONS_RUN);
    assert_string_equal(options.name, LWCHAT_NAME);
    assert_int_equal(options.port, LWCHAT_PORT);
    assert_int_equal(options.net.serve, LWCHAT_PORT);
    assert_int_equal(options.rate, LWCHAT_RATE);
    assert_int_equal(options.max_clients, LWCHAT_MAX_SESSIONS);
    assert_int_equal(options.lang, WORDS_ENGLISH);
    assert_null(options.net.net);
    assert_false(options.quiet || options.net.verbose || options.net.dhcp);
    assert_null(say(0));

    assert_int_equal(take(OPTIONS_CLIENT, ""), OPTIONS_RUN);
    assert_null(options.host);
    assert_int_equal(take(OPTIONS_CLIENT, "example.net"), OPTIONS_RUN);
    assert_string_equal(options.host, "example.net");
    assert_int_equal(options.port, LWCHAT_PORT);
    assert_int_equal(options.net.serve, 0);
    assert_null(options.nick);
    assert_int_equal(options.framing, CLIENT_AUTO);
}

static void test_every_option_of_the_server(void **state)
{
    (void)state;
    assert_int_equal(take(OPTIONS_SERVER, "--net user:127.0.0.2:5001 --ip 10.1.2.3/8 --gateway "
                                          "10.0.0.1 --mtu 1400 --port 1"),
                     OPTIONS_RUN);
    assert_string_equal(options.net.net, "user:127.0.0.2:5001");
    assert_string_equal(options.net.address, "10.1.2.3/8");
    assert_string_equal(options.net.gateway, "10.0.0.1");
    assert_int_equal(options.net.mtu, 1400);
    assert_int_equal(options.net.serve, 1);
    assert_int_equal(take(OPTIONS_SERVER, "--mac 0a:00:00:AB:cd:09"), OPTIONS_RUN);
    assert_string_equal(options.net.mac, "0a:00:00:AB:cd:09");

    assert_int_equal(take(OPTIONS_SERVER, "--dhcp --name Ada --lang fr --rate=0 --max-clients 7 "
                                          "--fault drop=1 --quiet --verbose"),
                     OPTIONS_RUN);
    assert_true(options.net.dhcp && options.quiet && options.net.verbose);
    assert_string_equal(options.name, "Ada");
    assert_int_equal(options.lang, WORDS_FRENCH);
    assert_int_equal(options.rate, 0);
    assert_int_equal(options.max_clients, 7);
    assert_string_equal(options.net.fault, "drop=1");
}

static void test_every_option_of_the_client(void **state)
{
    (void)state;
    assert_int_equal(take(OPTIONS_CLIENT, "--net tap:tap0 --dns 9.9.9.9 --nick bob --framing=raw "
                                          "--lang en here 65535"),
                     OPTIONS_RUN);
    assert_string_equal(options.net.net, "tap:tap0");
    assert_string_equal(options.net.dns, "9.9.9.9");
    assert_string_equal(options.nick, "bob");
    assert_int_equal(options.framing, CLIENT_RAW);
    assert_string_equal(options.host, "here");
    assert_int_equal(options.port, 65535);
    assert_int_equal(take(OPTIONS_CLIENT, "--log talk --reconnect always h"), OPTIONS_RUN);
    assert_string_equal(options.log, "talk");
    assert_int_equal(options.reconnect, CLIENT_RETURNS);
    assert_int_equal(take(OPTIONS_CLIENT, "--reconnect never --reconnect auto h"), OPTIONS_RUN);
    assert_int_equal(options.reconnect, CLIENT_RETURNS_ON_SCREEN);
    assert_int_equal(take(OPTIONS_CLIENT, "--framing line --framing auto h"), OPTIONS_RUN);
    assert_int_equal(options.framing, CLIENT_AUTO);
}

static void test_where_to(void **state)
{
    static const struct {
        const char *words, *host;
        uint16_t port;
    } where[] = {{"localhost:7", "localhost", 7},   {"192.0.2.1:65535", "192.0.2.1", 65535},
                 {"[192.0.2.1]:7", "192.0.2.1", 7}, {"[a.b] 7", "a.b", 7},
                 {"[a.b]", "a.b", LWCHAT_PORT},     {"dead:7", "dead", 7}};

    (void)state;
    for (size_t i = 0; i < sizeof where / sizeof where[0]; i++) {
        assert_int_equal(take(OPTIONS_CLIENT, where[i].words), OPTIONS_RUN);
        assert_string_equal(options.host, where[i].host);
        assert_int_equal(options.port, where[i].port);
    }
}

static void test_complaints(void **state)
{
    static const struct {
        enum options_program program;
        const char *words, *complaint;
    } bad[] = {
        {OPTIONS_SERVER, "--nosuch", "lwchatd: no option \"--nosuch\": --help lists them"},
        {OPTIONS_SERVER, "-x", "lwchatd: no option \"-x\": --help lists them"},
        {OPTIONS_SERVER, "--nick x", "lwchatd: no option \"--nick\": --help lists them"},
        {OPTIONS_CLIENT, "--port 1 h", "lwchat: no option \"--port\": --help lists them"},
        {OPTIONS_SERVER, "--port", "lwchatd: \"--port\" needs a value: --port PORT"},
        {OPTIONS_SERVER, "--port 0", "lwchatd: --port takes a number from 1 to 65535, not \"0\""},
        {OPTIONS_SERVER, "--port 65536",
         "lwchatd: --port takes a number from 1 to 65535, not \"65536\""},
        {OPTIONS_SERVER, "--port 1x", "lwchatd: --port takes a number from 1 to 65535, not \"1x\""},
        {OPTIONS_SERVER, "--port=", "lwchatd: --port takes a number from 1 to 65535, not \"\""},
        {OPTIONS_SERVER, "--rate -1",
         "lwchatd: --rate takes a number from 0 to 1000000, not \"-1\""},
        {OPTIONS_SERVER, "--rate 99999999999999999999",
         "lwchatd: --rate takes a number from 0 to 1000000, not \"99999999999999999999\""},
        {OPTIONS_SERVER, "--mtu 100",
         "lwchatd: --mtu takes a number from 576 to 1500, not \"100\""},
        {OPTIONS_SERVER, "--quiet=1", "lwchatd: --quiet takes no value: leave out \"1\""},
        {OPTIONS_SERVER, "--lang de", "lwchatd: --lang takes en or fr, not \"de\""},
        {OPTIONS_SERVER, "--net lo",
         "lwchatd: --net takes user, user:ADDR:PORT, tap:IFNAME, stream:PATH or "
         "stream:HOST:PORT, not \"lo\""},
        {OPTIONS_SERVER, "--net user:1.2.3.4",
         "lwchatd: --net takes user, user:ADDR:PORT, tap:IFNAME, stream:PATH or "
         "stream:HOST:PORT, not \"user:1.2.3.4\""},
        {OPTIONS_CLIENT, "--net tap: h",
         "lwchat: --net takes user, tap:IFNAME, stream:PATH or stream:HOST:PORT, not \"tap:\""},
        {OPTIONS_CLIENT, "--net stream: h",
         "lwchat: --net takes user, tap:IFNAME, stream:PATH or stream:HOST:PORT, not \"stream:\""},
        {OPTIONS_SERVER, "--ip 1.2.3.4/24 --dhcp",
         "lwchatd: --dhcp asks for an address, and --ip 1.2.3.4/24 gives one: leave out one of the "
         "two"},
        {OPTIONS_CLIENT, "--dhcp --ip 1.2.3.4/24 there",
         "lwchat: --dhcp asks for an address, and --ip 1.2.3.4/24 gives one: leave out one of the "
         "two"},
        {OPTIONS_SERVER, "--ip 1.2.3.4",
         "lwchatd: --ip takes an address such as 192.168.7.2/24, not \"1.2.3.4\""},
        {OPTIONS_SERVER, "--ip 1.2.3.4/33",
         "lwchatd: --ip takes an address such as 192.168.7.2/24, not \"1.2.3.4/33\""},
        {OPTIONS_SERVER, "--gateway 1.2.3",
         "lwchatd: --gateway takes an address such as 192.168.7.1, not \"1.2.3\""},
        {OPTIONS_SERVER, "--mac 02:00:00:00:00",
         "lwchatd: --mac takes an address such as 02:00:00:12:34:56, not \"02:00:00:00:00\""},
        {OPTIONS_CLIENT, "--mac 02:00:00:00:00:0g h",
         "lwchat: --mac takes an address such as 02:00:00:12:34:56, not \"02:00:00:00:00:0g\""},
        {OPTIONS_SERVER, "--mac 02:00:00:00:00:01:",
         "lwchatd: --mac takes an address such as 02:00:00:12:34:56, not \"02:00:00:00:00:01:\""},
        {OPTIONS_SERVER, "--mac 03:00:00:00:00:01", /* a group address */
         "lwchatd: --mac takes an address such as 02:00:00:12:34:56, not \"03:00:00:00:00:01\""},
        {OPTIONS_SERVER, "--hostname lwchat.local",
         "lwchatd: --hostname takes 1 to 57 letters, digits or -, not \"lwchat.local\""},
        {OPTIONS_SERVER, "--name 1st",
         "lwchatd: --name takes a letter, then up to 15 letters of its alphabet, digits, _ or -, "
         "not \"1st\""},
        {OPTIONS_SERVER, "extra", "lwchatd: unexpected argument \"extra\""},
        {OPTIONS_CLIENT, "h:0", "lwchat: PORT takes a number from 1 to 65535, not \"0\""},
        {OPTIONS_CLIENT, "h:", "lwchat: PORT takes a number from 1 to 65535, not \"\""},
        {OPTIONS_CLIENT, "h:http", "lwchat: PORT takes a number from 1 to 65535, not \"http\""},
        {OPTIONS_CLIENT, "h:1 2", "lwchat: unexpected argument \"2\""},
        {OPTIONS_CLIENT, ":1", "lwchat: HOST has 1 to 253 bytes, not \":1\""},
        {OPTIONS_CLIENT, "[]:1", "lwchat: HOST has 1 to 253 bytes, not \"[]:1\""},
        {OPTIONS_CLIENT, "tcp://h:1",
         "lwchat: HOST is a name or an address, HOST:PORT or [ADDR]:PORT, not \"tcp://h:1\""},
        {OPTIONS_CLIENT, "h:1:2",
         "lwchat: HOST is a name or an address, HOST:PORT or [ADDR]:PORT, not \"h:1:2\""},
        {OPTIONS_CLIENT, "http://h",
         "lwchat: HOST is a name or an address, HOST:PORT or [ADDR]:PORT, not \"http://h\""},
        {OPTIONS_CLIENT, "[h",
         "lwchat: HOST is a name or an address, HOST:PORT or [ADDR]:PORT, not \"[h\""},
        {OPTIONS_CLIENT, "[h]1",
         "lwchat: HOST is a name or an address, HOST:PORT or [ADDR]:PORT, not \"[h]1\""},
        {OPTIONS_CLIENT, "::1::2",
         "lwchat: HOST is a name or an address, HOST:PORT or [ADDR]:PORT, not \"::1::2\""},
        {OPTIONS_CLIENT, "::1%eth0",
         "lwchat: HOST is a name or an address, HOST:PORT or [ADDR]:PORT, not \"::1%eth0\""},
        {OPTIONS_CLIENT, "[fe80::1]x",
         "lwchat: HOST is a name or an address, HOST:PORT or [ADDR]:PORT, not \"[fe80::1]x\""},
        {OPTIONS_CLIENT, "[::1]:0", "lwchat: PORT takes a number from 1 to 65535, not \"0\""},
        {OPTIONS_CLIENT, "--lang fr [::1:7",
         "lwchat : HOST est un nom ou une adresse, HOST:PORT ou [ADDR]:PORT, pas \"[::1:7\""},
        {OPTIONS_SERVER, "--ip6 192.168.7.2",
         "lwchatd: --ip6 takes an address such as fd00::2/64, not \"192.168.7.2\""},
        {OPTIONS_SERVER, "--ip6 fd00::2/48",
         "lwchatd: --ip6 takes an address such as fd00::2/64, not \"fd00::2/48\""},
        {OPTIONS_CLIENT, "h 0", "lwchat: PORT takes a number from 1 to 65535, not \"0\""},
        {OPTIONS_CLIENT, "h 1 x", "lwchat: unexpected argument \"x\""},
        {OPTIONS_CLIENT, "--framing x h", "lwchat: --framing takes auto, line or raw, not \"x\""},
        {OPTIONS_CLIENT, "--reconnect x h",
         "lwchat: --reconnect takes always, never or auto, not \"x\""},
        {OPTIONS_CLIENT, "--lang fr --framing x h",
         "lwchat : --framing prend auto, line ou raw, pas \"x\""},
        {OPTIONS_CLIENT, "--\x1b[2J\xff h", "lwchat: no option \"--?[2J?\": --help lists them"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(take(bad[i].program, bad[i].words), OPTIONS_BAD);
        assert_string_equal(say(0), bad[i].complaint);
        assert_null(say(1));
    }
}

static void test_a_long_word_leaves_the_sentence_whole(void **state)
{
    char words[200] = "--gateway ";

    (void)state;
    memset(words + strlen(words), 'x', 150);
    assert_int_equal(take(OPTIONS_SERVER, words), OPTIONS_BAD);
    assert_non_null(strstr(say(0), "such as 192.168.7.1, not \"xxx"));
    assert_int_equal(line[strlen(line) - 1], '"');
}

/* The option in a line of help, or NULL. */
static const char *option_in(const char *text, bool *takes_value)
{
    static char name[32];

    if (text == NULL || strncmp(text, "  --", 4) != 0) {
        return NULL;
    }
    size_t bytes = strcspn(text + 2, " ");
    memcpy(name, text + 2, bytes);
    name[bytes] = '\0';
    *takes_value = text[2 + bytes + 1] != ' ';
    return name;
}

static void test_help_lists_what_is_taken(void **state)
{
    static const enum options_program programs[] = {OPTIONS_SERVER, OPTIONS_CLIENT};
    static const unsigned expected[] = {30, 16};
    static const char *const langs[] = {"en", "fr"};

    (void)state;
    for (size_t p = 0; p < 2; p++) {
        for (size_t l = 0; l < 2; l++) {
            unsigned found = 0;
            char words[64];
            for (unsigned i = 0;; i++) {
                bool takes_value = false;
                snprintf(words, sizeof words, "--help --lang %s", langs[l]);
                assert_int_equal(take(programs[p], words), OPTIONS_SHOW);
                const char *text = say(i);
                if (text == NULL) {
                    break;
                }
                assert_in_range(strlen(text), 0, 100);
                assert_null(strchr(text, '%'));
                const char *name = option_in(text, &takes_value);
                if (name != NULL) {
                    found++;
                    snprintf(words, sizeof words, "%s", name);
                    assert_int_equal(take(programs[p], words),
                                     takes_value                      ? OPTIONS_BAD
                                     : strcmp(name, "--help") == 0    ? OPTIONS_SHOW
                                     : strcmp(name, "--version") == 0 ? OPTIONS_SHOW
                                                                      : OPTIONS_RUN);
                }
            }
            assert_int_equal(found, expected[p]);
        }
    }
}

static void test_a_file_of_options(void **state)
{
    (void)state;
    conf = "# the school's\r\n\n  \t\nrate 20\r\n\tname   Ada \nquiet\nnet user:127.0.0.2:5001\n"
           "commands  a file with blanks  \nlang fr";
    assert_int_equal(take(OPTIONS_SERVER, "--config conf"), OPTIONS_BAD);
    assert_string_equal(say(0),
                        "lwchatd : impossible de lire \"a file with blanks\" : No such file "
                        "or directory");
    commands = "/ban 192.0.2.1\n";
    assert_int_equal(take(OPTIONS_SERVER, "--config conf --commands commands"), OPTIONS_RUN);
    assert_int_equal(options.rate, 20);
    assert_string_equal(options.name, "Ada");
    assert_true(options.quiet);
    assert_string_equal(options.net.net, "user:127.0.0.2:5001");
    assert_int_equal(options.lang, WORDS_FRENCH);
    assert_int_equal(options.commands_bytes, strlen(commands));
    assert_memory_equal(options.commands, commands, strlen(commands));
    conf = "";
    assert_int_equal(take(OPTIONS_SERVER, "--config conf"), OPTIONS_RUN);
    assert_int_equal(options.rate, LWCHAT_RATE);
    assert_null(options.commands);
    conf = commands = NULL;
}

static void test_the_command_line_wins_over_the_file(void **state)
{
    static const char *const places[] = {"--rate 7 --lang en --config conf",
                                         "--config conf --rate 7 --lang en"};

    (void)state;
    conf = "rate 20\nlang fr\nport 7\nmax-clients 9\n";
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        assert_int_equal(take(OPTIONS_SERVER, places[i]), OPTIONS_RUN);
        assert_int_equal(options.rate, 7);
        assert_int_equal(options.lang, WORDS_ENGLISH);
        assert_int_equal(options.port, 7);
        assert_int_equal(options.max_clients, 9);
    }
    conf = "ip 10.0.0.2/8";
    assert_int_equal(take(OPTIONS_SERVER, "--config conf --dhcp"), OPTIONS_RUN);
    assert_true(options.net.dhcp && options.net.address == NULL);
    conf = "dhcp";
    assert_int_equal(take(OPTIONS_SERVER, "--config conf --ip 10.0.0.2/8"), OPTIONS_RUN);
    assert_false(options.net.dhcp);
    /* Errors on the command line come first, and help needs no file. */
    conf = NULL;
    assert_int_equal(take(OPTIONS_SERVER, "--config conf --rate x"), OPTIONS_BAD);
    assert_string_equal(say(0), "lwchatd: --rate takes a number from 0 to 1000000, not \"x\"");
    assert_int_equal(take(OPTIONS_SERVER, "--config conf --help"), OPTIONS_SHOW);
    assert_int_equal(take(OPTIONS_CLIENT, "--config conf"), OPTIONS_BAD);
}

static void test_a_password(void **state)
{
    static char long_one[LWCHAT_PASSWORD_BYTES + 2];
    static const char *const files[] = {"",     "\n",   "fin\n", "\r\nsesame\n",
                                        "a\tb", " a\n", "a \n",  "\xEF\xBB\xBF\n"};
    static const char takes[] = "lwchatd: --password takes 1 to 96 bytes of text without spaces "
                                "around it, not fin or /quit";

    (void)state;
    assert_int_equal(take(OPTIONS_SERVER, ""), OPTIONS_RUN);
    assert_null(options.password);
    assert_int_equal(take(OPTIONS_SERVER, "--password sesame"), OPTIONS_RUN);
    assert_string_equal(options.password, "sesame");
    conf = "open sesame\r\nand more";
    assert_int_equal(take(OPTIONS_CLIENT, "--password @conf here"), OPTIONS_RUN);
    assert_string_equal(options.password, "open sesame");
    conf = "\xEF\xBB\xBFopen sesame\r\n";
    assert_int_equal(take(OPTIONS_SERVER, "--password @conf"), OPTIONS_RUN);
    assert_string_equal(options.password, "open sesame");
    conf = "password  open sesame \n";
    assert_int_equal(take(OPTIONS_SERVER, "--config conf"), OPTIONS_RUN);
    assert_string_equal(options.password, "open sesame");
    assert_int_equal(take(OPTIONS_SERVER, "--password @nosuch"), OPTIONS_BAD);
    assert_string_equal(say(0), "lwchatd: cannot read \"nosuch\": No such file or directory");
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        conf = files[i];
        assert_int_equal(take(OPTIONS_SERVER, "--password @conf"), OPTIONS_BAD);
        assert_string_equal(say(0),
                            "lwchatd: the first line of \"conf\" is no password: --password takes "
                            "1 to 96 bytes of text without spaces around it, not fin or /quit");
    }
    conf = NULL;
    memset(long_one, 'x', sizeof long_one - 1);
    char *const words[][2] = {{"--password", ""},     {"--password", long_one},
                              {"--password", "FIN"},  {"--password", "/quit now"},
                              {"--password", "a\nb"}, {"--password", "a\x7f"},
                              {"--password", " a"},   {"--password", "a\xff"}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        char *const argv[] = {"lwchatd", words[i][0], words[i][1], NULL};
        assert_int_equal(options_read(&options, OPTIONS_SERVER, 3, argv), OPTIONS_BAD);
        assert_string_equal(say(0), takes); /* and no part of it */
    }
    long_one[LWCHAT_PASSWORD_BYTES] = '\0';
    char *const argv[] = {"lwchatd", "--password", long_one, NULL};
    assert_int_equal(options_read(&options, OPTIONS_SERVER, 3, argv), OPTIONS_RUN);
}

static void test_a_proxy(void **state)
{
    (void)state;
    assert_int_equal(take(OPTIONS_SERVER, ""), OPTIONS_RUN);
    assert_int_equal(options.believed.port, 0);
    assert_int_equal(options.net.proxy, 0);
    assert_int_equal(take(OPTIONS_SERVER, "--proxy 127.0.0.1"), OPTIONS_RUN);
    assert_int_equal(options.believed.port, LWCHAT_PROXY_PORT);
    assert_int_equal(options.net.proxy, LWCHAT_PROXY_PORT);
    assert_true(options.believed.shared);
    assert_int_equal(options.believed.prefix, ADDRESS_BITS);
    assert_int_equal(take(OPTIONS_SERVER, "--proxy ::1 --proxy-port 7"), OPTIONS_RUN);
    assert_true(options.believed.shared);
    /* An IPv6 address stands for itself here, not for its /64, which could hold all of IPv4. */
    assert_int_equal(options.believed.prefix, ADDRESS_BITS);
    assert_int_equal(options.net.proxy, 7);
    assert_int_equal(take(OPTIONS_SERVER, "--net tap:t --proxy 127.0.0.1"), OPTIONS_RUN);
    assert_false(options.believed.shared);
    assert_int_equal(take(OPTIONS_SERVER, "--net tap:t --proxy 192.168.7.0/24"), OPTIONS_RUN);
    assert_int_equal(options.believed.prefix, ADDRESS_V4_BITS + 24);
    assert_int_equal(take(OPTIONS_SERVER, "--proxy 127.0.0.1 --proxy-port 50000"), OPTIONS_BAD);
    assert_int_equal(take(OPTIONS_SERVER, "--proxy-port 50000"), OPTIONS_RUN);
    assert_int_equal(take(OPTIONS_SERVER, "--proxy here"), OPTIONS_BAD);
    assert_string_equal(say(0), "lwchatd: --proxy takes an address such as 127.0.0.1 or "
                                "192.168.7.0/24, not \"here\"");
}

static void test_complaints_about_a_file(void **state)
{
    static const struct {
        const char *conf, *complaint;
    } bad[] = {
        {NULL, "lwchatd: cannot read \"conf\": No such file or directory"},
        {"\n\nrate x", "conf:3: rate takes a number from 0 to 1000000, not \"x\""},
        {"rate = 20", "conf:1: rate takes a number from 0 to 1000000, not \"= 20\""},
        {"rate", "conf:1: \"rate\" needs a value: rate N"},
        {"quiet\nverbose yes\n", "conf:2: verbose takes no value: leave out \"yes\""},
        {"--rate 20", "conf:1: no option \"--rate\": --help lists them, without -- here"},
        {"nosuch", "conf:1: no option \"nosuch\": --help lists them, without -- here"},
        {"nick bob", "conf:1: no option \"nick\": --help lists them, without -- here"},
        {"PORT 7", "conf:1: no option \"PORT\": --help lists them, without -- here"},
        {"config other", "conf:1: \"config\" belongs on the command line"},
        {"help", "conf:1: \"help\" belongs on the command line"},
        {"version", "conf:1: \"version\" belongs on the command line"},
        {"rate 1\nport 7\nrate 1\n", "conf:3: \"rate\" stands in this file twice"},
        {"quiet\nquiet", "conf:2: \"quiet\" stands in this file twice"},
        {"lang de", "conf:1: lang takes en or fr, not \"de\""},
        {"lang fr\nlang en", "conf:2 : \"lang\" est deux fois dans ce fichier"},
        {"net tap:\n", "conf:1: net takes user, user:ADDR:PORT, tap:IFNAME, stream:PATH or "
                       "stream:HOST:PORT, not \"tap:\""},
        {"ip 10.0.0.2/8\ndhcp",
         "lwchatd: --dhcp asks for an address, and --ip 10.0.0.2/8 gives one: leave out one of the "
         "two"},
        {"\x1b[2J", "conf:1: no option \"?[2J\": --help lists them, without -- here"},
        {"commands nosuch", "lwchatd: cannot read \"nosuch\": No such file or directory"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        conf = bad[i].conf;
        assert_int_equal(take(OPTIONS_SERVER, "--config conf"), OPTIONS_BAD);
        assert_string_equal(say(0), bad[i].complaint);
        assert_null(say(1));
    }
    conf = "port 7\nname A\0da\n";
    conf_bytes = 14;
    assert_int_equal(take(OPTIONS_SERVER, "--config conf"), OPTIONS_BAD);
    assert_string_equal(say(0), "conf:2: not a line of text: it contains a NUL");
    conf_bytes = 0;
    conf = NULL;
}

static void test_version(void **state)
{
    (void)state;
    assert_int_equal(take(OPTIONS_SERVER, "--version"), OPTIONS_SHOW);
    assert_string_equal(say(0), "lwchatd " LWCHAT_VERSION);
    assert_null(say(1));
    /* An error takes precedence. */
    assert_int_equal(take(OPTIONS_SERVER, "--help --nosuch"), OPTIONS_BAD);
}

/* The argument numbers in a sentence, as a bit mask. */
static unsigned arguments_of(const char *sentence)
{
    unsigned bits = 0;

    for (const char *p = sentence; (p = strchr(p, '%')) != NULL; p++) {
        assert_in_range(p[1], '1', '9');
        bits |= 1U << (p[1] - '0');
    }
    return bits;
}

static void test_no_language_lacks_a_word(void **state)
{
    static const char *const words[][2] = {
#define WORD(name, english, french) {english, french},
#include "app/options.def"
#include "net/client.def"
#undef WORD
    };

    (void)state;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        assert_true(words[i][0][0] != '\0' && words[i][1][0] != '\0');
        assert_int_equal(arguments_of(words[i][0]), arguments_of(words[i][1]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_every_option_of_the_server),
        cmocka_unit_test(test_every_option_of_the_client),
        cmocka_unit_test(test_where_to),
        cmocka_unit_test(test_complaints),
        cmocka_unit_test(test_a_long_word_leaves_the_sentence_whole),
        cmocka_unit_test(test_help_lists_what_is_taken),
        cmocka_unit_test(test_a_file_of_options),
        cmocka_unit_test(test_the_command_line_wins_over_the_file),
        cmocka_unit_test(test_a_password),
        cmocka_unit_test(test_a_proxy),
        cmocka_unit_test(test_complaints_about_a_file),
        cmocka_unit_test(test_version),
        cmocka_unit_test(test_no_language_lacks_a_word),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
