set(PORT_CPU cortex-m3)
include(${CMAKE_CURRENT_LIST_DIR}/../../mps2/mps2.cmake)
