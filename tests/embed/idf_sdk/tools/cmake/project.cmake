# A stand-in for ESP-IDF's build system, to compile port/esp-idf/ as its users do, and to run it: for
# this machine, over stock lwIP with ESP-IDF's option values and a TAP. LWIP_DIR is lwIP's source tree.
#
# Like the IDF's, it reads each component's CMakeLists.txt twice: first in a script, in which targets
# cannot be made, for its Kconfig; then for its library, in a scope in which ESP_PLATFORM is set.
set(idf_sdk ${CMAKE_CURRENT_LIST_DIR}/../..)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
find_program(PYTHON python3 REQUIRED)

function(idf_build_get_property result property)
    set(${result} ${${property}} PARENT_SCOPE)
endfunction()

function(idf_component_register)
    cmake_parse_arguments(_ "" "KCONFIG;KCONFIG_PROJBUILD" "SRCS;INCLUDE_DIRS;PRIV_INCLUDE_DIRS;REQUIRES;PRIV_REQUIRES"
                          ${ARGN})
    set(library __idf_${COMPONENT_NAME})
    set(sources)
    foreach(source ${__SRCS})
        get_filename_component(source ${source} ABSOLUTE BASE_DIR ${COMPONENT_DIR})
        list(APPEND sources ${source})
    endforeach()
    add_library(${library} STATIC ${sources})
    target_compile_options(${library} PRIVATE -Wall -Wextra -Werror)
    foreach(folder ${__INCLUDE_DIRS} ${__PRIV_INCLUDE_DIRS})
        if(NOT IS_DIRECTORY ${folder})
            message(FATAL_ERROR "${COMPONENT_NAME}: ${folder} is not a folder")
        endif()
    endforeach()
    target_include_directories(${library} PUBLIC ${__INCLUDE_DIRS} PRIVATE ${__PRIV_INCLUDE_DIRS})
    target_link_libraries(${library} PUBLIC __idf_lwip)
    foreach(name ${__REQUIRES} ${__PRIV_REQUIRES})
        if(name IN_LIST components)
            target_link_libraries(${library} PUBLIC __idf_${name})
        elseif(NOT name IN_LIST idf_components)
            message(FATAL_ERROR "${COMPONENT_NAME}: there is no component ${name}")
        endif()
    endforeach()
    set(COMPONENT_LIB ${library} PARENT_SCOPE)
endfunction()

function(add_component COMPONENT_DIR)
    get_filename_component(COMPONENT_NAME ${COMPONENT_DIR} NAME)
    set(ESP_PLATFORM 1)
    add_subdirectory(${COMPONENT_DIR} esp-idf/${COMPONENT_NAME})
endfunction()

# A component's Kconfig: the one that it names, or those in its folder.
function(find_kconfig folder)
    execute_process(
        COMMAND ${CMAKE_COMMAND} -DESP_PLATFORM=1 -Dfolder=${folder} -P ${idf_sdk}/tools/cmake/requirements.cmake
        RESULT_VARIABLE failed OUTPUT_VARIABLE kconfig OUTPUT_STRIP_TRAILING_WHITESPACE)
    if(failed)
        message(FATAL_ERROR "${folder}: its CMakeLists.txt cannot be read in advance")
    endif()
    string(REGEX REPLACE "^-- " "" kconfig "${kconfig}")
    file(GLOB found ${folder}/Kconfig ${folder}/Kconfig.projbuild)
    set(kconfigs ${kconfigs} ${kconfig} ${found} PARENT_SCOPE)
endfunction()

macro(project name)
    _project(${name} LANGUAGES C)
    set(idf_components driver esp_driver_uart esp_event esp_netif esp_timer esp_wifi lwip nvs_flash)
    set(folders ${EXTRA_COMPONENT_DIRS} ${CMAKE_SOURCE_DIR}/main)
    set(components)
    set(kconfigs ${idf_sdk}/Kconfig)
    foreach(folder ${folders})
        get_filename_component(folder ${folder} ABSOLUTE)
        get_filename_component(component ${folder} NAME)
        list(APPEND components ${component})
        find_kconfig(${folder})
    endforeach()
    list(REMOVE_DUPLICATES kconfigs)
    execute_process(
        COMMAND ${PYTHON} ${idf_sdk}/kconfig ${CMAKE_BINARY_DIR}/config/sdkconfig.h ${CMAKE_SOURCE_DIR}/sdkconfig.defaults
                ${kconfigs}
        RESULT_VARIABLE failed)
    if(failed)
        message(FATAL_ERROR "no sdkconfig.h")
    endif()

    find_package(Threads REQUIRED)
    set(unix ${LWIP_DIR}/contrib/ports/unix/port)
    file(GLOB sources ${LWIP_DIR}/src/core/*.c ${LWIP_DIR}/src/core/ipv4/*.c ${LWIP_DIR}/src/core/ipv6/*.c
         ${LWIP_DIR}/src/api/*.c)
    add_library(__idf_lwip STATIC ${sources} ${LWIP_DIR}/src/netif/ethernet.c ${unix}/sys_arch.c ${unix}/netif/tapif.c)
    target_compile_options(__idf_lwip PRIVATE -w)
    target_include_directories(__idf_lwip PUBLIC ${CMAKE_BINARY_DIR}/config ${idf_sdk}/include ${idf_sdk}/../freertos/include)
    target_include_directories(__idf_lwip SYSTEM PUBLIC ${LWIP_DIR}/src/include ${unix}/include)
    target_link_libraries(__idf_lwip PUBLIC Threads::Threads)

    foreach(folder ${folders})
        get_filename_component(folder ${folder} ABSOLUTE)
        add_component(${folder})
    endforeach()
    add_executable(${name} ${idf_sdk}/idf.c ${idf_sdk}/../freertos/port.c)
    target_link_libraries(${name} PRIVATE __idf_main)
endmacro()
