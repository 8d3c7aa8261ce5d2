# The common part of all FreeRTOS boards. A board's board.cmake sets PORT_CPU, the
# processor for -mcpu, includes this, then adds its own files from port/boards/${BOARD}.
option(LWCHAT_ASSERTS "lwIP's and FreeRTOS's assertions; 13 KB of flash" OFF)
set(asserts_flash_bytes 16384) # allowed in addition to the ceiling of a release

set(PORT_SOURCES
    port/freertos/checksum.c
    port/freertos/console.c
    port/freertos/entropy.c
    port/freertos/ethernet.c
    port/freertos/libc.c
    port/freertos/memcpy.c
    port/freertos/panic.c
    port/freertos/port.c
    port/freertos/stacks.c
    port/freertos/start.c)

# The folders of lwipopts.h, lwchatopts.h, FreeRTOSConfig.h and arch/cc.h.
set(PORT_OPTIONS_DIRS port/boards/${BOARD} port/freertos)

# The kernel is compiled with lwIP, as third-party code.
set(PORT_LWIP_SOURCES
    ${LWIP_DIR}/contrib/ports/freertos/sys_arch.c
    ${FREERTOS_DIR}/list.c
    ${FREERTOS_DIR}/queue.c
    ${FREERTOS_DIR}/tasks.c
    ${FREERTOS_DIR}/portable/GCC/ARM_CM3/port.c
    ${FREERTOS_DIR}/portable/MemMang/heap_4.c)
set(PORT_LWIP_INCLUDES
    ${LWIP_DIR}/contrib/ports/freertos/include
    ${FREERTOS_DIR}/include
    ${FREERTOS_DIR}/portable/GCC/ARM_CM3)

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

# Link-time optimisation of lwIP and the kernel's queues saves 3 KB of flash. The scheduler is left
# out: the compiler does not see that its assembly calls vTaskSwitchContext().
set_source_files_properties(
    ${LWIP_SOURCES}
    ${LWIP_DIR}/contrib/ports/freertos/sys_arch.c
    ${FREERTOS_DIR}/list.c
    ${FREERTOS_DIR}/queue.c
    PROPERTIES COMPILE_OPTIONS -flto)

# A board has no command line.
set(PORT_APP_SOURCES src/app/options_fixed.c)
set(PORT_SUFFIX .elf)

# These are small and hot: -O2 is worth its flash.
set_source_files_properties(port/freertos/checksum.c port/boards/${BOARD}/ethernet.c PROPERTIES COMPILE_OPTIONS -O2)
# Called at the start or rarely: inlined, their buffers would take stack under every other call.
set_source_files_properties(src/net/server.c src/net/server_accept.c port/lwip/address.c port/lwip/address_words.c PROPERTIES
    COMPILE_OPTIONS -fno-inline-functions-called-once)
# Or the compiler would replace the loops of libc.c with calls to the very functions they implement.
set_source_files_properties(port/freertos/libc.c PROPERTIES COMPILE_OPTIONS -fno-tree-loop-distribute-patterns)
