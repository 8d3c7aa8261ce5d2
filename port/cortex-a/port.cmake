# The processor of the boards with a Cortex-A7. A board's board.cmake sets PORT_CPU, the processor for -mcpu, includes
# this, then adds its own files from port/boards/${BOARD}.
set(PORT_PROCESSOR cortex-a)
include(${CMAKE_CURRENT_LIST_DIR}/../mcu/mcu.cmake)
list(APPEND PORT_SOURCES port/cortex-a/fault.c port/cortex-a/gic.c port/cortex-a/memory.c)
list(PREPEND PORT_COMPILE_OPTIONS -mcpu=${PORT_CPU})
list(PREPEND PORT_LINK_OPTIONS -mcpu=${PORT_CPU})
list(APPEND PORT_LINK_OPTIONS -Wl,-e,start_processor)
