# The server's files, for projects with a build of their own. lwchat_root is this project's folder.
file(GLOB lwchat_core ${lwchat_root}/src/core/*.c ${lwchat_root}/src/dialect/*.c)
file(GLOB lwchat_server ${lwchat_root}/src/net/server*.c)
list(APPEND lwchat_server ${lwchat_root}/src/net/http.c ${lwchat_root}/src/net/sha1.c ${lwchat_root}/src/net/sock.c
     ${lwchat_root}/src/net/sock_wake.c)
set(lwchat_port_any ${lwchat_root}/port/any/port.c)
# The guard of lwIP's receive buffers, whose header is port/lwip/guard.h.
set(lwchat_guard ${lwchat_root}/port/lwip/guard.c ${lwchat_root}/port/lwip/incoming.c)
# The headers that others may include.
set(lwchat_headers lwchat.h lwchat_address.h lwchat_config.h lwchat_error.h)
