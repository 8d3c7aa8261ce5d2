set(PORT_CPU cortex-m3)
include(${CMAKE_CURRENT_LIST_DIR}/../../cortex-m/port.cmake)
list(APPEND PORT_SOURCES
    port/boards/${BOARD}/board.c
    port/boards/${BOARD}/ethernet.c
    port/boards/${BOARD}/uart.c
    port/boards/${BOARD}/vectors.c)
