# The common part of all boards. A board's board.cmake sets PORT_CPU, the processor
# for -mcpu, includes this, then adds its own files from port/boards/${BOARD}. port/${LWCHAT_OS}/os.cmake adds what an
# operating system, or none, takes.
set(LWCHAT_OS freertos CACHE STRING "The boards' operating system: freertos, or bare for none")
if(NOT EXISTS ${CMAKE_CURRENT_LIST_DIR}/../${LWCHAT_OS}/os.cmake)
    message(FATAL_ERROR "LWCHAT_OS=${LWCHAT_OS}: it is freertos or bare")
endif()
option(LWCHAT_ASSERTS "lwIP's and FreeRTOS's assertions; 13 KB of flash" OFF)
set(asserts_flash_bytes 16384) # allowed in addition to the ceiling of a release

set(PORT_SOURCES
    port/cortex-m/checksum.c
    port/cortex-m/console.c
    port/cortex-m/entropy.c
    port/cortex-m/ethernet.c
    port/cortex-m/libc.c
    port/cortex-m/memcpy.c
    port/cortex-m/panic.c
    port/cortex-m/port.c
    port/cortex-m/stack.c
    port/cortex-m/start.c)

# The folders of lwipopts.h, lwchatopts.h, the operating system's options and arch/cc.h.
set(PORT_OPTIONS_DIRS port/boards/${BOARD} port/${LWCHAT_OS} port/cortex-m)

set(PORT_DEFINITIONS LWCHAT_ASSERTS=$<BOOL:${LWCHAT_ASSERTS}>)
if(DEFINED LWCHAT_HTTP)
    list(APPEND PORT_DEFINITIONS LWCHAT_HTTP=${LWCHAT_HTTP})
endif()
# A function called once would, if inlined, keep its buffers on the stack for as long as its caller runs.
set(PORT_COMPILE_OPTIONS -mcpu=${PORT_CPU} -fconserve-stack)
set(PORT_LINK_OPTIONS
    -mcpu=${PORT_CPU}
    -nostartfiles
    -flto-partition=one
    -T${CMAKE_CURRENT_LIST_DIR}/../boards/${BOARD}/board.ld
    -L${CMAKE_CURRENT_LIST_DIR}
    -Wl,--gc-sections
    -Wl,-Map=$<TARGET_PROPERTY:NAME>.map
    $<$<BOOL:${LWCHAT_ASSERTS}>:-Wl,--defsym=ASSERTS_FLASH_BYTES=${asserts_flash_bytes}>)

include(${CMAKE_CURRENT_LIST_DIR}/../${LWCHAT_OS}/os.cmake)

# Link-time optimisation of lwIP saves 3 KB of flash. os_lto_sources are what goes with it.
set_source_files_properties(${LWIP_SOURCES} ${os_lto_sources} PROPERTIES COMPILE_OPTIONS -flto)

# A board has no command line.
set(PORT_APP_SOURCES src/app/options_fixed.c)
set(PORT_SUFFIX .elf)

# These are small and hot: -O2 is worth its flash.
set_source_files_properties(port/cortex-m/checksum.c port/boards/${BOARD}/ethernet.c PROPERTIES COMPILE_OPTIONS -O2)
# Called at the start or rarely: inlined, their buffers would take stack under every other call.
set_source_files_properties(src/net/server.c src/net/server_accept.c port/lwip/address.c port/lwip/address_words.c PROPERTIES
    COMPILE_OPTIONS -fno-inline-functions-called-once)
# Or the compiler would replace the loops of libc.c with calls to the very functions they implement.
set_source_files_properties(port/cortex-m/libc.c PROPERTIES COMPILE_OPTIONS -fno-tree-loop-distribute-patterns)
