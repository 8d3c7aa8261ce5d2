# The common part of all boards. A processor's port.cmake sets PORT_PROCESSOR, its folder in port/, includes this, and
# adds its own files. port/${LWCHAT_OS}/os.cmake adds what an operating system, or none, takes.
set(os freertos)
if(NOT EXISTS ${CMAKE_CURRENT_LIST_DIR}/../boards/${BOARD}/FreeRTOSConfig.h)
    set(os bare)
endif()
set(LWCHAT_OS ${os} CACHE STRING "The boards' operating system: freertos, or bare for none")
if(NOT EXISTS ${CMAKE_CURRENT_LIST_DIR}/../${LWCHAT_OS}/os.cmake)
    message(FATAL_ERROR "LWCHAT_OS=${LWCHAT_OS}: it is freertos or bare")
elseif(LWCHAT_OS STREQUAL freertos AND os STREQUAL bare)
    message(FATAL_ERROR "LWCHAT_OS=freertos: port/boards/${BOARD}/ has no FreeRTOSConfig.h")
endif()
option(LWCHAT_ASSERTS "lwIP's and FreeRTOS's assertions; 13 KB of flash" OFF)
set(asserts_flash_bytes 16384) # allowed in addition to the ceiling of a release

set(PORT_SOURCES
    port/lwip/guard.c
    port/mcu/atoi.c
    port/mcu/console.c
    port/mcu/entropy.c
    port/mcu/ethernet.c
    port/mcu/panic.c
    port/mcu/port.c
    port/mcu/stack.c
    port/mcu/start.c)

# The folders of lwipopts.h, lwchatopts.h, the operating system's options, processor_inline.h and arch/cc.h.
set(PORT_OPTIONS_DIRS port/boards/${BOARD} port/${LWCHAT_OS} port/${PORT_PROCESSOR} port/mcu)

set(PORT_DEFINITIONS LWCHAT_ASSERTS=$<BOOL:${LWCHAT_ASSERTS}>)
foreach(option LWCHAT_HTTP LWCHAT_IPV6 LWCHAT_MDNS)
    if(DEFINED ${option})
        list(APPEND PORT_DEFINITIONS ${option}=${${option}})
    endif()
endforeach()
if(LWCHAT_PASSWORD)
    list(APPEND PORT_DEFINITIONS LWCHAT_PASSWORD=1 LWCHAT_PASSWORD_TEXT="${LWCHAT_PASSWORD}")
endif()
# A function called once would, if inlined, keep its buffers on the stack for as long as its caller runs.
set(PORT_COMPILE_OPTIONS -fconserve-stack)
set(PORT_LINK_OPTIONS
    -nostartfiles
    -flto-partition=one
    -Wl,--gc-sections
    -Wl,-Map=$<TARGET_PROPERTY:NAME>.map
    $<$<BOOL:${LWCHAT_ASSERTS}>:-Wl,--defsym=ASSERTS_FLASH_BYTES=${asserts_flash_bytes}>)
if(EXISTS ${CMAKE_CURRENT_LIST_DIR}/../boards/${BOARD}/board.ld) # or else an SDK has one
    list(APPEND PORT_LINK_OPTIONS
        -T${CMAKE_CURRENT_LIST_DIR}/../boards/${BOARD}/board.ld
        -L${CMAKE_CURRENT_LIST_DIR}/../${PORT_PROCESSOR} # a processor may have a sections.ld of its own
        -L${CMAKE_CURRENT_LIST_DIR})
endif()

include(${CMAKE_CURRENT_LIST_DIR}/../${LWCHAT_OS}/os.cmake)

# Link-time optimisation of lwIP saves 3 KB of flash. os_lto_sources are what goes with it.
set_source_files_properties(${LWIP_SOURCES} ${os_lto_sources} PROPERTIES COMPILE_OPTIONS -flto)

# A board has no command line.
set(PORT_APP_SOURCES src/app/options_fixed.c)
set(PORT_SUFFIX .elf)

# It is small and hot: -O2 is worth its flash.
set_source_files_properties(port/boards/${BOARD}/ethernet.c PROPERTIES COMPILE_OPTIONS -O2)
# Called at the start or rarely: inlined, their buffers would take stack under every other call.
set_source_files_properties(src/net/server.c src/net/server_accept.c port/lwip/address.c port/lwip/address_words.c PROPERTIES
    COMPILE_OPTIONS -fno-inline-functions-called-once)
