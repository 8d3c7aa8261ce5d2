# The processor of the boards with a Cortex-M3 or later. A board's board.cmake sets PORT_CPU, the
# processor for -mcpu, includes this, then adds its own files from port/boards/${BOARD}.
set(PORT_PROCESSOR cortex-m)
include(${CMAKE_CURRENT_LIST_DIR}/../mcu/mcu.cmake)
list(APPEND PORT_SOURCES
    port/cortex-m/checksum.c
    port/cortex-m/fault.c
    port/cortex-m/libc.c
    port/cortex-m/memcpy.c)
if(LWCHAT_OS STREQUAL bare)
    list(APPEND PORT_SOURCES port/cortex-m/tick.c)
endif()
list(APPEND PORT_DEFINITIONS LWIP_CHKSUM=checksum)
list(PREPEND PORT_COMPILE_OPTIONS -mcpu=${PORT_CPU})
list(PREPEND PORT_LINK_OPTIONS -mcpu=${PORT_CPU})
set_source_files_properties(port/cortex-m/checksum.c PROPERTIES COMPILE_OPTIONS -O2) # as mcu.cmake has it
# Or the compiler would replace the loops of libc.c with calls to the very functions they implement.
set_source_files_properties(port/cortex-m/libc.c PROPERTIES COMPILE_OPTIONS -fno-tree-loop-distribute-patterns)
