# A stand-in for the pico-sdk and a FreeRTOS kernel, to compile port/boards/pico_w/ as its users do,
# and to run it: for this machine, over stock lwIP and a TAP. PICO_LWIP_PATH is lwIP's source tree.
set(pico_sdk ${CMAKE_CURRENT_LIST_DIR}/..)
set(PICO_LWIP_CONTRIB_PATH ${PICO_LWIP_PATH}/contrib)

macro(pico_sdk_init)
    find_package(Threads REQUIRED)
    set(unix ${PICO_LWIP_CONTRIB_PATH}/ports/unix/port)
    file(GLOB sources ${PICO_LWIP_PATH}/src/core/*.c ${PICO_LWIP_PATH}/src/core/ipv4/*.c
         ${PICO_LWIP_PATH}/src/api/*.c)
    list(APPEND sources ${PICO_LWIP_PATH}/src/netif/ethernet.c ${PICO_LWIP_PATH}/src/netif/ppp/polarssl/md5.c
         ${unix}/sys_arch.c ${unix}/netif/tapif.c)
    set_source_files_properties(${sources} PROPERTIES COMPILE_OPTIONS -w)

    # Interface libraries, as the SDK's: what they list is compiled in each program that links them.
    add_library(pico_stdlib INTERFACE)
    target_sources(pico_stdlib INTERFACE ${pico_sdk}/sdk.c)
    target_include_directories(pico_stdlib INTERFACE ${pico_sdk}/include)
    foreach(name pico_flash pico_rand hardware_flash hardware_watchdog pico_cxx_options)
        add_library(${name} INTERFACE)
    endforeach()
    set_target_properties(pico_cxx_options PROPERTIES INTERFACE_SOURCES ${pico_sdk}/new_delete.cpp)
    target_link_libraries(pico_stdlib INTERFACE pico_cxx_options Threads::Threads)

    add_library(pico_cyw43_arch_lwip_sys_freertos INTERFACE)
    target_sources(pico_cyw43_arch_lwip_sys_freertos INTERFACE ${sources} ${pico_sdk}/cyw43.c)
    target_include_directories(pico_cyw43_arch_lwip_sys_freertos SYSTEM INTERFACE
        ${PICO_LWIP_PATH}/src/include ${unix}/include)
    target_compile_definitions(pico_cyw43_arch_lwip_sys_freertos INTERFACE CYW43_LWIP=1)
endmacro()

function(pico_enable_stdio_usb target enabled)
endfunction()

function(pico_enable_stdio_uart target enabled)
endfunction()

function(pico_add_extra_outputs target)
endfunction()
