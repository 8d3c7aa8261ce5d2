# The Linux port: what CMakeLists.txt compiles and links with BOARD=host.
set(PORT_SOURCES
    port/linux/acks.c
    port/linux/announce.c
    port/linux/avahi.c
    port/linux/bundle.c
    port/linux/console.c
    port/linux/deframer.c
    port/linux/display.c
    port/linux/edited.c
    port/linux/fault.c
    port/linux/fault_wire.c
    port/linux/files.c
    port/linux/forward.c
    port/linux/frames.c
    port/linux/hidden.c
    port/linux/history.c
    port/linux/host_sockets.c
    port/linux/links.c
    port/linux/logfile.c
    port/linux/names.c
    port/linux/notify.c
    port/linux/outgoing.c
    port/linux/outlet.c
    port/linux/paste.c
    port/linux/port.c
    port/linux/queue.c
    port/linux/reason.c
    port/linux/rows.c
    port/linux/segment.c
    port/linux/signals.c
    port/linux/station.c
    port/linux/stream.c
    port/linux/system.c
    port/linux/tap.c
    port/linux/terminal.c
    port/linux/tty.c
    port/linux/typed.c
    port/linux/user.c
    port/linux/wait.c)

# The folder of lwipopts.h, lwchatopts.h and arch/cc.h.
set(PORT_OPTIONS_DIRS port/linux)

set(PORT_LWIP_SOURCES ${CMAKE_CURRENT_LIST_DIR}/checksum.c ${CMAKE_CURRENT_LIST_DIR}/heap.c
    ${CMAKE_CURRENT_LIST_DIR}/sys_arch.c)

# The file names in assertions do not tell where it was built.
set(PORT_COMPILE_OPTIONS -fmacro-prefix-map=${CMAKE_CURRENT_SOURCE_DIR}/= -fmacro-prefix-map=${LWIP_DIR}/=lwip/)

set(PORT_PRIVATE_DEFINITIONS _GNU_SOURCE)
set(PORT_LIBRARIES slirp readline pthread)

# Further sources of the programs, besides src/app/lwchatd.c and src/app/lwchat.c.
set(PORT_APP_SOURCES src/app/options.c src/app/options_file.c src/app/options_table.c src/app/options_text.c
    src/app/options_value.c src/net/client_host.c)
set(PORT_SUFFIX "")

set_source_files_properties(${PORT_LWIP_SOURCES} PROPERTIES
    COMPILE_DEFINITIONS "${PORT_PRIVATE_DEFINITIONS}" COMPILE_OPTIONS "${warnings}")
