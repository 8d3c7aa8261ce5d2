add_library(FreeRTOS-Kernel-Heap4 INTERFACE)
target_sources(FreeRTOS-Kernel-Heap4 INTERFACE ${CMAKE_CURRENT_LIST_DIR}/port.c)
target_include_directories(FreeRTOS-Kernel-Heap4 INTERFACE ${CMAKE_CURRENT_LIST_DIR}/../../../../include)
