# The common part of the MPS2 boards. A board's board.cmake sets PORT_CPU and includes this.
include(${CMAKE_CURRENT_LIST_DIR}/../cortex-m/port.cmake)
list(APPEND PORT_SOURCES
    port/mps2/board.c
    port/mps2/ethernet.c
    port/mps2/uart.c
    port/mps2/vectors.c)
set_source_files_properties(port/mps2/ethernet.c PROPERTIES COMPILE_OPTIONS -O2) # as mcu.cmake has it
