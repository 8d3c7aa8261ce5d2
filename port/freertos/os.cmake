list(APPEND PORT_SOURCES port/freertos/os.c port/freertos/stacks.c)

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

# The kernel's queues are optimised with lwIP. The scheduler is left out: the compiler does not see
# that its assembly calls vTaskSwitchContext().
set(os_lto_sources
    ${LWIP_DIR}/contrib/ports/freertos/sys_arch.c
    ${FREERTOS_DIR}/list.c
    ${FREERTOS_DIR}/queue.c)
