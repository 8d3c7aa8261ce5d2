# The stand-in for FreeRTOS where the pico-sdk's users look for it.
set(freertos ${CMAKE_CURRENT_LIST_DIR}/../../../..)
add_library(FreeRTOS-Kernel-Heap4 INTERFACE)
target_sources(FreeRTOS-Kernel-Heap4 INTERFACE ${freertos}/port.c)
target_include_directories(FreeRTOS-Kernel-Heap4 INTERFACE ${freertos}/include)
