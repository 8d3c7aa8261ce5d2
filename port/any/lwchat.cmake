# The server as a target of another project, which has an lwIP of its own:
# included by add_subdirectory(lwchat) and by find_package(lwchat). Before
# it, set:
#
#   LWCHAT_LWIP_TARGET   the target or targets of your lwIP, with its include paths
#   LWCHAT_OPTIONS_DIR   the folder with your lwchatopts.h
#
# and link lwchat_any. It is a static library: it takes from your lwIP what it
# is compiled with, and none of its sources. Your code sees lwchat.h only.
# lwchat_guard, with guard.h, keeps unread data from taking all of PBUF_POOL.

set(lwchat_root ${CMAKE_CURRENT_LIST_DIR}/../..)
get_filename_component(lwchat_root ${lwchat_root} ABSOLUTE)
if(NOT LWCHAT_LWIP_TARGET OR NOT LWCHAT_OPTIONS_DIR)
    message(FATAL_ERROR "lwchat: set LWCHAT_LWIP_TARGET to the target of your lwIP, and LWCHAT_OPTIONS_DIR "
                        "to the folder with your lwchatopts.h")
endif()

include(${CMAKE_CURRENT_LIST_DIR}/sources.cmake)

# An installed lwchat has the page as C, which Python generates.
set(lwchat_page ${lwchat_root}/page.c)
if(NOT EXISTS ${lwchat_page})
    set(lwchat_page ${CMAKE_CURRENT_BINARY_DIR}/lwchat/page.c)
    file(MAKE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/lwchat)
    add_custom_command(
        OUTPUT ${lwchat_page}
        COMMAND ${lwchat_root}/tools/page ${lwchat_root}/src/page/index.html ${lwchat_page}
        DEPENDS ${lwchat_root}/tools/page ${lwchat_root}/src/page/index.html)
    add_custom_target(lwchat_page DEPENDS ${lwchat_page})
endif()

# The headers that others may include, without the rest of src/.
foreach(header ${lwchat_headers})
    configure_file(${lwchat_root}/src/${header} ${CMAKE_CURRENT_BINARY_DIR}/lwchat/include/${header} COPYONLY)
endforeach()

# Compiles with what the project's lwIP needs, and with none of the project's warnings.
function(lwchat_compile target)
    foreach(lwip IN LISTS LWCHAT_LWIP_TARGET)
        target_include_directories(${target} SYSTEM PRIVATE $<TARGET_PROPERTY:${lwip},INTERFACE_INCLUDE_DIRECTORIES>)
        target_compile_definitions(${target} PRIVATE $<TARGET_PROPERTY:${lwip},INTERFACE_COMPILE_DEFINITIONS>)
        target_compile_options(${target} PRIVATE $<TARGET_PROPERTY:${lwip},INTERFACE_COMPILE_OPTIONS>)
        target_link_libraries(${target} INTERFACE $<LINK_ONLY:${lwip}>)
    endforeach()
    target_include_directories(${target} PRIVATE ${lwchat_root}/src)
    target_include_directories(${target} PUBLIC ${LWCHAT_OPTIONS_DIR})
    if(LWCHAT_WERROR)
        target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror)
    else()
        target_compile_options(${target} PRIVATE -w)
    endif()
    if(TARGET lwchat_page)
        add_dependencies(${target} lwchat_page) # generated once, for all of them
    endif()
    set_target_properties(${target} PROPERTIES C_STANDARD 11 C_STANDARD_REQUIRED ON C_EXTENSIONS ON)
endfunction()

add_library(lwchat_any STATIC EXCLUDE_FROM_ALL ${lwchat_core} ${lwchat_server} ${lwchat_page} ${lwchat_port_any})
lwchat_compile(lwchat_any)
target_include_directories(lwchat_any PRIVATE ${lwchat_root}/src/net)
target_include_directories(lwchat_any PUBLIC ${CMAKE_CURRENT_BINARY_DIR}/lwchat/include)
target_compile_definitions(lwchat_any PRIVATE LWCHAT_WAIT_IN_POLL=1)

configure_file(${lwchat_root}/port/lwip/guard.h ${CMAKE_CURRENT_BINARY_DIR}/lwchat/guard/guard.h COPYONLY)
add_library(lwchat_guard STATIC EXCLUDE_FROM_ALL ${lwchat_guard})
lwchat_compile(lwchat_guard)
target_include_directories(lwchat_guard PUBLIC ${CMAKE_CURRENT_BINARY_DIR}/lwchat/guard)

# For a project with a port of its own, which provides the functions of src/port.h.
if(NOT LWCHAT_INSTALLED)
    file(GLOB lwchat_client ${lwchat_root}/src/net/client*.c)
    add_library(lwchat_core STATIC EXCLUDE_FROM_ALL ${lwchat_core})
    add_library(lwchat_server STATIC EXCLUDE_FROM_ALL ${lwchat_server} ${lwchat_page})
    add_library(lwchat_client STATIC EXCLUDE_FROM_ALL ${lwchat_client} ${lwchat_root}/src/net/sock.c
                ${lwchat_root}/src/net/sock_names.c ${lwchat_root}/src/net/sock_wake.c)
    foreach(part lwchat_core lwchat_server lwchat_client)
        lwchat_compile(${part})
        target_include_directories(${part} PUBLIC ${lwchat_root}/src)
    endforeach()
    target_include_directories(lwchat_server PRIVATE ${lwchat_root}/src/net)
    target_link_libraries(lwchat_server PUBLIC lwchat_core)
    target_link_libraries(lwchat_client PUBLIC lwchat_core)
endif()
