set(PORT_CPU cortex-m33)
include(${CMAKE_CURRENT_LIST_DIR}/../../mps2/mps2.cmake)
