set(PORT_CPU cortex-a7)
include(${CMAKE_CURRENT_LIST_DIR}/../../cortex-a/port.cmake)
list(APPEND PORT_SOURCES
    port/boards/${BOARD}/board.c
    port/boards/${BOARD}/ethernet.c
    port/boards/${BOARD}/uart.c)
